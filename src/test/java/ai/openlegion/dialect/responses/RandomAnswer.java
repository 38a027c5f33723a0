package ai.openlegion.dialect.responses;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// An answer made up from a seed, as the events that a provider's reader would tell.
final class RandomAnswer {

    private static final String[] PIECES = {
        "a", "Hello", " wörld", "\\n", "\\u00e9", "\\\"", "\\\\", "{", "}", "日本", "😀"
    };

    private final Random random;
    private final List<AnswerEvent> events = new ArrayList<>();
    private boolean calls;

    private RandomAnswer(long seed) {
        random = new Random(seed);
    }

    static List<AnswerEvent> of(long seed) {
        return new RandomAnswer(seed).make();
    }

    private List<AnswerEvent> make() {
        events.add(new AnswerEvent.Started("resp_" + random.nextInt(1000), "some-model", random.nextInt(1_000_000)));
        int parts = random.nextInt(6);
        for (int part = 0; part < parts; part++) {
            switch (random.nextInt(5)) {
                case 0 -> deltas(part, Kind.TEXT, 1);
                case 1 -> deltas(part, Kind.REFUSAL, 1);
                case 2 -> {
                    boolean isShown = random.nextBoolean();
                    deltas(part, Kind.REASONING, isShown ? 1 : 0);
                    if (!isShown || random.nextBoolean()) {
                        events.add(new AnswerEvent.Sealed(0, part, seal()));
                    }
                }
                default -> { // open: a number
                    calls = true;
                    boolean freeform = random.nextBoolean();
                    events.add(new AnswerEvent.ToolCalled(0, part, "call_" + part, "tool-" + part, freeform));
                    deltas(part, Kind.ARGUMENTS, freeform ? 0 : 1); // JSON is never empty
                }
            }
            events.add(new AnswerEvent.PartEnded(0, part));
        }
        long input = random.nextInt(5000);
        long output = random.nextInt(500);
        events.add(new AnswerEvent.Used(
                new Usage(input, random.nextLong(input + 1), 0, 0, output, random.nextLong(output + 1))));
        StopReason reason = random.nextInt(4) == 0
                ? random.nextBoolean() ? StopReason.LENGTH : StopReason.REFUSAL
                : calls ? StopReason.TOOL_CALLS : StopReason.END;
        events.add(new AnswerEvent.Ended(0, reason, null));
        events.add(new AnswerEvent.Completed());
        return events;
    }

    private Part.Seal seal() {
        return random.nextBoolean()
                ? new Part.Seal(Dialect.ANTHROPIC, null, "sig+/=", random.nextBoolean())
                : new Part.Seal(Dialect.RESPONSES, null, "gAAA==", true);
    }

    private void deltas(int part, Kind kind, int least) {
        int count = least == 0 ? (kind == Kind.ARGUMENTS ? random.nextInt(4) : 0) : least + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            byte[] bytes = ("<<" + PIECES[random.nextInt(PIECES.length)] + ">").getBytes(StandardCharsets.UTF_8);
            events.add(new Delta(kind, 0, part, bytes, 2, bytes.length - 1));
        }
    }
}
