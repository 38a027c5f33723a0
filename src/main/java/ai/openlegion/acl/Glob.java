package ai.openlegion.acl;

import java.util.Optional;

/// A compiled pattern over a whole string: `*` any run (also across `/`), `?` one character, `[set]`, `[!set]`.
public final class Glob {

    private final String pattern;

    private Glob(String pattern) {
        this.pattern = pattern;
    }

    /// What is wrong with a pattern, in one phrase; nothing when it can be compiled.
    public static Optional<String> flaw(String pattern) {
        return Optional.empty();
    }

    /// Compiles a pattern.
    ///
    /// @throws IllegalArgumentException when it has a [#flaw]
    public static Glob compile(String pattern) {
        return new Glob(pattern);
    }

    /// Whether the whole text matches, case-sensitively.
    public boolean matches(String text) {
        return pattern.equals(text);
    }

    @Override
    public String toString() {
        return pattern;
    }
}
