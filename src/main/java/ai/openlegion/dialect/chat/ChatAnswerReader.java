package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.AnswerEvent.Completed;
import ai.openlegion.dialect.AnswerEvent.Ended;
import ai.openlegion.dialect.AnswerEvent.Failed;
import ai.openlegion.dialect.AnswerEvent.Started;
import ai.openlegion.dialect.AnswerEvent.Unshown;
import ai.openlegion.dialect.AnswerEvent.Used;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.Usage;
import ai.openlegion.dialect.chat.ChatDocument.Choice;
import ai.openlegion.dialect.chat.ChatDocument.Piece;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads one answer of a provider that speaks Chat Completions.
///
/// A frame is told as a whole or, when it is malformed, not at all; of one that reports an error nothing is told but
/// the figures and the error, and the client gets the mesh's own words.
final class ChatAnswerReader implements AnswerReader {

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    /// The highest number that a choice has; whatever is numbered beyond counts as that one.
    private static final int LAST_CHOICE = 127;

    private final boolean figuresWanted;
    private final Standing standing = new Standing();
    private final Map<Integer, ChatParts> choices = new LinkedHashMap<>(2);
    private int parts;

    ChatAnswerReader(boolean figuresWanted) {
        this.figuresWanted = figuresWanted;
        standing.id = "chatcmpl-openlegion";
    }

    @Override
    public boolean frame(byte[] data, int from, int to, Events events) throws IOException {
        if (Arrays.equals(data, from, to, DONE, 0, DONE.length)) {
            complete(events);
            return true;
        }
        ChatDocument document = ChatDocument.read(data, from, to);
        if (document.hasError) {
            fail(document, data, from, to, events);
            return false;
        }
        tell(document, data, false, events);
        return figuresWanted || !document.hasUsage || !document.choices.isEmpty();
    }

    @Override
    public void whole(byte[] json, Events events) throws IOException {
        ChatDocument document = ChatDocument.read(json, 0, json.length);
        if (document.hasError) {
            fail(document, json, 0, json.length, events);
            return;
        }
        if (document.choices.isEmpty()) {
            throw new IOException("an answer without choices");
        }
        tell(document, json, true, events);
        complete(events);
    }

    @Override
    public Standing standing() {
        return standing;
    }

    /// The number of a part that begins now.
    int nextPart() {
        return parts++;
    }

    /// An id for a tool call that the provider gave none, unlike that of any other call of the conversation; some
    /// providers take at most 40 characters.
    String callId(int part) {
        return "call_" + Integer.toHexString((standing.id + standing.created).hashCode()) + "_" + part;
    }

    private void fail(ChatDocument document, byte[] json, int from, int to, Events events) {
        used(document, events);
        events.on(new Failed(ChatErrors.read(json, from, to)));
    }

    private void complete(Events events) {
        for (ChatParts each : choices.values()) {
            each.end(events);
        }
        events.on(new Completed());
    }

    private void tell(ChatDocument document, byte[] bytes, boolean whole, Events events) throws IOException {
        identify(document);
        if (!standing.started && !document.choices.isEmpty()) {
            standing.started = true;
            events.on(new Started(standing.id, standing.model, standing.created));
        }
        long unshown = 0;
        for (Choice each : document.choices) {
            unshown += choice(each, bytes, whole, events);
        }
        if (unshown > 0) {
            events.on(new Unshown(unshown));
        }
        used(document, events);
    }

    private long choice(Choice said, byte[] bytes, boolean whole, Events events) throws IOException {
        if (said.pieces.isEmpty() && said.finish == null) {
            return said.unshownBytes + said.unshownWholeBytes;
        }
        ChatParts known =
                choices.computeIfAbsent(Math.clamp(said.index, 0, LAST_CHOICE), choice -> new ChatParts(choice, this));
        long unshown = said.unshownBytes;
        if (known.hasDeltas()) {
            // some vendors end a stream with all of the answer once more
            said.pieces.removeIf(Piece::whole);
        } else {
            unshown += said.unshownWholeBytes;
        }
        unshown += known.tell(said.pieces, bytes, whole, events);
        if (said.finish != null) {
            known.end(events);
            if (known.choice < Long.SIZE) {
                standing.finishedChoices |= 1L << known.choice;
            }
            events.on(new Ended(known.choice, reason(said.finish), null));
        }
        return unshown;
    }

    private void used(ChatDocument document, Events events) {
        Usage usage = document.usage();
        if (usage != null) {
            standing.usage = usage;
            events.on(new Used(usage));
        }
    }

    /// Azure's first frame, about the prompt, names neither the answer nor the model.
    private void identify(ChatDocument document) {
        if (standing.model.isEmpty() && document.model != null) {
            standing.model = document.model;
            standing.id = document.id == null || document.id.isEmpty() ? standing.id : document.id;
            standing.created = document.created;
        }
    }

    private static StopReason reason(String finish) {
        return switch (finish) {
            case "length" -> StopReason.LENGTH;
            case "tool_calls", "function_call" -> StopReason.TOOL_CALLS;
            case "content_filter" -> StopReason.REFUSAL;
            default -> StopReason.END; // open: "stop", and whatever a vendor calls it
        };
    }
}
