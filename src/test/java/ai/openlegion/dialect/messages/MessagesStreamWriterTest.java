package ai.openlegion.dialect.messages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Completed;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Ended;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.AnswerEvent.PartEnded;
import ai.openlegion.dialect.AnswerEvent.Sealed;
import ai.openlegion.dialect.AnswerEvent.Started;
import ai.openlegion.dialect.AnswerEvent.ToolCalled;
import ai.openlegion.dialect.AnswerEvent.Used;
import ai.openlegion.dialect.Collector;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Part.Seal;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.dialect.Usage;
import ai.openlegion.json.PlainJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Events of any provider, as a client of Anthropic gets them.
class MessagesStreamWriterTest {

    private static final MessagesCodec CODEC = MessagesCodec.INSTANCE;
    private static final List<StopReason> REASONS = List.of(StopReason.values());

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final StreamWriter writer = CODEC.writer((bytes, from, to) -> out.write(bytes, from, to - from), true);

    private static Delta delta(Kind kind, int part, String inside) {
        byte[] bytes = ("\"" + inside + "\"").getBytes(UTF_8);
        return new Delta(kind, 0, part, bytes, 1, bytes.length - 1);
    }

    private Accumulator written(AnswerEvent... events) {
        for (AnswerEvent event : events) {
            writer.on(event);
        }
        return Accumulator.of(out.toByteArray());
    }

    @Test
    void an_answer_is_a_message_with_its_blocks_in_order() {
        Accumulator message = written(
                new Started("chatcmpl-1", "gpt", 7),
                delta(Kind.REASONING, 0, "h\\\"m"),
                new PartEnded(0, 0),
                delta(Kind.TEXT, 1, "caf\\u00e9 "),
                delta(Kind.TEXT, 1, "\\n"),
                delta(Kind.TEXT, 1, ""),
                new PartEnded(0, 1),
                new ToolCalled(0, 2, "call_1", "get", false),
                delta(Kind.ARGUMENTS, 2, "{\\\"a\\\":"),
                delta(Kind.ARGUMENTS, 2, "1}"),
                new PartEnded(0, 2),
                new Ended(0, StopReason.TOOL_CALLS, null),
                new Used(new Usage(100, 30, 5, 2, 40, 8)),
                new Completed());
        assertThat(message.blocks).containsExactly("thinking: h\"m", "text: café \n", "tool_use call_1 get: {\"a\":1}");
        assertThat(message.stopReason).isEqualTo("tool_use");
        assertThat(message.usage.toString())
                .isEqualTo("{input_tokens=63, cache_creation_input_tokens=7, cache_read_input_tokens=30, "
                        + "output_tokens=40, output_tokens_details={thinking_tokens=8}}");
        assertThat(message.types).endsWith("message_delta", "message_stop");
        assertThat(out.toString(UTF_8)).contains("\"text\":\"caf\\u00e9 \"}}\n\n"); // as its provider escaped it
        assertThat(writer.standing().id).isEqualTo("chatcmpl-1");
    }

    @Test
    void calls_that_interleave_wait_for_each_other() {
        Accumulator message = written(
                new Started("a", "m", 0),
                new ToolCalled(0, 0, "c0", "zero", false),
                delta(Kind.ARGUMENTS, 0, "{\\\"x\\\":\\\"}\\\\\\\"{"),
                new ToolCalled(0, 1, "c1", "one", false),
                delta(Kind.ARGUMENTS, 1, "{\\\"y\\\""),
                new ToolCalled(0, 2, "c2", "two", false),
                delta(Kind.ARGUMENTS, 0, "\\\""),
                delta(Kind.ARGUMENTS, 2, "{}"),
                delta(Kind.ARGUMENTS, 1, ":2}"),
                delta(Kind.ARGUMENTS, 0, "}"),
                delta(Kind.TEXT, 3, "done"),
                new PartEnded(0, 3),
                new PartEnded(0, 0),
                new PartEnded(0, 1),
                new PartEnded(0, 2),
                new Ended(0, StopReason.END, null),
                new Completed());
        assertThat(message.blocks)
                .containsExactly(
                        "tool_use c0 zero: {\"x\":\"}\\\"{\"}",
                        "tool_use c1 one: {\"y\":2}",
                        "tool_use c2 two: {}",
                        "text: done");
        assertThat(message.stopReason).isEqualTo("tool_use");
    }

    @Test
    void a_call_is_passed_on_at_once_when_the_one_before_is_whole() {
        Accumulator message = written(
                new Started("a", "m", 0),
                new ToolCalled(0, 0, "c0", "zero", false),
                delta(Kind.ARGUMENTS, 0, "{\\\"a\\\":[{}]}"),
                new ToolCalled(0, 1, "c1", "one", false),
                delta(Kind.ARGUMENTS, 1, "{\\\"b"));
        assertThat(message.blocks).containsExactly("tool_use c0 zero: {\"a\":[{}]}", "tool_use c1 one: {\"b");
    }

