package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.AnswerEvent.ToolCalled;
import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes one answer as chunks of Chat Completions.
///
/// What surrounds a delta of a part is made once: a delta is then its prefix, the provider's own bytes and its suffix.
/// A failure is not written here: [ChatCodec#failure] does, which the caller asks for.
final class ChatStreamWriter implements StreamWriter {

    /// Stands between two stretches of reasoning, which this dialect has one text for.
    static final String BETWEEN_THOUGHTS = "\n\n";

    private static final byte[] THOUGHT_BREAK = ascii("\\n\\n");
    private static final byte[] NO_ARGUMENTS = ascii("{}");
    private static final String OPEN_END = "},\"finish_reason\":null}]}\n\n";

    /// A part that deltas come for: what is written before and behind each of them.
    private static final class Lane {
        final int part;
        final Kind kind;
        final byte[] prefix;
        final byte[] suffix;
        /// Whether it is a call that must have arguments and has none yet.
        boolean bare;

        Lane(int part, Kind kind, String prefix, String suffix) {
            this.part = part;
            this.kind = kind;
            this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
            this.suffix = ascii(suffix);
        }
    }

    /// What is known of one choice.
    private static final class Choice {
        final int index;
        final List<Lane> lanes = new ArrayList<>(2);
        int calls;
        boolean thought;
        boolean ended;

        Choice(int index) {
            this.index = index;
        }
    }

    private final Out out;
    private final boolean figuresWanted;
    private final Standing standing = new Standing();
    private final List<Choice> choices = new ArrayList<>(1);
    private String head = "";

    ChatStreamWriter(Out out, boolean figuresWanted) {
        this.out = out;
        this.figuresWanted = figuresWanted;
        standing.id = "chatcmpl-openlegion";
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public void on(AnswerEvent event) {
        switch (event) {
            case Delta delta -> delta(delta);
            case AnswerEvent.Started started -> started(started);
            case ToolCalled called -> called(called);
            case AnswerEvent.PartEnded ended -> partEnded(choice(ended.choice()), ended.part());
            case AnswerEvent.Used used -> standing.usage = used.usage();
            case AnswerEvent.Ended ended -> end(choice(ended.choice()), ended.reason());
            case AnswerEvent.Completed _ -> completed();
            case AnswerEvent.Sealed _, AnswerEvent.Unshown _, AnswerEvent.Failed _ -> {}
        }
    }

    private void started(AnswerEvent.Started started) {
        standing.started = true;
        standing.id = started.id().isEmpty() ? standing.id : started.id();
        standing.model = started.model();
        standing.created = started.created();
        var _ = choice(0);
    }

    private String head() {
        if (head.isEmpty()) {
            head = "data: {\"id\":" + Members.quoted(standing.id) + ",\"object\":\"chat.completion.chunk\",\"created\":"
                    + standing.created + ",\"model\":" + Members.quoted(standing.model) + ",\"choices\":[";
        }
        return head;
    }

    private Choice choice(int index) {
        for (Choice each : choices) {
            if (each.index == index) {
                return each;
            }
        }
        var first = new Choice(index);
        choices.add(first);
        write(chunk(index) + "\"role\":\"assistant\",\"content\":\"\"" + OPEN_END);
        return first;
    }

    private String chunk(int choice) {
        return head() + "{\"index\":" + choice + ",\"delta\":{";
    }

    private void delta(Delta delta) {
        Choice choice = choice(delta.choice());
        Lane lane = lane(choice, delta.part());
        if (lane == null) {
            lane = opened(choice, delta.part(), delta.kind());
        }
        lane.bare = false;
        out.append(lane.prefix);
        out.append(delta.bytes(), delta.from(), delta.to());
        out.append(lane.suffix);
    }

    private static @Nullable Lane lane(Choice choice, int part) {
        for (int i = choice.lanes.size() - 1; i >= 0; i--) {
            if (choice.lanes.get(i).part == part) {
                return choice.lanes.get(i);
            }
        }
        return null;
    }

    private Lane opened(Choice choice, int part, Kind kind) {
        String member = switch (kind) {
            case TEXT, ARGUMENTS -> "content";
            case REFUSAL -> "refusal";
            case REASONING -> "reasoning_content";
        };
        var lane = new Lane(part, kind, chunk(choice.index) + '"' + member + "\":\"", '"' + OPEN_END);
        choice.lanes.add(lane);
        if (kind == Kind.REASONING) {
            if (choice.thought) {
                whole(lane, THOUGHT_BREAK);
            }
            choice.thought = true;
        }
        return lane;
    }

    private void called(ToolCalled called) {
        Choice choice = choice(called.choice());
        int index = choice.calls++;
        String type = called.freeform() ? "custom" : "function";
        String member = called.freeform() ? "input" : "arguments";
        String before = chunk(choice.index) + "\"tool_calls\":[{\"index\":" + index;
        write(before + ",\"id\":" + Members.quoted(called.id()) + ",\"type\":\"" + type + "\",\"" + type
                + "\":{\"name\":" + Members.quoted(called.name()) + ",\"" + member + "\":\"\"}}]" + OPEN_END);
        var lane = new Lane(
                called.part(), Kind.ARGUMENTS, before + ",\"" + type + "\":{\"" + member + "\":\"", "\"}}]" + OPEN_END);
        lane.bare = !called.freeform();
        choice.lanes.add(lane);
    }

    /// A call whose model wrote no arguments has none; clients read them as JSON.
    private void partEnded(Choice choice, int part) {
        Lane lane = lane(choice, part);
        if (lane != null) {
            dress(lane);
            choice.lanes.remove(lane);
        }
    }

    private void dress(Lane lane) {
        if (lane.bare) {
            lane.bare = false;
            whole(lane, NO_ARGUMENTS);
        }
    }

    private void whole(Lane lane, byte[] text) {
        out.append(lane.prefix);
        out.append(text);
        out.append(lane.suffix);
    }

    private void end(Choice choice, StopReason reason) {
        choice.lanes.forEach(this::dress);
        choice.lanes.clear();
        choice.ended = true;
        if (choice.index < Long.SIZE) {
            standing.finishedChoices |= 1L << choice.index;
        }
        write(chunk(choice.index) + "},\"finish_reason\":\"" + ChatAnswerWriter.finish(reason) + "\"}]}\n\n");
    }

    private void completed() {
        for (Choice each : choices) {
            if (!each.ended) {
                end(each, StopReason.END); // clients wait for a reason, which not every provider gives
            }
        }
        if (figuresWanted) {
            write(head() + "],\"usage\":" + PlainJson.write(ChatAnswerWriter.usage(standing.usage)) + "}\n\n");
        }
        write("data: [DONE]\n\n");
    }

    private void write(String text) {
        out.append(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
