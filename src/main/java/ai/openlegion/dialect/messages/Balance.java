package ai.openlegion.dialect.messages;

/// Whether the arguments of a tool call are whole yet: a JSON object whose braces are all closed.
///
/// It is fed the inside of a JSON string in which that object is escaped once more.
final class Balance {

    private int depth;
    private boolean begun;
    private boolean inString;
    private boolean escaped;

    void feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            char c = (char) (bytes[at] & 0xff);
            at++;
            if (c == '\\' && at < to) {
                c = (char) (bytes[at] & 0xff);
                at++;
                if (c == 'u') {
                    c = code(bytes, at, to);
                    at += 4;
                } else if (c != '"' && c != '\\') {
                    c = ' '; // a control character, which is white space here
                }
            }
            take(c);
        }
    }

    private static char code(byte[] bytes, int at, int to) {
        int code = 0;
        for (int i = at; i < Math.min(at + 4, to); i++) {
            code = code * 16 + Math.max(Character.digit(bytes[i], 16), 0);
        }
        return (char) code;
    }

    private void take(char c) {
        if (escaped) {
            escaped = false;
        } else if (inString) {
            escaped = c == '\\';
            inString = c != '"';
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            depth++;
            begun = true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }

    boolean isWhole() {
        return begun && depth <= 0;
    }
}
