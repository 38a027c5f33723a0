package ai.openlegion.config;

/// One mistake in a configuration file.
///
/// @param file relative to the home, such as `config/mesh.yaml`
/// @param line counted from 1; 0 = the file as a whole
/// @param key the path of the key, dotted; empty = none
/// @param message what is wrong and what would be right; never the value that stands there
public record Problem(String file, int line, String key, String message) {

    /// The one line an operator reads: `config/mesh.yaml:12: budget.daily_usd: must be a number ≥ 0`.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(file);
        if (line > 0) {
            text.append(':').append(line);
        }
        text.append(": ");
        if (!key.isEmpty()) {
            text.append(key).append(": ");
        }
        return text.append(message).toString();
    }
}
