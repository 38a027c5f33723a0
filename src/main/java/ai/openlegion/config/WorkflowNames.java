package ai.openlegion.config;

import java.util.Optional;
import java.util.Set;

/// The names of the workflows that there are.
///
/// @param isComplete false when a file could not be read, so that a name that is not there may be its
record WorkflowNames(Set<String> names, boolean isComplete) {

    WorkflowNames {
        names = Set.copyOf(names);
    }

    /// What is wrong with naming this one; nothing when it is there.
    Optional<String> flaw(String name) {
        return names.contains(name)
                ? Optional.empty()
                : Optional.of("no workflow in config/workflows has this name" + Nearest.hint(name, names));
    }
}
