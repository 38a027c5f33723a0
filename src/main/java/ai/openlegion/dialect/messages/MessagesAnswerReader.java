package ai.openlegion.dialect.messages;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.Part.Seal;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.messages.MessagesFrame.Span;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads one answer of an Anthropic provider.
///
/// A stream's first event tells what the input was, and a placeholder for the output: the figures are told as
/// [AnswerEvent.Used] only once the output is in them. Until then [#standing] has the input.
final class MessagesAnswerReader implements AnswerReader {

    /// A content block that is open.
    private static final class Block {
        final int part;
        final String kind;
        String signature;
        String opaque;
        /// Input that came with the block's start, told at its end if nothing else was.
        String input;

        boolean argued;

        @Nullable
        Unwrapping freeform;

        Block(int part, MessagesFrame start) {
            this.part = part;
            this.kind = start.kind;
            this.signature = start.signature;
            this.opaque = start.opaque;
            this.input = start.input;
        }
    }

    /// Providers keep one open, or a few.
    private static final int MAX_OPEN_BLOCKS = 1024;

    private final Set<String> freeform;
    private final Standing standing = new Standing();
    private final Figures figures = new Figures();
    private final Map<Integer, Block> blocks = new HashMap<>();
    private int parts;

    /// @param freeform the freeform tools that the request was written with; none where it is the client's own
    MessagesAnswerReader(Set<String> freeform) {
        this.freeform = freeform;
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public boolean frame(byte[] data, int from, int to, Events events) throws IOException {
        MessagesFrame frame = MessagesFrame.read(data, from, to, figures);
        switch (frame.type) {
            case "message_start" -> start(frame, events);
            case "content_block_start" -> open(frame, data, events);
            case "content_block_delta" -> delta(frame, data, events);
            case "content_block_stop" -> close(frame.index, events);
            case "message_delta" -> end(frame, events);
            case "message_stop" -> events.on(new AnswerEvent.Completed());
            case "error" -> {
                events.on(new AnswerEvent.Failed(MessagesErrors.inStream(frame.errorType, frame.errorMessage)));
                return false; // told in the mesh's own words
            }
            default -> {} // open: ping, and events that are not known yet
        }
        return true;
    }

    @Override
    public void whole(byte[] json, Events events) throws IOException {
        WholeMessage.read(json, freeform, events);
    }

    private void start(MessagesFrame frame, Events events) {
        figures.forgetOutput();
        standing.usage = figures.usage();
        if (!standing.started) {
            standing.started = true;
            standing.id = frame.id;
            standing.model = frame.name;
            events.on(new AnswerEvent.Started(frame.id, frame.name, 0));
        }
    }

    private void open(MessagesFrame frame, byte[] data, Events events) throws IOException {
        if (blocks.size() == MAX_OPEN_BLOCKS) {
            throw new IOException("more content blocks are open than any answer has");
        }
        standing.open.add(frame.index);
        var block = new Block(parts, frame);
        blocks.put(frame.index, block);
        switch (frame.kind) {
            case "text" -> told(Kind.TEXT, parts++, frame.text, data, events);
            case "thinking" -> told(Kind.REASONING, parts++, frame.thinking, data, events);
            case "redacted_thinking" -> parts++;
            case "tool_use" -> {
                String tool = Freeform.unmarked(frame.name, freeform);
                block.freeform = tool == null ? null : new Unwrapping();
                String name = tool == null ? frame.name : tool;
                events.on(new AnswerEvent.ToolCalled(0, parts++, frame.id, name, tool != null));
            }
            default -> events.on(new AnswerEvent.Unshown(frame.bytes)); // open: blocks of the provider's own tools
        }
    }

    private void delta(MessagesFrame frame, byte[] data, Events events) {
        Block block = blocks.get(frame.index);
        if (block == null) {
            events.on(new AnswerEvent.Unshown(frame.bytes));
            return;
        }
        switch (block.kind + " " + frame.kind) {
            case "text text_delta" -> told(Kind.TEXT, block.part, frame.text, data, events);
            case "thinking thinking_delta" -> told(Kind.REASONING, block.part, frame.thinking, data, events);
            case "thinking signature_delta" -> block.signature = frame.signature;
            case "tool_use input_json_delta" -> {
                block.argued |= frame.partialJson != null && !frame.partialJson.isEmpty();
                if (block.freeform == null || frame.partialJson == null) {
                    told(Kind.ARGUMENTS, block.part, frame.partialJson, data, events);
                } else {
                    Span span = frame.partialJson;
                    unwrapped(
                            block.part,
                            block.freeform.feed(data, span.from(), span.to()),
                            span.to() - span.from(),
                            events);
                }
            }
            default -> events.on(new AnswerEvent.Unshown(frame.bytes)); // open: citations, and what is not known yet
        }
    }

    private static void told(Kind kind, int part, @Nullable Span span, byte[] data, Events events) {
        if (span != null && !span.isEmpty()) {
            events.on(new AnswerEvent.Delta(kind, 0, part, data, span.from(), span.to()));
        }
    }

    /// What is not told of a fragment counts all the same. The second event also keeps the frame from being taken for
    /// one that could be read without this reader.
    private static void unwrapped(int part, byte[] text, int length, Events events) {
        told(Kind.ARGUMENTS, part, new Span(0, text.length), text, events);
        events.on(new AnswerEvent.Unshown(Math.max(0, length - text.length)));
    }

    private void close(int index, Events events) {
        standing.open.remove(index);
        Block block = blocks.remove(index);
        if (block == null) {
            return;
        }
        switch (block.kind) {
            case "text" -> {}
            case "thinking" -> seal(block, block.signature, true, events);
            case "redacted_thinking" -> seal(block, block.opaque, false, events);
            case "tool_use" -> {
                if (block.freeform != null) {
                    byte[] input = block.argued ? new byte[0] : Json.inside(block.input);
                    unwrapped(block.part, block.freeform.feed(input, 0, input.length), input.length, events);
                    unwrapped(block.part, block.freeform.rest(), 0, events);
                } else if (!block.argued) {
                    byte[] input = Json.inside(block.input.isEmpty() ? "{}" : block.input);
                    events.on(new AnswerEvent.Delta(Kind.ARGUMENTS, 0, block.part, input, 0, input.length));
                }
            }
            default -> { // open: what is no part of an answer
                return;
            }
        }
        events.on(new AnswerEvent.PartEnded(0, block.part));
    }

    private static void seal(Block block, String opaque, boolean readable, Events events) {
        if (!opaque.isEmpty()) {
            events.on(new AnswerEvent.Sealed(0, block.part, new Seal(Dialect.ANTHROPIC, null, opaque, readable)));
        }
    }

    private void end(MessagesFrame frame, Events events) {
        if (frame.hasUsage && figures.areWhole()) {
            standing.usage = figures.usage();
            events.on(new AnswerEvent.Used(standing.usage));
        }
        if (frame.stopReason != null && standing.finishedChoices == 0) {
            standing.finishedChoices = 1;
            events.on(new AnswerEvent.Ended(0, StopWords.read(frame.stopReason), frame.stopSequence));
        }
    }
}
