package ai.openlegion.workflow.model;

import ai.openlegion.workflow.model.Expression.All;
import ai.openlegion.workflow.model.Expression.Always;
import ai.openlegion.workflow.model.Expression.Any;
import ai.openlegion.workflow.model.Expression.Comparison;
import ai.openlegion.workflow.model.Expression.Not;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads a condition once from left to right; how long, how deep and how much of it there may be is bounded.
final class ConditionParser {

    private static final int MOST_CHARS = 4_096;
    private static final int MOST_DEPTH = 32;
    private static final int MOST_COMPARISONS = 256;
    private static final int MOST_LISTED = 256;
    private static final int MOST_NUMBER_CHARS = 64;
    private static final int MOST_EXPONENT_CHARS = 4;

    private static final Map<String, Operator> SIGNS = Map.of(
            "==", Operator.EQUAL,
            "!=", Operator.UNEQUAL,
            "<", Operator.LESS,
            "<=", Operator.AT_MOST,
            ">", Operator.MORE,
            ">=", Operator.AT_LEAST);

    private final String text;
    private int at;
    private int depth;
    private int comparisons;

    private ConditionParser(String text) {
        this.text = text;
    }

    static Expression parse(String text) throws Malformed {
        if (text.length() > MOST_CHARS) {
            throw new Malformed("a condition may have at most " + MOST_CHARS + " characters");
        }
        var parser = new ConditionParser(text);
        parser.blanks();
        if (parser.isAtEnd()) {
            return new Always();
        }
        Expression whole = parser.any();
        if (!parser.isAtEnd()) {
            throw parser.wrong("expected and, or, or the end");
        }
        return whole;
    }

    private Expression any() throws Malformed {
        List<Expression> parts = new ArrayList<>();
        do {
            parts.add(all());
        } while (takeWord("or"));
        return parts.size() == 1 ? parts.getFirst() : new Any(parts);
    }

    private Expression all() throws Malformed {
        List<Expression> parts = new ArrayList<>();
        do {
            parts.add(one());
        } while (takeWord("and"));
        return parts.size() == 1 ? parts.getFirst() : new All(parts);
    }

    private Expression one() throws Malformed {
        if (++depth > MOST_DEPTH) {
            throw wrong("nested deeper than " + MOST_DEPTH + " levels");
        }
        Expression one;
        if (takeWord("not")) {
            one = new Not(one());
        } else if (take('(')) {
            one = any();
            if (!take(')')) {
                throw wrong("expected )");
            }
        } else {
            one = comparison();
        }
        depth--;
        return one;
    }

    private Expression comparison() throws Malformed {
        if (++comparisons > MOST_COMPARISONS) {
            throw wrong("more than " + MOST_COMPARISONS + " comparisons");
        }
        ResultPath path = path();
        blanks();
        int operatorAt = at;
        Operator operator = operator();
        blanks();
        if (operator != Operator.IN) {
            return new Comparison(path, operator, literal());
        }
        if (isNext('[')) {
            return new Comparison(path, operator, list());
        }
        if (!isNext('"') && !isNext('\'')) {
            at = operatorAt;
            throw wrong("in needs a quoted string, or a list such as [\"a\", \"b\"]");
        }
        return new Comparison(path, operator, literal());
    }

    private ResultPath path() throws Malformed {
        int from = at;
        while (!isAtEnd() && (ResultPath.isNameChar(text.charAt(at)) || ".[]".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        int end = at;
        at = from;
        if (end == from) {
            throw wrong("expected a path such as step.field");
        }
        if (!isStart(text.charAt(from))) {
            throw wrong("the left side must be a path such as step.field, and a step's id begins with a letter or _");
        }
        ResultPath path = ResultPath.parse(text.substring(from, end), from);
        at = end;
        return path;
    }

    private static boolean isStart(char c) {
        return ResultPath.isNameChar(c) && c != '-' && !(c >= '0' && c <= '9');
    }

    private Operator operator() throws Malformed {
        if (takeWord("in")) {
            return Operator.IN;
        }
        if (takeWord("contains")) {
            return Operator.CONTAINS;
        }
        int from = at;
        while (at < from + 2 && !isAtEnd() && "=!<>".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String sign = text.substring(from, at);
        Operator operator = SIGNS.get(sign);
        if (operator == null) {
            at = from;
            throw wrong("expected == != < <= > >= in or contains");
        }
        return operator;
    }

    private List<@Nullable Object> list() throws Malformed {
        at++;
        List<@Nullable Object> listed = new ArrayList<>();
        do {
            if (listed.size() == MOST_LISTED) {
                throw wrong("a list may have at most " + MOST_LISTED + " literals");
            }
            blanks();
            listed.add(literal());
            blanks();
        } while (take(','));
        if (!take(']')) {
            throw wrong("expected , or ]");
        }
        return Collections.unmodifiableList(listed);
    }

    private @Nullable Object literal() throws Malformed {
        Object literal = isNext('"') || isNext('\'') ? quoted() : bare();
        blanks();
        return literal;
    }

    private String quoted() throws Malformed {
        int end = text.indexOf(text.charAt(at), at + 1);
        if (end < 0) {
            throw wrong("the quote is not closed");
        }
        String inside = text.substring(at + 1, end);
        at = end + 1;
        if (!isAtEnd() && !endsLiteral(text.charAt(at))) {
            throw wrong("expected a blank after the string");
        }
        return inside;
    }

    private @Nullable Object bare() throws Malformed {
        int end = at;
        while (end < text.length() && !endsLiteral(text.charAt(end))) {
            end++;
        }
        String word = text.substring(at, end);
        Object value = switch (word.length() > 5 ? "" : word.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> number(word); // open: all else must be a number
        };
        at = end;
        return value;
    }

    private static boolean endsLiteral(char c) {
        return isBlank(c) || c == ')' || c == ',' || c == ']';
    }

    private BigDecimal number(String word) throws Malformed {
        int exponent = Math.max(word.indexOf('e'), word.indexOf('E'));
        boolean isShort = word.length() <= MOST_NUMBER_CHARS
                && (exponent < 0 || word.length() - exponent - 1 <= MOST_EXPONENT_CHARS);
        if (isShort && !word.isEmpty() && word.chars().allMatch(c -> "+-.0123456789eE".indexOf(c) >= 0)) {
            try {
                return new BigDecimal(word);
            } catch (NumberFormatException noNumber) {
                throw wrong("not a number");
            }
        }
        throw wrong("expected a number, true, false, null or a string in quotes");
    }

    /* The word itself, not the beginning of a longer one or of a path. */
    private boolean takeWord(String word) {
        int end = at + word.length();
        boolean isLonger = end < text.length()
                && (ResultPath.isNameChar(text.charAt(end)) || text.charAt(end) == '.' || isIndexed(word, end));
        if (!text.startsWith(word, at) || isLonger) {
            return false;
        }
        at = end;
        blanks();
        return true;
    }

    /* After in, a bracket begins a list. */
    private boolean isIndexed(String word, int end) {
        return text.charAt(end) == '[' && !word.equals("in");
    }

    private boolean take(char c) {
        if (!isNext(c)) {
            return false;
        }
        at++;
        blanks();
        return true;
    }

    private boolean isNext(char c) {
        return !isAtEnd() && text.charAt(at) == c;
    }

    private boolean isAtEnd() {
        return at == text.length();
    }

    private void blanks() {
        while (!isAtEnd() && isBlank(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private Malformed wrong(String what) {
        return new Malformed("character " + (at + 1) + ": " + what);
    }
}
