package ai.openlegion.evidence;

import ai.openlegion.audit.ChainCheck;
import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.CheckpointLines;
import ai.openlegion.audit.CheckpointReader;
import ai.openlegion.audit.LastSigned;
import ai.openlegion.audit.Tail;
import ai.openlegion.audit.TrailReader;
import ai.openlegion.store.Snapshot;
import ai.openlegion.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The log of a home, as it lies in its database and its files at one moment.
final class HomeReader {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// The log may be shortened while it is read; that happens once a day.
    private static final int ATTEMPTS = 3;

    private final Path database;
    private final Path checkpoints;
    private final LastSigned memory;

    HomeReader(Path database, Path checkpoints) {
        this.database = database;
        this.checkpoints = checkpoints;
        memory = LastSigned.of(checkpoints);
    }

    /// Checks all of it.
    ///
    /// @param acknowledged up to which entry somebody has looked into what the mesh itself reported
    Verdict verify(Trust trust, @Nullable Path keptElsewhere, long acknowledged) throws EvidenceException {
        String before = "";
        for (int attempt = 1; ; attempt++) {
            try {
                // The files are looked at first: what they hold then must be in the database afterwards.
                Kept kept = Kept.in(keptElsewhere);
                memory.read()
                        .ifPresent(last ->
                                kept.add(last, String.valueOf(memory.file().getFileName())));
                try (CheckpointLines lines = CheckpointLines.in(checkpoints);
                        Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
                    try {
                        TrailReader trail = new TrailReader(snapshot.connection());
                        before = trail.base().orElse("");
                        Verdict verdict = verify(trail, trust, lines, kept, acknowledged);
                        if (verdict.finding() == null || attempt == ATTEMPTS || base().equals(before)) {
                            return verdict;
                        }
                    } catch (SQLException unreadable) {
                        throw snapshot.explain(unreadable);
                    }
                }
            } catch (StoreException unreadable) {
                throw EvidenceException.unreadable(String.valueOf(unreadable.getMessage()));
            } catch (IOException unreadable) {
                throw EvidenceException.unreadable("cannot read " + unreadable.getMessage());
            }
        }
    }

    /// Whether the beginning of the log was ever signed. Throws a [StoreException] when the database cannot be read.
    boolean hasBase() {
        try (Snapshot now = Snapshot.open(database, PATIENCE)) {
            try {
                return new TrailReader(now.connection()).base().isPresent();
            } catch (SQLException unreadable) {
                throw now.explain(unreadable);
            }
        }
    }

    private String base() throws SQLException {
        try (Snapshot now = Snapshot.open(database, PATIENCE)) {
            return new TrailReader(now.connection()).base().orElse("");
        }
    }

    private static Verdict verify(TrailReader trail, Trust trust, CheckpointLines lines, Kept kept, long acknowledged)
            throws SQLException, IOException {
        Tail beginning = trail.beginning();
        Proof proof = new Proof(trust, beginning, acknowledged);
        if (kept.note() != null) {
            proof.note(kept.note());
        }
        Optional<String> base = trail.base();
        if (base.isEmpty()) {
            proof.baseless("the signed beginning of the log is missing");
        } else {
            try {
                proof.base(Checkpoint.parse(base.get()));
            } catch (IllegalArgumentException damaged) {
                proof.baseless("the signed beginning of the log is damaged");
            }
        }
        try (CheckpointReader rows = trail.checkpoints(Long.MIN_VALUE)) {
            WitnessReader witnesses = new WitnessReader(proof, beginning.seq(), rows, lines, kept);
            ChainCheck chain = proof.failed()
                    ? new ChainCheck.Stopped()
                    : trail.follow((recorded, place) -> {
                        try {
                            List<Seen> seen = witnesses.of(recorded.seq());
                            if (proof.failed() || !proof.entry(recorded, place, seen)) {
                                return false;
                            }
                            Finding disagreement = witnesses.disagreement();
                            if (disagreement != null) {
                                proof.fail(disagreement);
                            }
                            return !proof.failed();
                        } catch (IOException | SQLException unreadable) {
                            throw new Interrupted(unreadable);
                        }
                    });
            if (chain instanceof Broken broken) {
                proof.fail(Finding.at(broken.flaw(), broken.seq(), broken.why()));
            } else if (chain instanceof ChainCheck.Intact) {
                witnesses.end(proof.last());
                proof.demandSignature();
            }
            return proof.end();
        } catch (Interrupted walk) {
            if (walk.getCause() instanceof SQLException unreadable) {
                throw unreadable;
            }
            throw new IOException(String.valueOf(walk.getCause()), walk);
        }
    }
}
