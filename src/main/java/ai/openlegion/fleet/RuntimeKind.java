package ai.openlegion.fleet;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What isolates an agent, as `agents.yaml` and `mesh.yaml` name it.
public enum RuntimeKind {
    /// A kernel of its own; which kind of sandbox gives it is found out at start.
    SANDBOX,
    /// A hardened container that shares the host's kernel.
    DOCKER,
    /// [#SANDBOX] where there is one, else [#DOCKER].
    AUTO,
    /// A child process: no security boundary.
    PROCESS,
    /// Nothing of ours: whoever holds the token.
    EXTERNAL;

    /// The name in files, flags and answers.
    public String key() {
        return switch (this) {
            case SANDBOX -> "sandbox";
            case DOCKER -> "docker";
            case AUTO -> "auto";
            case PROCESS -> "process";
            case EXTERNAL -> "external";
        };
    }

    /// Whether the mesh isolates less by this than by another kind; never of or with [#EXTERNAL], which it does not
    /// isolate at all.
    public boolean isWeakerThan(RuntimeKind other) {
        return strength() > 0 && strength() < other.strength();
    }

    private int strength() {
        return switch (this) {
            case SANDBOX -> 4;
            case AUTO -> 3;
            case DOCKER -> 2;
            case PROCESS -> 1;
            case EXTERNAL -> 0;
        };
    }

    /// The kind of this name, if there is one.
    public static Optional<RuntimeKind> parse(String key) {
        return Stream.of(values()).filter(kind -> kind.key().equals(key)).findFirst();
    }

    /// Every name, in the order of the documentation.
    public static List<String> keys() {
        return Stream.of(DOCKER, SANDBOX, AUTO, PROCESS, EXTERNAL)
                .map(RuntimeKind::key)
                .toList();
    }
}
