package ai.openlegion.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a command prints: results to one stream, what went wrong to the other.
///
/// @param colour whether results may be coloured; a terminal's user may not want that
/// @param isTerminal whether a terminal reads the results, coloured or not: then nothing an agent wrote may steer it
record Terminal(PrintStream out, PrintStream err, boolean colour, boolean isTerminal) {

    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]{0,16}m");

    void print(String line) {
        out.println(line);
    }

    /// Prints JSON from the mesh. Agents chose some of its texts: what would steer a terminal is escaped, which JSON
    /// has
    /// in strings only.
    void json(String text) {
        out.println(harmless(text));
    }

    /// A text on one line that moves no cursor and hides nothing: control and format characters as `\\u` escapes.
    static String harmless(String text) {
        if (text.codePoints().noneMatch(Terminal::steers)) {
            return text;
        }
        StringBuilder harmless = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (!steers(c)) {
                harmless.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    harmless.append(String.format("\\u%04x", (int) unit));
                }
            }
        });
        return harmless.toString();
    }

    /// A drawing of the mesh in lines, of which only colours may steer the terminal.
    static String drawn(String text) {
        StringBuilder drawn = new StringBuilder(text.length());
        Matcher colour = COLOUR.matcher(text);
        int from = 0;
        while (colour.find()) {
            drawn.append(SafeText.of(text.substring(from, colour.start()))).append(colour.group());
            from = colour.end();
        }
        return drawn.append(SafeText.of(text.substring(from))).toString();
    }

    /// Whether it can show the characters that boxes are drawn of.
    boolean drawsBoxes() {
        return out.charset().newEncoder().canEncode('│');
    }

    private static boolean steers(int c) {
        return Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || c == '\u2028' || c == '\u2029';
    }

    /// Prints one line on the error stream under the program's name.
    void error(String message) {
        err.println("openlegion: " + message);
    }

    String bold(String text) {
        return paint("1", text);
    }

    String good(String text) {
        return paint("32", text);
    }

    String bad(String text) {
        return paint("31", text);
    }

    String dim(String text) {
        return paint("2", text);
    }

    String warn(String text) {
        return paint("33", text);
    }

    private String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /// Prints rows as left-aligned columns, made [#harmless], under a heading; a row may hold fewer cells than the
    /// heading.
    void table(List<String> heading, List<List<String>> rows) {
        new Table(this, heading).print(rows);
    }
}