    @Test
    void reasoning_is_sealed_with_its_own_or_a_wrapped_seal() {
        var foreign = new Seal(Dialect.RESPONSES, "rs_1", "enc", true);
        var opaque = new Seal(Dialect.RESPONSES, "rs_2", "enc2", false);
        Accumulator message = written(
                new Started("a", "m", 0),
                delta(Kind.REASONING, 0, "hm"),
                new Sealed(0, 0, new Seal(Dialect.ANTHROPIC, null, "own", true)),
                new PartEnded(0, 0),
                delta(Kind.REASONING, 1, "ho"),
                new Sealed(0, 1, foreign),
                new PartEnded(0, 1),
                new Sealed(0, 2, foreign),
                new PartEnded(0, 2),
                new Sealed(0, 3, opaque),
                new PartEnded(0, 3),
                new Sealed(0, 4, new Seal(Dialect.ANTHROPIC, null, "R", false)),
                new PartEnded(0, 4),
                new Completed());
        assertThat(message.blocks)
                .containsExactly(
                        "thinking: hm signed own",
                        "thinking: ho signed " + foreign.wrapped(),
                        "thinking:  signed " + foreign.wrapped(),
                        "redacted_thinking " + opaque.wrapped() + ": ",
                        "redacted_thinking R: ");
    }

    @Test
    void a_freeform_call_carries_its_text_as_the_one_member_input() {
        Accumulator message = written(
                new Started("a", "m", 0),
                new ToolCalled(0, 0, "c", "apply_patch", true),
                delta(Kind.ARGUMENTS, 0, "*** \\\"a\\\\b\\\""),
                delta(Kind.ARGUMENTS, 0, "\\n+é"),
                new PartEnded(0, 0),
                new Completed());
        assertThat(message.blocks).containsExactly("tool_use c apply_patch: {\"input\":\"*** \\\"a\\\\b\\\"\\n+é\"}");
    }

    @Test
    void a_refusal_is_text_that_ends_as_one() {
        Accumulator message = written(
                new Started("", "m", 0),
                delta(Kind.REFUSAL, 0, "No."),
                new Ended(0, StopReason.END, null),
                new Completed());
        assertThat(message.blocks).containsExactly("text: No.");
        assertThat(message.stopReason).isEqualTo("refusal");
        assertThat(writer.standing().id).isEqualTo("msg_openlegion");
    }

    @Test
    void a_call_without_an_id_gets_one_of_its_own() {
        Accumulator message = written(
                new Started("m1", "m", 0),
                new ToolCalled(0, 0, "", "a", false),
                new PartEnded(0, 0),
                new ToolCalled(0, 1, "", "b", false),
                new Completed());
        assertThat(message.blocks).containsExactly("tool_use toolu_m1_0 a: ", "tool_use toolu_m1_1 b: ");
    }

    /// What a provider may say, part by part.
    private static List<AnswerEvent> random(Random random) {
        List<AnswerEvent> events = new ArrayList<>();
        events.add(new Started("msg_" + random.nextInt(9), "m", 0));
        int parts = random.nextInt(5);
        for (int part = 0; part < parts; part++) {
            String text = Json.object("é\"\\", random.nextInt(), "x", List.of(Json.object("\n", "{\u0001")))
                    .toString();
            switch (random.nextInt(5)) {
                case 0 -> deltas(Kind.TEXT, part, text, random, events);
                case 1 -> {
                    deltas(Kind.REASONING, part, text, random, events);
                    if (random.nextBoolean()) {
                        events.add(new Sealed(0, part, new Seal(Dialect.ANTHROPIC, null, "s" + part, true)));
                    }
                }
                case 2 -> events.add(new Sealed(0, part, new Seal(Dialect.ANTHROPIC, null, "d" + part, false)));
                case 3 -> {
                    events.add(new ToolCalled(0, part, "t" + part, "n", false));
                    String arguments = PlainJson.write(Json.object("k\"\\", "v{\n" + random.nextInt()));
                    deltas(Kind.ARGUMENTS, part, arguments, random, events);
                }
                default -> { // open: the fifth
                    events.add(new ToolCalled(0, part, "f" + part, Freeform.marked("patch"), false));
                    String arguments = PlainJson.write(Json.object("input", text + "\"\\\t€😀"));
                    deltas(Kind.ARGUMENTS, part, arguments, random, events);
                }
            }
            events.add(new PartEnded(0, part));
        }
        events.add(new Used(new Usage(random.nextInt(50) + 20, 11, 5, 0, random.nextInt(50), 0)));
        events.add(new Ended(0, REASONS.get(random.nextInt(REASONS.size())), random.nextBoolean() ? "S" : null));
        events.add(new Completed());
        return events;
    }

    private static void deltas(Kind kind, int part, String text, Random random, List<AnswerEvent> events) {
        int at = 0;
        while (at < text.length()) {
            int to = Math.min(text.length(), at + 1 + random.nextInt(6));
            if (to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
                to++;
            }
            events.add(delta(kind, part, new String(Json.inside(text.substring(at, to)), UTF_8)));
            at = to;
        }
    }

