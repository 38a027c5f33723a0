package ai.openlegion.evidence.report;

import java.util.List;

/// A page of HTML while it is written. Tags and classes are the program's own; every text goes through [#text], which
/// leaves nothing of it that a browser would take for more than text.
final class Html {

    /// Of marks that are drawn onto the character before them: more would climb over the lines above.
    private static final int MARKS = 2;

    private final StringBuilder page = new StringBuilder(1 << 16);

    /// Adds what the program itself wrote.
    Html raw(String html) {
        page.append(html);
        return this;
    }

    /// Adds a text of whatever origin: what would not be seen, or would change how others are read, is shown by its
    /// number.
    Html text(String text) {
        int marks = 0;
        for (int place = 0; place < text.length(); ) {
            int c = text.codePointAt(place);
            place += Character.charCount(c);
            marks = isMark(c) ? marks + 1 : 0;
            if (isHidden(c) || marks > MARKS) {
                page.append("<span class=\"x\">U+")
                        .append(String.format("%04X", c))
                        .append("</span>");
            } else {
                switch (c) {
                    case '&' -> page.append("&amp;");
                    case '<' -> page.append("&lt;");
                    case '>' -> page.append("&gt;");
                    case '"' -> page.append("&quot;");
                    case '\'' -> page.append("&#39;");
                    default -> page.appendCodePoint(c); // open: any other character
                }
            }
        }
        return this;
    }

    /// A text of somebody else's, which does not change the direction of what stands around it.
    Html foreign(String text) {
        return raw("<bdi>").text(text).raw("</bdi>");
    }

    Html element(String tag, String text) {
        return raw("<" + tag + ">").text(text).raw("</" + tag + ">");
    }

    /// The head of a table whose columns are texts, or figures where the name begins with `#`.
    Html table(List<String> columns) {
        var _ = raw("<div class=\"t\"><table><thead><tr>");
        for (String column : columns) {
            boolean figure = column.startsWith("#");
            var _ = raw(figure ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">")
                    .text(figure ? column.substring(1) : column)
                    .raw("</th>");
        }
        return raw("</tr></thead><tbody>");
    }

    Html endTable() {
        return raw("</tbody></table></div>\n");
    }

    /// A cell with a figure.
    Html figure(String text) {
        return raw("<td class=\"n\">").text(text).raw("</td>");
    }

    /// A cell with the program's own text.
    Html cell(String text) {
        return raw("<td>").text(text).raw("</td>");
    }

    /// A cell with somebody else's text.
    Html foreignCell(String text) {
        return raw("<td>").foreign(text).raw("</td>");
    }

    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
    }

    private static boolean isHidden(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            case Character.SPACE_SEPARATOR -> c != ' ';
            default -> isFiller(c); // open: what is drawn
        };
    }

    /* Letters, by their type, that are drawn as nothing; variation selectors change the look of others. */
    private static boolean isFiller(int c) {
        return c == 0x115F
                || c == 0x1160
                || c == 0x3164
                || c == 0xFFA0
                || c == 0x2800
                || c == 0x034F
                || (c >= 0x17B4 && c <= 0x17B5)
                || (c >= 0xFE00 && c <= 0xFE0F)
                || (c >= 0xE0100 && c <= 0xE01EF);
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
