package ai.openlegion.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// What a reader tells, one short line an event.
final class Told implements Events {

    final List<String> lines = new ArrayList<>();

    @Override
    public void on(AnswerEvent event) {
        lines.add(
                switch (event) {
                    case AnswerEvent.Started started ->
                        "started " + started.id() + " " + started.model() + " " + started.created();
                    case AnswerEvent.Delta delta ->
                        delta.kind() + " " + delta.part() + " "
                                + new String(delta.bytes(), delta.from(), delta.to() - delta.from(), UTF_8);
                    case AnswerEvent.ToolCalled call ->
                        "call " + call.part() + " " + call.id() + " " + call.name()
                                + (call.freeform() ? " freeform" : "");
                    case AnswerEvent.Sealed sealed ->
                        "sealed " + sealed.part() + " " + sealed.seal().wrapped();
                    case AnswerEvent.PartEnded ended -> "part ended " + ended.part();
                    case AnswerEvent.Used used -> "used " + used.usage();
                    case AnswerEvent.Ended ended -> "ended " + ended.reason();
                    case AnswerEvent.Unshown unshown -> "unshown";
                    case AnswerEvent.Completed _ -> "completed";
                    case AnswerEvent.Failed failed ->
                        "failed " + failed.fault().kind() + " " + failed.fault().code() + " "
                                + failed.fault().message();
                });
    }

    /// What a stream tells: its documents in order, each at an odd place of its array.
    static List<String> stream(AnswerReader reader, List<String> documents) {
        var told = new Told();
        for (String document : documents) {
            byte[] bytes = ("..." + document + "..").getBytes(UTF_8);
            try {
                boolean passes = reader.frame(bytes, 3, bytes.length - 2, told);
                boolean failed = !told.lines.isEmpty() && told.lines.getLast().startsWith("failed ");
                if (passes == failed) {
                    throw new AssertionError((passes ? "not " : "") + "kept from the client: " + document);
                }
            } catch (IOException noDocument) {
                throw new UncheckedIOException(document, noDocument);
            }
        }
        return told.lines;
    }

    static List<String> whole(String json) {
        var told = new Told();
        try {
            new ResponsesAnswerReader().whole(json.getBytes(UTF_8), told);
        } catch (IOException noAnswer) {
            throw new UncheckedIOException(noAnswer);
        }
        return told.lines;
    }

    /// The data of the events in a stream's bytes.
    static List<String> documents(byte[] stream) {
        List<String> documents = new ArrayList<>();
        for (String frame : new String(stream, UTF_8).split("\n\n")) {
            String[] lines = frame.split("\n");
            if (lines.length != 2 || !lines[0].startsWith("event: ") || !lines[1].startsWith("data: ")) {
                throw new AssertionError("no event: " + frame);
            }
            String data = lines[1].substring("data: ".length());
            if (!data.startsWith("{\"type\":\"" + lines[0].substring("event: ".length()) + "\"")) {
                throw new AssertionError("named otherwise in its data: " + frame);
            }
            documents.add(data);
        }
        return documents;
    }
}