    @Test
    void what_is_written_reads_as_it_was_told() {
        for (int seed = 0; seed < 300; seed++) {
            List<AnswerEvent> events = random(new Random(seed));
            var bytes = new ByteArrayOutputStream();
            StreamWriter fresh = CODEC.writer((b, from, to) -> bytes.write(b, from, to - from), true);
            var told = new Told();
            boolean calls = false;
            for (AnswerEvent event : events) {
                fresh.on(event);
                calls |= event instanceof ToolCalled;
                told.on(event);
            }
            var _ = Accumulator.of(bytes.toByteArray());
            Told read = Told.ofStream(CODEC.reader(true, Set.of("patch")), bytes.toString(UTF_8));
            List<String> expected = new ArrayList<>();
            for (String line : told.lines) {
                String marked = line.replace("name=patch__ol1text, freeform=false", "name=patch, freeform=true");
                expected.add(calls ? marked.replace("reason=END", "reason=TOOL_CALLS") : marked);
            }
            for (int i = 1; i < expected.size(); i++) {
                if (expected.get(i - 1).contains("freeform=true")) {
                    String line = expected.get(i);
                    String head = line.substring(0, line.indexOf('{'));
                    String json = String.valueOf(PlainJson.read('"' + line.substring(head.length()) + '"'));
                    String text = (String) PlainJson.readObject(json).get("input");
                    assertThat(text).isNotNull();
                    expected.set(i, head + new String(Json.inside(String.valueOf(text)), UTF_8));
                }
            }
            assertThat(read.shown()).as("seed " + seed).isEqualTo(expected);
        }
    }

    @Test
    void a_whole_answer_reads_as_it_was_written() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            var collector = new Collector();
            random(new Random(seed)).forEach(collector::on);
            Answer answer = collector.answer();
            byte[] json = CODEC.writeAnswer(answer);
            var again = new Collector();
            CODEC.reader(true, Set.of("patch")).whole(json, again);
            var once = new Collector();
            CODEC.reader(true, Set.of("patch")).whole(CODEC.writeAnswer(again.answer()), once);
            assertThat(once.answer().usage()).isEqualTo(answer.usage());
            assertThat(once.answer().parts()).hasSameSizeAs(answer.parts());
            assertThat(again.answer().id()).isEqualTo(answer.id());
            assertThat(again.answer().stop()).isEqualTo(answer.stop());
            for (int i = 0; i < answer.parts().size(); i++) {
                var part = answer.parts().get(i);
                if (!part.toString().contains("__ol1text")) {
                    assertThat(again.answer().parts().get(i)).isEqualTo(part);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"budget_exceeded", "agent_revoked", "shutdown"})
    void a_stream_can_be_cut_at_every_point(String reason) {
        var fault = new Fault(
                Fault.Kind.BILLING, 402, "Enough", null, null, "{\"reason\":\"" + reason + "\",\"limit_usd\":1.5}");
        for (int seed = 0; seed < 20; seed++) {
            List<AnswerEvent> events = random(new Random(seed));
            for (int length = 0; length < events.size(); length++) {
                var bytes = new ByteArrayOutputStream();
                StreamWriter fresh = CODEC.writer((b, from, to) -> bytes.write(b, from, to - from), true);
                events.subList(0, length).forEach(fresh::on);
                var reader = CODEC.reader(true);
                var _ = Told.ofStream(reader, bytes.toString(UTF_8));
                byte[] asWritten = CODEC.cut(fresh.standing(), 1, reason, fault);
                byte[] asRead = CODEC.cut(reader.standing(), 1, reason, fault);
                bytes.writeBytes(seed % 2 == 0 ? asWritten : asRead);
                Accumulator cut = Accumulator.of(bytes.toByteArray());
                assertThat(cut.types).endsWith("message_delta", "error", "message_stop");
                assertThat(cut.stopReason).isEqualTo("max_tokens");
                assertThat(cut.error.get("message")).isEqualTo("Enough");
                assertThat(String.valueOf(cut.error.get("openlegion")))
                        .isEqualTo("{reason=" + reason + ", limit_usd=1.5}");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "budget_exceeded, billing_error",
        "agent_revoked, permission_error",
        "shutdown, overloaded_error",
        "first_token_timeout, timeout_error"
    })
    void a_cut_says_why_in_the_vendors_word(String reason, String type) {
        var fault = new Fault(Fault.Kind.TIMEOUT, 504, "Why", null, null, null);
        Accumulator cut = Accumulator.of(CODEC.cut(writer.standing(), 1, reason, fault));
        assertThat(cut.error).isEqualTo(Map.of("type", type, "message", "Why", "openlegion", Map.of("reason", reason)));
        assertThat(cut.types).containsExactly("message_start", "message_delta", "error", "message_stop");
    }

    @Test
    void a_broken_stream_has_no_end_that_looks_like_one() {
        var fault = new Fault(Fault.Kind.SERVER, 502, "The provider broke off", null, null, null);
        String failure = new String(CODEC.failure(writer.standing(), fault), UTF_8);
        assertThat(failure)
                .isEqualTo("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                        + "\"message\":\"The provider broke off\"}}\n\n");
        assertThat(new String(CODEC.keepAlive(writer.standing()), UTF_8))
                .isEqualTo("event: ping\ndata: {\"type\": \"ping\"}\n\n");
    }
}
