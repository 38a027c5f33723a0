package ai.openlegion.workflow.model;

import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Whether a step runs: comparisons of earlier steps' results, joined by `and`, `or`, `not` and parentheses.
public final class Condition {

    private final String text;

    private Condition(String text) {
        this.text = text;
    }

    /// Reads a condition.
    ///
    /// @throws Malformed naming the character at which it goes wrong; also where it is too long or too deep
    public static Condition parse(String text) throws Malformed {
        return new Condition(text);
    }

    /// As the file has it.
    public String text() {
        return text;
    }

    /// The steps it looks at.
    public Set<String> steps() {
        return Set.of();
    }

    /// Whether it holds.
    ///
    /// @param facts of each step by its id; null of those that are not over or not there
    public boolean holds(Function<String, @Nullable StepFacts> facts) {
        throw new UnsupportedOperationException();
    }
}
