package ai.openlegion.workflow.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A condition after it was read.
sealed interface Expression {

    /// Of a blank condition.
    record Always() implements Expression {}

    record Not(Expression inner) implements Expression {}

    record All(List<Expression> parts) implements Expression {
        public All {
            parts = List.copyOf(parts);
        }
    }

    record Any(List<Expression> parts) implements Expression {
        public Any {
            parts = List.copyOf(parts);
        }
    }

    /// @param literal null, a Boolean, a BigDecimal, a String, or after `in` a list of such
    record Comparison(
            ResultPath path, Operator operator, @Nullable Object literal) implements Expression {}
}
