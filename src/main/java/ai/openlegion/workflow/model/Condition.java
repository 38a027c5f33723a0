package ai.openlegion.workflow.model;

import ai.openlegion.workflow.model.Expression.All;
import ai.openlegion.workflow.model.Expression.Always;
import ai.openlegion.workflow.model.Expression.Any;
import ai.openlegion.workflow.model.Expression.Comparison;
import ai.openlegion.workflow.model.Expression.Not;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Whether a step runs: comparisons of earlier steps' results, joined by `and`, `or`, `not` and parentheses.
///
/// A comparison is `path op literal`. The path is a step and a place in it ([ResultPath]); what is not there is null.
/// Literals are quoted strings (without escapes), numbers, `true`, `false` and `null`.
/// - `==`, `!=`: numbers by value, `true` equals 1 and `false` 0, else only values of one type can be equal
/// - `<`, `<=`, `>`, `>=`: two numbers, two strings (by code point) or two booleans; false for all else
/// - `!=` with a null on the left is true for every literal but `null`
/// - `in`: the value is a part of the quoted string, or one of a list of literals, `["a", "b"]`
/// - `contains`: the string holds that part, the list an equal item, the object a member of that name
///
/// `not` binds closer than `and`, and that closer than `or`. A blank condition holds.
public final class Condition {

    private final String text;
    private final Expression expression;

    private Condition(String text, Expression expression) {
        this.text = text;
        this.expression = expression;
    }

    /// Reads a condition.
    ///
    /// @throws Malformed naming the character at which it goes wrong; also where it is too long or too deep
    public static Condition parse(String text) throws Malformed {
        return new Condition(text, ConditionParser.parse(text));
    }

    /// As the file has it.
    public String text() {
        return text;
    }

    /// The steps it looks at.
    public Set<String> steps() {
        Set<String> steps = new LinkedHashSet<>();
        collect(expression, steps);
        return steps;
    }

    private static void collect(Expression from, Set<String> steps) {
        switch (from) {
            case Always _ -> {}
            case Not not -> collect(not.inner(), steps);
            case All all -> all.parts().forEach(part -> collect(part, steps));
            case Any any -> any.parts().forEach(part -> collect(part, steps));
            case Comparison comparison -> steps.add(comparison.path().step());
        }
    }

    /// Whether it holds.
    ///
    /// @param facts of each step by its id; null of those that are not over or not there
    public boolean holds(Function<String, @Nullable StepFacts> facts) {
        return holds(expression, facts);
    }

    /* As deep as the parser let it become. */
    private static boolean holds(Expression what, Function<String, @Nullable StepFacts> facts) {
        return switch (what) {
            case Always _ -> true;
            case Not not -> !holds(not.inner(), facts);
            case All all -> all.parts().stream().allMatch(part -> holds(part, facts));
            case Any any -> any.parts().stream().anyMatch(part -> holds(part, facts));
            case Comparison comparison ->
                comparison
                        .operator()
                        .compare(
                                comparison
                                        .path()
                                        .in(facts.apply(comparison.path().step())),
                                comparison.literal());
        };
    }

    /// Conditions of one text are one.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Condition condition && condition.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
