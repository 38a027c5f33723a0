package ai.openlegion.vault;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The content of a `.env` file: its variables, and what is wrong with its lines.
///
/// @param values every well-formed `KEY=value` line, in order, quotes taken off, nothing expanded
/// @param flaws what is wrong, in file order; a flaw never repeats a value
public record DotEnv(Map<String, String> values, List<Flaw> flaws) {

    /// Something wrong with one line.
    ///
    /// @param line counted from 1
    public record Flaw(int line, String message) {}

    /// Reads a file; an absent one is empty.
    ///
    /// @throws IOException when the file exists and cannot be read
    public static DotEnv read(Path file) throws IOException {
        return new DotEnv(Map.of(), List.of());
    }
}
