package ai.openlegion.agent.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One reading of one JSON text, from left to right.
final class JsonReader {

    private static final int DEPTH = 64;
    private static final Pattern NUMBER =
            Pattern.compile("-?(?:0|[1-9][0-9]{0,400})(\\.[0-9]{1,400})?([eE][+-]?[0-9]{1,9})?");

    private final String text;
    private int at;

    JsonReader(String text) {
        this.text = text;
    }

    Object whole() throws JsonException {
        Object value = value(0);
        skipSpace();
        if (at < text.length()) {
            throw wrong("more follows the value");
        }
        return value;
    }

    private Object value(int depth) throws JsonException {
        skipSpace();
        if (at >= text.length()) {
            throw wrong("ends early");
        }
        char first = text.charAt(at);
        if (first == '{' || first == '[') {
            if (depth == DEPTH) {
                throw wrong("nested deeper than " + DEPTH);
            }
            at++;
            return first == '{' ? object(depth + 1) : list(depth + 1);
        }
        if (first == '"') {
            return string();
        }
        if (first == '-' || (first >= '0' && first <= '9')) {
            return number();
        }
        if (literal("true")) {
            return true;
        }
        if (literal("false")) {
            return false;
        }
        if (literal("null")) {
            return Json.NULL;
        }
        throw wrong("no value");
    }

    private Map<String, Object> object(int depth) throws JsonException {
        Map<String, Object> members = new LinkedHashMap<>();
        skipSpace();
        if (taken('}')) {
            return members;
        }
        do {
            skipSpace();
            if (at >= text.length() || text.charAt(at) != '"') {
                throw wrong("no member name");
            }
            String name = string();
            skipSpace();
            if (!taken(':')) {
                throw wrong("no colon");
            }
            if (members.put(name, value(depth)) != null) {
                throw wrong("a member is named twice");
            }
            skipSpace();
        } while (taken(','));
        if (!taken('}')) {
            throw wrong("an object does not end");
        }
        return members;
    }

    private List<Object> list(int depth) throws JsonException {
        List<Object> items = new ArrayList<>();
        skipSpace();
        if (taken(']')) {
            return items;
        }
        do {
            items.add(value(depth));
            skipSpace();
        } while (taken(','));
        if (!taken(']')) {
            throw wrong("a list does not end");
        }
        return items;
    }

    private String string() throws JsonException {
        var string = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return string.toString();
            }
            if (c < ' ') {
                throw wrong("a control character in a text");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        throw wrong("a text does not end");
    }

    private char escaped() throws JsonException {
        at++;
        char c = at < text.length() ? text.charAt(at) : ' ';
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> // open: any character may follow
                throw wrong("an unknown escape");
        };
    }

    private char unicode() throws JsonException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw wrong("a broken escape");
            }
            value = value * 16 + digit;
        }
        return (char) value;
    }

    private Object number() throws JsonException {
        Matcher matcher = NUMBER.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            throw wrong("not a number");
        }
        at = matcher.end();
        if (matcher.start(1) < 0 && matcher.start(2) < 0) {
            try {
                return Long.parseLong(matcher.group());
            } catch (NumberFormatException wide) {
                return finite(matcher.group());
            }
        }
        return finite(matcher.group());
    }

    private Double finite(String digits) throws JsonException {
        double number = Double.parseDouble(digits);
        if (!Double.isFinite(number)) {
            throw wrong("a number is too large");
        }
        return number;
    }

    private boolean literal(String word) {
        boolean there = text.startsWith(word, at);
        at += there ? word.length() : 0;
        return there;
    }

    private boolean taken(char wanted) {
        boolean there = at < text.length() && text.charAt(at) == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private JsonException wrong(String what) {
        return new JsonException("not JSON: " + what + " at character " + at);
    }
}
