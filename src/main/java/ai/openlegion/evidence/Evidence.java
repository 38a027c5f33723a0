package ai.openlegion.evidence;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.AuditKeyFiles;
import ai.openlegion.audit.AuditSettings;
import ai.openlegion.audit.CheckpointLines;
import ai.openlegion.audit.LastSigned;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The evidence in a home: its log, its checkpoints and its keys, whether or not a mesh runs on it.
public final class Evidence {

    private final Path database;
    private final Path checkpoints;
    private final AuditKeyFiles keys;

    private Evidence(Path database, Path checkpoints, Path keyFile) {
        this.database = database;
        this.checkpoints = checkpoints;
        this.keys = AuditKeyFiles.at(keyFile);
    }

    /// The evidence in a home, where its settings say that it is.
    public static Evidence of(MeshSettings settings) {
        AuditSettings audit = settings.audit();
        return new Evidence(settings.databaseFile(), audit.checkpoints(), audit.keyFile());
    }

    /// Checks the whole log.
    ///
    /// @param publicKey the file of keys whose signatures count; null = the home's own
    /// @param keptElsewhere a file of checkpoints that was kept on another machine; null = none
    public Verdict verify(@Nullable Path publicKey, @Nullable Path keptElsewhere) throws EvidenceException {
        return verify(publicKey, keptElsewhere, 0);
    }

    /// [#verify(Path, Path)] after somebody has looked into what the mesh itself reported.
    ///
    /// @param acknowledged entries `audit.check` up to this one are notes, no findings
    public Verdict verify(@Nullable Path publicKey, @Nullable Path keptElsewhere, long acknowledged)
            throws EvidenceException {
        if (!Files.exists(database)) {
            throw EvidenceException.misused("there is no database at " + database
                    + "; the mesh makes it when it first starts (name its home with --home)");
        }
        Trust trust = publicKey != null
                ? new Trust(keysIn(publicKey), publicKey.toString())
                : new Trust(own(), keys.openFile().toString());
        return new HomeReader(database, checkpoints).verify(trust, existing(keptElsewhere), acknowledged);
    }

    /// Checks an export, with nothing else at hand.
    ///
    /// @param publicKey the file of keys whose signatures count; null = those that the file itself names
    /// @param keptElsewhere a file of checkpoints that was kept on another machine; null = none
    public static Verdict verify(Path export, @Nullable Path publicKey, @Nullable Path keptElsewhere)
            throws EvidenceException {
        return verify(export, publicKey, keptElsewhere, 0);
    }

    /// [#verify(Path, Path, Path)] after somebody has looked into what the mesh itself reported.
    ///
    /// @param acknowledged entries `audit.check` up to this one are notes, no findings
    public static Verdict verify(Path export, @Nullable Path publicKey, @Nullable Path keptElsewhere, long acknowledged)
            throws EvidenceException {
        Trust trust = publicKey == null ? null : new Trust(keysIn(publicKey), publicKey.toString());
        if (!Files.isRegularFile(export)) {
            throw EvidenceException.misused("there is no file " + export);
        }
        Path kept = existing(keptElsewhere);
        try (InputStream in = Files.newInputStream(export)) {
            return ExportCheck.verify(new FileLines(in), trust, Kept.in(kept), acknowledged);
        } catch (IOException unreadable) {
            throw EvidenceException.unreadable("cannot read " + export + ": " + unreadable.getMessage());
        } catch (EvidenceException unreadable) {
            if (unreadable.misused()) {
                throw unreadable;
            }
            throw EvidenceException.unreadable(export + ": " + unreadable.sentence());
        }
    }

    /// Writes a part of the log, or all of it, as a file that can be verified by itself.
    ///
    /// @throws IOException when it cannot be written to
    public Exported export(Range range, OutputStream out) throws EvidenceException, IOException {
        if (!Files.exists(database)) {
            throw EvidenceException.misused("there is no database at " + database);
        }
        return ExportReader.write(database, range, own(), out);
    }

    /// The public halves of the home's keys, the one that signs now first.
    public List<ShownKey> keys() throws EvidenceException {
        return own().stream()
                .map(key -> new ShownKey(key.id(), key.fingerprint(), key.pem()))
                .toList();
    }

    private List<AuditKey> own() throws EvidenceException {
        List<AuditKey> own;
        try {
            own = keys.keys();
        } catch (IOException unreadable) {
            throw EvidenceException.unreadable("cannot read the public key: " + unreadable.getMessage());
        }
        if (own.isEmpty()) {
            throw EvidenceException.unreadable(
                    keys.openFile() + ", the public key of the audit, is missing: put it back"
                            + " from a copy, or start the mesh, which makes it anew where its private half is still there");
        }
        return own;
    }

    /// Where the home's public keys are.
    public Path publicFile() {
        return keys.openFile();
    }

    /// Makes a new key, which the next start of the mesh takes; no mesh may be running. What was signed before stays
    /// verifiable with the earlier keys, and the change shows.
    public void newKey() throws EvidenceException {
        try {
            if (keys.lacksEarlier() && isSigned()) {
                throw EvidenceException.unreadable("cannot make a key: " + keys.openFile() + " is missing, and so is "
                        + keys.secretFile() + ", of which it could be made again. Without it nothing that was signed is"
                        + " ever verified: put a copy of it back first");
            }
            var _ = keys.create();
        } catch (IOException | StoreException refused) {
            throw EvidenceException.unreadable("cannot make a key: " + refused.getMessage());
        }
    }

    private boolean isSigned() throws IOException {
        try (CheckpointLines lines = CheckpointLines.in(checkpoints)) {
            if (Files.exists(LastSigned.of(checkpoints).file()) || lines.next() != null) {
                return true;
            }
        }
        if (!Files.exists(database)) {
            return false;
        }
        return new HomeReader(database, checkpoints).hasBase();
    }

    private static List<AuditKey> keysIn(Path file) throws EvidenceException {
        try {
            List<AuditKey> found = AuditKeyFiles.keysIn(file);
            if (found.isEmpty()) {
                throw EvidenceException.misused("there is no file " + file);
            }
            return found;
        } catch (IOException unreadable) {
            throw EvidenceException.misused("cannot use the public key: " + unreadable.getMessage());
        }
    }

    private static @Nullable Path existing(@Nullable Path file) throws EvidenceException {
        if (file != null && !Files.isRegularFile(file)) {
            throw EvidenceException.misused("there is no file " + file);
        }
        return file;
    }
}
