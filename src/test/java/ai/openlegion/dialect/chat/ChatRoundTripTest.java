package ai.openlegion.dialect.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.Collector;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.dialect.Usage;
import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChatRoundTripTest {

    private static final long SEED = 20261122;
    private static final int ROUNDS = 500;

    private final Random random = new Random(SEED);

    @Test
    void a_prompt_written_and_read_again_means_the_same() throws Untranslatable {
        for (int round = 0; round < ROUNDS; round++) {
            Prompt prompt = prompt();
            String body = PlainJson.write(ChatCodec.INSTANCE.writePrompt(prompt, "m", random.nextBoolean()));
            assertThat(ChatCodec.INSTANCE.readPrompt(PlainJson.readObject(body)))
                    .as("seed %d round %d: %s", SEED, round, body)
                    .isEqualTo(prompt);
        }
    }

    @Test
    void an_answer_written_and_read_again_says_the_same() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            Answer answer = answer();
            byte[] body = ChatCodec.INSTANCE.writeAnswer(answer);
            var again = new Collector();
            ChatCodec.INSTANCE.reader(true).whole(body, again);
            assertThat(again.answer())
                    .as("seed %d round %d: %s", SEED, round, new String(body, UTF_8))
                    .isEqualTo(answer);
        }
    }

    @Test
    void a_stream_written_and_read_again_tells_the_same_events() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            var told = new Told();
            var collected = new Collector();
            var sent = new ByteArrayOutputStream();
            StreamWriter writer =
                    ChatCodec.INSTANCE.writer((bytes, from, to) -> sent.write(bytes, from, to - from), true);
            Answer answer = answer();
            for (AnswerEvent event : events(answer)) {
                told.on(event);
                writer.on(event);
            }
            String wire = sent.toString(UTF_8);
            var again = new Told();
            var reader = ChatCodec.INSTANCE.reader(true);
            for (String frame : wire.split("\n\n", -1)) {
                byte[] bytes = frame.getBytes(UTF_8);
                if (bytes.length > 0) {
                    assertThat(reader.frame(bytes, 6, bytes.length, event -> {
                                again.on(event);
                                collected.on(event);
                            }))
                            .isTrue();
                }
            }
            String where = "seed " + SEED + " round " + round + ": " + wire;
            again.lines.removeIf(line -> line.startsWith("unshown "));
            assertThat(again.lines).as(where).isEqualTo(told.lines);
            assertThat(collected.answer()).as(where).isEqualTo(answer);
        }
    }

    private Prompt prompt() {
        List<Tool> tools = some(3, this::tool);
        return new Prompt(
                turns(),
                tools,
                tools.isEmpty() ? null : maybe(() -> choice(tools)),
                tools.isEmpty() ? null : maybe(random::nextBoolean),
                maybe(() -> BigDecimal.valueOf(random.nextInt(20), 1)),
                maybe(() -> BigDecimal.valueOf(random.nextInt(10), 1)),
                null,
                some(3, this::text),
                maybe(() -> new Thinking(one("none", "minimal", "low", "medium", "high", "xhigh"), null, null)),
                maybe(this::format),
                maybe(() -> one("low", "medium", "high")),
                maybe(this::text));
    }

    private List<Turn> turns() {
        List<Turn> turns = new ArrayList<>();
        boolean results = false; // those of two turns in a row would be one
        for (int i = random.nextInt(6); i >= 0; i--) {
            Turn turn = turn(results);
            results = turn.parts().getFirst() instanceof Part.ToolResult;
            turns.add(turn);
            if (turn.parts().getLast() instanceof Part.ToolCall call && !results && call.freeform()) {
                turns.add(new Turn(
                        Role.USER,
                        List.of(new Part.ToolResult(call.id(), List.of(new Part.Text(text())), false, true))));
                results = true;
            }
        }
        return turns;
    }

    private Turn turn(boolean afterResults) {
        return switch (random.nextInt(afterResults ? 3 : 4)) {
            case 0 -> new Turn(Role.SYSTEM, more(2, () -> new Part.Text(text())));
            case 1 ->
                new Turn(
                        Role.USER,
                        more(
                                3,
                                () -> random.nextBoolean()
                                        ? new Part.Text(text())
                                        : new Part.Image("http://" + word(), maybe(() -> one("low", "auto")))));
            case 2 -> {
                List<Part> parts = new ArrayList<>(more(2, () -> new Part.Text(text())));
                parts.addAll(some(3, this::call));
                yield new Turn(Role.ASSISTANT, parts);
            }
            default -> // open: the last of four
                new Turn(
                        Role.USER,
                        more(
                                3,
                                () -> new Part.ToolResult(
                                        "r" + word(), some(2, () -> new Part.Text(text())), false, false)));
        };
    }

    private Part call() {
        boolean freeform = random.nextInt(4) == 0;
        return new Part.ToolCall("id" + word(), word(), freeform ? text() : "{\"a\":\"" + word() + "\"}", freeform);
    }

    private Tool tool() {
        return random.nextInt(3) == 0
                ? new Tool(
                        word(),
                        maybe(this::text),
                        null,
                        null,
                        true,
                        random.nextBoolean() ? null : object("definition", text()))
                : new Tool(
                        word(),
                        maybe(this::text),
                        random.nextBoolean() ? null : object("properties", object(word(), List.of())),
                        maybe(random::nextBoolean),
                        false,
                        null);
    }

    private ToolChoice choice(List<Tool> tools) {
        return switch (random.nextInt(4)) {
            case 0 -> new ToolChoice.Auto();
            case 1 -> new ToolChoice.None();
            case 2 -> new ToolChoice.Required();
            default -> new ToolChoice.Named(tools.getFirst().name()); // open: the last of four
        };
    }

    private Format format() {
        return random.nextBoolean()
                ? new Format.JsonObject()
                : new Format.JsonSchema(
                        word(), maybe(this::text), Map.of("type", "object"), maybe(random::nextBoolean));
    }

    private Answer answer() {
        List<Part> parts = new ArrayList<>();
        if (random.nextBoolean()) {
            parts.add(new Part.Reasoning(text(), null));
        }
        if (random.nextBoolean()) {
            parts.add(random.nextInt(4) == 0 ? new Part.Refusal(text()) : new Part.Text(text()));
        }
        parts.addAll(some(3, this::call));
        StopReason reason = random.nextBoolean() ? StopReason.LENGTH : StopReason.TOOL_CALLS;
        long input = random.nextInt(100);
        long output = random.nextInt(100);
        return new Answer(
                "msg_" + word(),
                word(),
                random.nextInt(),
                List.copyOf(parts),
                reason,
                "",
                new Usage(input, input / 2, 0, 0, output, output / 3));
    }

    /// What a reader of another dialect would tell of an answer, its texts in pieces of any size.
    private List<AnswerEvent> events(Answer answer) {
        List<AnswerEvent> events = new ArrayList<>();
        events.add(new AnswerEvent.Started(answer.id(), answer.model(), answer.created()));
        List<AnswerEvent> calls = new ArrayList<>();
        for (int part = 0; part < answer.parts().size(); part++) {
            switch (answer.parts().get(part)) {
                case Part.Text(String text) -> deltas(AnswerEvent.Kind.TEXT, part, text, events);
                case Part.Refusal(String text) -> deltas(AnswerEvent.Kind.REFUSAL, part, text, events);
                case Part.Reasoning thought -> deltas(AnswerEvent.Kind.REASONING, part, thought.text(), events);
                case Part.ToolCall call -> {
                    events.add(new AnswerEvent.ToolCalled(0, part, call.id(), call.name(), call.freeform()));
                    deltas(AnswerEvent.Kind.ARGUMENTS, part, call.arguments(), events);
                    calls.add(events.removeLast()); // this dialect tells no call's end before the answer's
                }
                case Part.Image _, Part.ToolResult _ -> throw new IllegalStateException("no part of an answer");
            }
        }
        events.addAll(calls);
        events.add(new AnswerEvent.Ended(0, answer.reason(), null));
        events.add(new AnswerEvent.Used(answer.usage()));
        events.add(new AnswerEvent.Completed());
        return events;
    }

    private void deltas(AnswerEvent.Kind kind, int part, String text, List<AnswerEvent> events) {
        int at = 0;
        while (at < text.length()) {
            int end = text.offsetByCodePoints(at, 1 + random.nextInt(text.codePointCount(at, text.length())));
            String quoted = Members.quoted(text.substring(at, end));
            byte[] bytes = quoted.getBytes(UTF_8);
            events.add(new AnswerEvent.Delta(kind, 0, part, bytes, 1, bytes.length - 1));
            at = end;
        }
        events.add(new AnswerEvent.PartEnded(0, part));
    }

    private static Map<String, @Nullable Object> object(String name, Object value) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put(name, value);
        return object;
    }

    private <T> @Nullable T maybe(Supplier<T> some) {
        return random.nextBoolean() ? some.get() : null;
    }

    private <T> List<T> some(int most, Supplier<? extends T> each) {
        List<T> list = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            list.add(each.get());
        }
        return List.copyOf(list);
    }

    private <T> List<T> more(int most, Supplier<? extends T> each) {
        List<T> list = new ArrayList<>(some(most - 1, each));
        list.add(each.get());
        return List.copyOf(list);
    }

    private String one(String... of) {
        return of[random.nextInt(of.length)];
    }

    private String word() {
        return "w" + random.nextInt(1_000_000);
    }

    private String text() {
        var text = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            text.append(one("a", " ", "\"", "\\", "\n", "\u0001", "é", "€", "🌍", "</", "data: ", "\u2028"));
        }
        return text.toString();
    }
}
