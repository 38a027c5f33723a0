package ai.openlegion.workflow.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a comparison compares what it found with its literal.
enum Operator {
    EQUAL,
    UNEQUAL,
    LESS,
    AT_MOST,
    MORE,
    AT_LEAST,
    IN,
    CONTAINS;

    private static final int INCOMPARABLE = 2;

    boolean compare(@Nullable Object found, @Nullable Object literal) {
        return switch (this) {
            case EQUAL -> areEqual(found, literal);
            case UNEQUAL -> !areEqual(found, literal);
            case LESS -> order(found, literal) == -1;
            case AT_MOST -> order(found, literal) == -1 || order(found, literal) == 0;
            case MORE -> order(found, literal) == 1;
            case AT_LEAST -> order(found, literal) == 1 || order(found, literal) == 0;
            case IN -> holds(literal, found);
            case CONTAINS -> holds(found, literal);
        };
    }

    private static boolean areEqual(@Nullable Object one, @Nullable Object other) {
        Object a = numeric(one, other);
        Object b = numeric(other, one);
        return switch (a) {
            case null -> b == null;
            case BigDecimal number -> b instanceof BigDecimal another && number.compareTo(another) == 0;
            case Boolean truth -> truth.equals(b);
            case String text -> text.equals(b);
            default -> false; // open: lists and objects are never equal to a literal
        };
    }

    /* A boolean beside a number counts as 1 or 0. */
    private static @Nullable Object numeric(@Nullable Object value, @Nullable Object beside) {
        return value instanceof Boolean truth && beside instanceof BigDecimal
                ? truth ? BigDecimal.ONE : BigDecimal.ZERO
                : value;
    }

    /// -1, 0 or 1, or [#INCOMPARABLE].
    private static int order(@Nullable Object one, @Nullable Object other) {
        if (one instanceof BigDecimal a && other instanceof BigDecimal b) {
            return a.compareTo(b);
        }
        if (one instanceof String a && other instanceof String b) {
            return byCodePoint(a, b);
        }
        return one instanceof Boolean a && other instanceof Boolean b ? Boolean.compare(a, b) : INCOMPARABLE;
    }

    /* By UTF-16 units, characters beyond U+FFFF would stand before some of those below it. */
    private static int byCodePoint(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        if (at == a.length() || at == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        boolean isInPair = at > 0 && Character.isHighSurrogate(a.charAt(at - 1));
        int from = isInPair ? at - 1 : at;
        return Integer.compare(a.codePointAt(from), b.codePointAt(from));
    }

    private static boolean holds(@Nullable Object whole, @Nullable Object part) {
        return switch (whole) {
            case String text -> part instanceof String piece && text.contains(piece);
            case List<?> list -> list.stream().anyMatch(item -> areEqual(item, part));
            case Map<?, ?> map -> part instanceof String name && map.containsKey(name);
            case null, default -> false; // open: nothing else holds anything
        };
    }
}
