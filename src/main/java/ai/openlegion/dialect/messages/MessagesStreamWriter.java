package ai.openlegion.dialect.messages;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Part.Seal;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes one streamed answer in Anthropic's events.
///
/// One content block is open at a time: clients take the last one for the one that is spoken of. What comes while a
/// tool call is not whole yet, as Chat Completions may do, waits until it is.
final class MessagesStreamWriter implements StreamWriter {

    /// What a block is of, and where it stands.
    private static final class Block {
        final int part;
        final Kind kind;
        final AnswerEvent.@Nullable ToolCalled call;
        final Balance balance = new Balance();
        /// Deltas that wait for an earlier block; what a part holds is bounded by what the provider may produce.
        final List<byte[]> waiting = new ArrayList<>(0);

        @Nullable
        Seal seal;

        boolean ended;
        /// Whether it is one that shows nothing.
        boolean opaque;
        int index;
        byte[] prefix = {};

        Block(int part, Kind kind, AnswerEvent.@Nullable ToolCalled call) {
            this.part = part;
            this.kind = kind;
            this.call = call;
        }

        boolean mayEnd() {
            return ended || call == null || balance.isWhole();
        }
    }

    private static final byte[] SUFFIX = Json.utf8("\"}}\n\n");

    private final Out out;
    private final Standing standing = new Standing();
    private final Deque<Block> queue = new ArrayDeque<>(2);
    private @Nullable Block open;
    private int blocks;
    private boolean called;
    private boolean refused;
    private StopReason reason = StopReason.END;
    private @Nullable String stop;

