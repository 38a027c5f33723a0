package ai.openlegion.config;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The folder that holds everything of one mesh: `config/`, `data/` and `.env`.
///
/// @param root absolute
public record Home(Path root) {

    public Home {
        root = root.toAbsolutePath().normalize();
    }

    /// The home named by the flag `--home`, else by `OPENLEGION_HOME`, else `./.openlegion`.
    public static Home of(@Nullable String flag, Map<String, String> environment) {
        String named = flag != null ? flag : environment.getOrDefault("OPENLEGION_HOME", "");
        return new Home(Path.of(named.isEmpty() ? ".openlegion" : named));
    }

    /// Where the operator's configuration files are.
    public Path config() {
        return root.resolve("config");
    }

    /// Where the mesh keeps its state; mode 0700.
    public Path data() {
        return root.resolve("data");
    }

    /// The file of credentials, `.env`.
    public Path env() {
        return root.resolve(".env");
    }
}
