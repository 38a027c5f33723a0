package ai.openlegion.config;

import java.util.List;
import java.util.Map;

/// A piece of a parsed configuration file that remembers its line.
sealed interface Node {

    int line();

    /// A single value. The text of a number is as it was written.
    record Scalar(int line, Kind kind, String text) implements Node {}

    /// A list.
    record Items(int line, List<Node> items) implements Node {}

    /// A mapping, in the order of the file.
    record Fields(int line, Map<String, Field> fields) implements Node {}

    /// A key's own line and its value.
    record Field(int line, Node value) {}

    /// What a single value is, before anyone asks for it.
    enum Kind {
        TEXT,
        /// Written as JSON writes numbers.
        NUMBER,
        /// A number to YAML or to the eye, but written so that it is easily misread: `0x1F`, `1_000`, `.inf`, `010`.
        ODD_NUMBER,
        BOOLEAN,
        /// Nothing after the colon in YAML, as when every line below is commented out.
        EMPTY,
        /// An explicit `null` in JSON.
        NULL
    }
}