    MessagesStreamWriter(Out out) {
        this.out = out;
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public void on(AnswerEvent event) {
        switch (event) {
            case AnswerEvent.Started(String id, String model, long created) -> {
                standing.id = id;
                standing.model = model;
                standing.created = created;
                start();
            }
            case Delta delta when delta.choice() == 0 -> delta(delta);
            case AnswerEvent.ToolCalled call
            when call.choice() == 0 -> {
                called = true;
                var _ = begin(new Block(call.part(), Kind.ARGUMENTS, call));
            }
            case AnswerEvent.Sealed(int choice, int part, Seal seal) when choice == 0 -> seal(part, seal);
            case AnswerEvent.PartEnded(int choice, int part) when choice == 0 -> ended(part);
            case AnswerEvent.Used used -> standing.usage = used.usage();
            case AnswerEvent.Ended ended
            when ended.choice() == 0 -> {
                reason = ended.reason();
                stop = ended.stop();
            }
            case AnswerEvent.Completed _ -> complete();
            case Delta _,
                    AnswerEvent.ToolCalled _,
                    AnswerEvent.Sealed _,
                    AnswerEvent.PartEnded _,
                    AnswerEvent.Ended _ -> {} // of a further choice, which this dialect has not
            case AnswerEvent.Unshown _, AnswerEvent.Failed _ -> {}
        }
    }

    private void start() {
        if (!standing.started) {
            standing.started = true;
            standing.id = standing.id.isEmpty() ? MessagesEnds.NAMELESS : standing.id;
            out.append(MessagesEnds.start(standing.id, standing.model, standing.usage));
        }
    }

    private void delta(Delta delta) {
        if (delta.from() == delta.to()) {
            return;
        }
        refused |= delta.kind() == Kind.REFUSAL;
        Block block = open;
        if (block == null || block.part != delta.part()) {
            block = waiting(delta.part());
            if (block == null) {
                if (delta.kind() == Kind.ARGUMENTS) {
                    return; // white space behind arguments that were whole
                }
                block = begin(new Block(delta.part(), delta.kind(), null));
            }
        }
        if (block == open) {
            write(block, delta.bytes(), delta.from(), delta.to());
            moveOn();
        } else {
            block.waiting.add(Arrays.copyOfRange(delta.bytes(), delta.from(), delta.to()));
        }
    }

    private @Nullable Block waiting(int part) {
        for (Block block : queue) {
            if (block.part == part) {
                return block;
            }
        }
        return null;
    }

    /// Opens the block, or lets it wait.
    private Block begin(Block block) {
        queue.add(block);
        moveOn();
        return block;
    }

    /// Ends what is open if it may end and something waits, and opens that.
    private void moveOn() {
        if (open == null || (open.mayEnd() && !queue.isEmpty())) {
            close();
            drain();
        }
    }

    private void open(Block block) {
        start();
        block.index = blocks++;
        open = block;
        standing.open.add(block.index);
        var call = block.call;
        var content = switch (block.kind) {
            case TEXT, REFUSAL -> Json.object("type", "text", "text", "");
            case REASONING -> Json.object("type", "thinking", "thinking", "", "signature", "");
            case ARGUMENTS ->
                Json.object(
                        "type",
                        "tool_use",
                        "id",
                        toolId(call == null ? "" : call.id(), block.part),
                        "name",
                        call == null ? "" : call.name(),
                        "input",
                        Json.object());
        };
        Seal seal = block.seal;
        if (seal != null && !seal.readable() && block.waiting.isEmpty()) {
            block.opaque = true;
            content = Json.object("type", "redacted_thinking", "data", word(seal));
        }
        out.append(
                Json.event(Json.object("type", "content_block_start", "index", block.index, "content_block", content)));
        String delta = switch (block.kind) {
            case TEXT, REFUSAL -> "text_delta\",\"text";
            case REASONING -> "thinking_delta\",\"thinking";
            case ARGUMENTS -> "input_json_delta\",\"partial_json";
        };
        block.prefix = Json.utf8("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"
                + block.index + ",\"delta\":{\"type\":\"" + delta + "\":\"");
        if (call != null && call.freeform()) {
            raw(block, Freeform.HEAD, 0, Freeform.HEAD.length);
        }
    }

    /// An id that is told in the next turn together with others of the conversation, so no two may be the same.
    private String toolId(String given, int part) {
        return given.isEmpty() ? "toolu_" + standing.id + "_" + part : given;
    }

    private void write(Block block, byte[] bytes, int from, int to) {
        var call = block.call;
        if (call != null && call.freeform()) {
            byte[] quoted = Freeform.quoted(bytes, from, to);
            raw(block, quoted, 0, quoted.length);
        } else {
            if (call != null) {
                block.balance.feed(bytes, from, to);
            }
            raw(block, bytes, from, to);
        }
    }

    private void raw(Block block, byte[] bytes, int from, int to) {
        out.append(block.prefix);
        out.append(bytes, from, to);
        out.append(SUFFIX);
    }

    private void seal(int part, Seal seal) {
        Block block = open != null && open.part == part ? open : waiting(part);
        if (block == null) {
            block = new Block(part, Kind.REASONING, null);
            block.seal = seal;
            var _ = begin(block);
        }
        block.seal = seal;
    }

    private void ended(int part) {
        if (open != null && open.part == part) {
            close();
            drain();
            return;
        }
        Block block = waiting(part);
        if (block != null) {
            block.ended = true;
        }
    }

    /// Opens what waits, as far as it goes.
    private void drain() {
        while (open == null && !queue.isEmpty()) {
            Block block = queue.remove();
            open(block);
            for (byte[] bytes : block.waiting) {
                write(block, bytes, 0, bytes.length);
            }
            block.waiting.clear();
            if (block.ended || (!queue.isEmpty() && block.mayEnd())) {
                close();
            }
        }
    }

    private void close() {
        Block block = open;
        if (block == null) {
            return;
        }
        Seal seal = block.seal;
        if (seal != null && block.kind == Kind.REASONING && !block.opaque) {
            out.append(Json.event(Json.object(
                    "type",
                    "content_block_delta",
                    "index",
                    block.index,
                    "delta",
                    Json.object("type", "signature_delta", "signature", word(seal)))));
        }
        var call = block.call;
        if (call != null && call.freeform()) {
            raw(block, Freeform.TAIL, 0, Freeform.TAIL.length);
        }
        out.append(MessagesEnds.blockStop(block.index));
        standing.open.remove(block.index);
        open = null;
    }

    /// The seal as this dialect's opaque fields carry it.
    static String word(Seal seal) {
        return seal.dialect() == Dialect.ANTHROPIC ? seal.data() : seal.wrapped();
    }

    private void complete() {
        start();
        close();
        for (Block block : queue) {
            block.ended = true;
        }
        drain();
        standing.finishedChoices = 1;
        out.append(MessagesEnds.end(StopWords.write(StopWords.of(reason, called, refused)), stop, standing.usage));
        out.append(MessagesEnds.stop());
    }
}
