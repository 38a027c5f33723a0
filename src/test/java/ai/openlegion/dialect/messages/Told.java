package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a reader told, as lines that a test can compare: deltas of one part joined.
final class Told {

    private static final Pattern HEAD = Pattern.compile("(?s)^([A-Z]+ \\d+/\\d+ ).*");

    final List<String> lines = new ArrayList<>();

    /// All that a reader tells of a stream, and of each frame whether it passes.
    static Told ofStream(AnswerReader reader, String stream) {
        var told = new Told();
        for (String frame : stream.split("\n\n", -1)) {
            for (String line : frame.split("\n", -1)) {
                if (line.startsWith("data:")) {
                    byte[] data = ("..." + line.substring(5).strip() + "...").getBytes(StandardCharsets.UTF_8);
                    try {
                        if (!reader.frame(data, 3, data.length - 3, told::on)) {
                            told.lines.add("kept back");
                        }
                    } catch (IOException notOfTheDialect) {
                        throw new UncheckedIOException(notOfTheDialect);
                    }
                }
            }
        }
        return told;
    }

    static Told ofWhole(AnswerReader reader, String json) throws IOException {
        var told = new Told();
        reader.whole(json.getBytes(StandardCharsets.UTF_8), told::on);
        return told;
    }

    /// The same without what only counts.
    List<String> shown() {
        var shown = new Told();
        lines.stream().filter(line -> !line.startsWith("Unshown")).forEach(shown::line);
        return shown.lines;
    }

    void on(AnswerEvent event) {
        if (event instanceof AnswerEvent.Delta delta) {
            String text = new String(delta.bytes(), delta.from(), delta.to() - delta.from(), StandardCharsets.UTF_8);
            line(delta.kind() + " " + delta.choice() + "/" + delta.part() + " " + text);
        } else if (!(event instanceof AnswerEvent.Unshown(long bytes) && bytes == 0)) {
            lines.add(event.toString());
        }
    }

    private void line(String line) {
        String head = HEAD.matcher(line).replaceFirst("$1");
        if (!head.equals(line) && !lines.isEmpty() && lines.getLast().startsWith(head)) {
            lines.add(lines.removeLast() + line.substring(head.length()));
        } else {
            lines.add(line);
        }
    }
}
