package ai.openlegion.cli;

/// Text of an agent, which is hostile, for a terminal: lines and tabs stay, everything else that would steer it is
/// shown
/// as an escape. It may come in pieces, split anywhere.
final class SafeText {
    /// The half of a character, or the return of a line, that the next piece completes.
    private String held = "";

    /// A whole text.
    static String of(String text) {
        SafeText safe = new SafeText();
        return safe.next(text) + safe.rest();
    }

    /// What can be shown once this piece has come.
    String next(String piece) {
        String text = held + piece;
        int end = text.length();
        if (end > 0 && (Character.isHighSurrogate(text.charAt(end - 1)) || text.charAt(end - 1) == '\r')) {
            end--;
        }
        held = text.substring(end);
        return shown(text.substring(0, end));
    }

    /// What no further piece completes.
    String rest() {
        String last = held;
        held = "";
        return shown(last);
    }

    private static String shown(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        String lines = text.replace("\r\n", "\n");
        int from = 0;
        for (int place = 0; place <= lines.length(); place++) {
            if (place == lines.length() || lines.charAt(place) == '\n' || lines.charAt(place) == '\t') {
                shown.append(Terminal.harmless(lines.substring(from, place)));
                if (place < lines.length()) {
                    shown.append(lines.charAt(place));
                }
                from = place + 1;
            }
        }
        return shown.toString();
    }
}
