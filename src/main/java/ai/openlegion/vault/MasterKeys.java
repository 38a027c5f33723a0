package ai.openlegion.vault;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The master keys at hand: those of the environment and those of the key file. The current one seals, all of them
/// open.
///
/// Its methods that write block on the file; they are called by one owner, one after another.
public final class MasterKeys {

    /// The variable that holds the current key, in place of the file's.
    public static final String VARIABLE = "OPENLEGION_VAULT_KEY";

    /// The variable that holds the key before, while the environment's key is being replaced.
    public static final String OLD_VARIABLE = "OPENLEGION_VAULT_KEY_OLD";

    private final @Nullable MasterKey variable;
    private final @Nullable MasterKey oldVariable;
    private final KeyFile file;
    private volatile List<MasterKey> inFile;

    private MasterKeys(@Nullable MasterKey variable, @Nullable MasterKey oldVariable, KeyFile file) {
        this.variable = variable;
        this.oldVariable = oldVariable;
        this.file = file;
        inFile = List.copyOf(file.read());
    }

    /// Reads the variables and the file, which need not be there.
    ///
    /// @throws VaultException when one of them holds no key
    public static MasterKeys open(Map<String, String> environment, Path file) {
        return new MasterKeys(variable(environment, VARIABLE), variable(environment, OLD_VARIABLE), new KeyFile(file));
    }

    private static @Nullable MasterKey variable(Map<String, String> environment, String name) {
        String text = environment.getOrDefault(name, "");
        if (text.isBlank()) {
            return null;
        }
        return MasterKey.parse(text)
                .orElseThrow(() -> new VaultException(
                        name + " is no master key: 32 bytes as 64 hex digits or as base64; openssl rand -hex 32"
                                + " makes one"));
    }

    /// What the operator should know about the key file; one sentence each.
    public List<String> warnings() {
        return file.isShared()
                ? List.of(file.path() + ", the vault's master key, may be read or written by others: run chmod 600 on"
                        + " it, then openlegion vault rotate")
                : List.of();
    }

    /// The key that seals; empty until there is a first.
    Optional<MasterKey> current() {
        return Optional.ofNullable(variable).or(() -> inFile.stream().findFirst());
    }

    /// The key that seals; made, in the file, where there is none.
    MasterKey demand() {
        Optional<MasterKey> current = current();
        if (current.isPresent()) {
            return current.get();
        }
        MasterKey first = MasterKey.random();
        write(List.of(first));
        return first;
    }

    /// The key of this id.
    Optional<MasterKey> find(String id) {
        List<MasterKey> all = new ArrayList<>(inFile);
        all.add(variable);
        all.add(oldVariable);
        return all.stream()
                .filter(Objects::nonNull)
                .filter(key -> key.id().equals(id))
                .findFirst();
    }

    /// Whether the current key is the environment's, which only the operator can replace.
    boolean isInEnvironment() {
        return variable != null;
    }

    /// The first step of a rotation: a new current key in the file, in front of those that are there.
    MasterKey begin() {
        MasterKey next = MasterKey.random();
        List<MasterKey> keys = new ArrayList<>();
        keys.add(next);
        keys.addAll(inFile);
        write(keys);
        return next;
    }

    /// The last step of a rotation: the file holds the current key alone. Nothing may be under another key of the file.
    void end() {
        file.tidy();
        if (variable == null && inFile.size() > 1) {
            write(List.of(inFile.getFirst()));
        }
    }

    private void write(List<MasterKey> keys) {
        file.write(keys);
        inFile = List.copyOf(keys);
    }

    /// Where keys are looked for, for a refusal.
    String places() {
        return VARIABLE + ", " + OLD_VARIABLE + " nor in " + file.path();
    }

    /// Where the current key is, or would be made.
    String place() {
        return variable == null ? file.path().toString() : VARIABLE;
    }
}
