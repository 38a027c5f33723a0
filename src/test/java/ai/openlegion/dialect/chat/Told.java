package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What a reader tells, as lines of text: one an event, deltas of the same part joined.
final class Told {

    final List<String> lines = new ArrayList<>();
    private String part = "";

    void on(AnswerEvent event) {
        String line = line(event);
        boolean joined = event instanceof AnswerEvent.Delta && line.startsWith(part) && !part.isEmpty();
        if (joined) {
            lines.set(lines.size() - 1, lines.getLast() + line.substring(part.length()));
        } else {
            lines.add(line);
        }
        part = event instanceof AnswerEvent.Delta ? line.substring(0, line.indexOf('\'') + 1) : "";
    }

    private static String line(AnswerEvent event) {
        return switch (event) {
            case AnswerEvent.Started e -> "started " + e.id() + " " + e.model() + " " + e.created();
            case AnswerEvent.Delta e ->
                e.kind() + " " + e.choice() + "/" + e.part() + " '"
                        + new String(e.bytes(), e.from(), e.to() - e.from(), StandardCharsets.UTF_8);
            case AnswerEvent.ToolCalled e ->
                "call " + e.choice() + "/" + e.part() + " " + e.id() + " " + e.name()
                        + (e.freeform() ? " freeform" : "");
            case AnswerEvent.Sealed e -> "sealed " + e.choice() + "/" + e.part() + " " + e.seal();
            case AnswerEvent.PartEnded e -> "end " + e.choice() + "/" + e.part();
            case AnswerEvent.Used e -> "used " + figures(e.usage());
            case AnswerEvent.Ended e -> "ended " + e.choice() + " " + e.reason();
            case AnswerEvent.Unshown e -> "unshown " + e.bytes();
            case AnswerEvent.Completed _ -> "completed";
            case AnswerEvent.Failed e ->
                "failed " + e.fault().kind() + " " + e.fault().status() + " "
                        + e.fault().message() + " " + Objects.toString(e.fault().code());
        };
    }

    private static String figures(ai.openlegion.dialect.Usage usage) {
        long written = usage.cacheWriteTokens();
        return usage.inputTokens() + "(" + usage.cachedTokens() + (written == 0 ? "" : "," + written) + ") "
                + usage.outputTokens() + "(" + usage.reasoningTokens() + ")";
    }

    /// What a stream of these documents tells; they stand in the middle of a larger array, as frames do.
    static List<String> of(AnswerReader reader, String... documents) throws IOException {
        var told = new Told();
        for (String each : documents) {
            byte[] framed = ("data: " + each + "\n\n").getBytes(StandardCharsets.UTF_8);
            var _ = reader.frame(framed, 6, framed.length - 2, told::on);
        }
        return told.lines;
    }

    static List<String> whole(String document) throws IOException {
        var told = new Told();
        ChatCodec.INSTANCE.reader(true).whole(document.getBytes(StandardCharsets.UTF_8), told::on);
        return told.lines;
    }
}
