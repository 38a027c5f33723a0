package ai.openlegion.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.Collector;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.dialect.Usage;
import ai.openlegion.json.PlainJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponsesWriterTest {

    private static final ResponsesCodec CODEC = ResponsesCodec.INSTANCE;
    private static final int SEEDS = 300;

    private static final Fault BUDGET =
            new Fault(Fault.Kind.BILLING, 402, "Budget \"exceeded\"", null, null, "{\"reason\":\"budget_exceeded\"}");

    /// Gathers what a writer writes.
    private static final class Gathered implements Out {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void append(byte[] more, int from, int to) {
            bytes.write(more, from, to - from);
        }

        List<String> documents() {
            return Told.documents(bytes.toByteArray());
        }
    }

    private static List<String> told(List<AnswerEvent> events) {
        var told = new Told();
        events.forEach(told::on);
        return told.lines;
    }

    private static Map<?, ?> object(String json) {
        return PlainJson.readObject(json);
    }

    /// What stands at the end of a path of members.
    private static String at(Map<?, ?> object, String path) {
        Object value = object;
        for (String step : path.split("/")) {
            value = value instanceof Map<?, ?> members ? members.get(step) : null;
        }
        return String.valueOf(value);
    }

    private static Gathered written(List<AnswerEvent> events) {
        var out = new Gathered();
        StreamWriter writer = CODEC.writer(out, true);
        events.forEach(writer::on);
        return out;
    }

    @Test
    void what_is_written_is_read_as_what_was_said() {
        for (long seed = 0; seed < SEEDS; seed++) {
            List<AnswerEvent> events = RandomAnswer.of(seed);
            // an item of reasoning has an id here, which its own seals then bear
            List<String> read =
                    Told.stream(new ResponsesAnswerReader(), written(events).documents());
            assertThat(read.stream().map(ResponsesWriterTest::unsealed))
                    .as("seed %d", seed)
                    .containsExactlyElementsOf(told(events).stream()
                            .map(ResponsesWriterTest::unsealed)
                            .toList());
        }
    }

    /// A seal without the wrapping that a reader of this dialect puts around all of them.
    private static String unsealed(String line) {
        return line.startsWith("sealed ") ? line.substring(0, 8) + line.endsWith("gAAA==") : line;
    }

    @Test
    void the_answer_in_the_last_event_says_the_same_as_the_events() {
        for (long seed = 0; seed < SEEDS; seed++) {
            List<AnswerEvent> events = RandomAnswer.of(seed);
            List<String> documents = written(events).documents();
            String last = PlainJson.write(object(documents.getLast()).get("response"));
            var collected = new Collector();
            events.forEach(collected::on);
            assertThat(answer(last).parts().toString().replaceAll("Seal\\[.*?]", "Seal"))
                    .as("seed %d", seed)
                    .isEqualTo(collected.answer().parts().toString().replaceAll("Seal\\[.*?]", "Seal"));
            assertThat(answer(last).usage()).isEqualTo(collected.answer().usage());
        }
    }

    private static Answer answer(String json) {
        var collector = new Collector();
        try {
            new ResponsesAnswerReader().whole(json.getBytes(UTF_8), collector);
        } catch (IOException noAnswer) {
            throw new AssertionError(json, noAnswer);
        }
        return collector.answer();
    }

    @Test
    void a_whole_answer_is_written_with_all_that_it_says() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var collector = new Collector();
            RandomAnswer.of(seed).forEach(collector::on);
            Answer said = collector.answer();
            String json = new String(CODEC.writeAnswer(said), UTF_8);
            Answer read = answer(json);
            assertThat(read.parts().toString().replaceAll("Seal\\[.*?]", "Seal"))
                    .as("seed %d", seed)
                    .isEqualTo(said.parts().toString().replaceAll("Seal\\[.*?]", "Seal"));
            assertThat(List.of(read.id(), read.model(), read.created(), read.reason(), read.usage()))
                    .as("seed %d", seed)
                    .containsExactly(said.id(), said.model(), said.created(), said.reason(), said.usage());
        }
    }

    @Test
    void events_are_numbered_and_keep_to_the_order_of_the_reference() {
        for (long seed = 0; seed < SEEDS; seed++) {
            List<String> documents = written(RandomAnswer.of(seed)).documents();
            var open = new TreeSet<Integer>();
            int next = 0;
            for (int i = 0; i < documents.size(); i++) {
                Map<?, ?> event = object(documents.get(i));
                assertThat(at(event, "sequence_number")).isEqualTo(Integer.toString(i));
                String type = at(event, "type");
                if (type.equals("response.output_item.added")) {
                    assertThat(at(event, "output_index")).isEqualTo(Integer.toString(next));
                    open.add(next++);
                } else if (event.containsKey("output_index")) {
                    int index = Integer.parseInt(at(event, "output_index"));
                    assertThat(open).as("seed %d: %s", seed, event).contains(index);
                    if (type.equals("response.output_item.done")) {
                        open.remove(index);
                    }
                }
            }
            assertThat(open).isEmpty();
            assertThat(object(documents.get(0)).get("type")).isEqualTo("response.created");
            assertThat(object(documents.get(1)).get("type")).isEqualTo("response.in_progress");
            assertThat((String) object(documents.getLast()).get("type"))
                    .isIn("response.completed", "response.incomplete");
        }
    }

    @Test
    void a_text_has_the_events_of_the_reference() {
        var events = new ArrayList<AnswerEvent>();
        events.add(new AnswerEvent.Started("chatcmpl-1", "m", 7));
        byte[] hi = "Hi\\n".getBytes(UTF_8);
        events.add(new AnswerEvent.Delta(AnswerEvent.Kind.TEXT, 0, 4, hi, 0, hi.length));
        events.add(new AnswerEvent.Completed());
        assertThat(written(events).documents().subList(2, 8))
                .containsExactly(
                        "{'type':'response.output_item.added','sequence_number':2,'output_index':0,'item':"
                                        .replace('\'', '"')
                                + "{'id':'msg_chatcmpl-1_0','type':'message','status':'in_progress','content':[],"
                                        .replace('\'', '"')
                                + "\"role\":\"assistant\"}}",
                        ("{'type':'response.content_part.added','sequence_number':3,'item_id':'msg_chatcmpl-1_0',"
                                        + "'output_index':0,'content_index':0,'part':{'type':'output_text',"
                                        + "'annotations':[],'logprobs':[],'text':''}}")
                                .replace('\'', '"'),
                        ("{'type':'response.output_text.delta','sequence_number':4,'item_id':'msg_chatcmpl-1_0',"
                                        + "'output_index':0,'content_index':0,'delta':'Hi\\n','logprobs':[]}")
                                .replace('\'', '"'),
                        ("{'type':'response.output_text.done','sequence_number':5,'item_id':'msg_chatcmpl-1_0',"
                                        + "'output_index':0,'content_index':0,'text':'Hi\\n','logprobs':[]}")
                                .replace('\'', '"'),
                        ("{'type':'response.content_part.done','sequence_number':6,'item_id':'msg_chatcmpl-1_0',"
                                        + "'output_index':0,'content_index':0,'part':{'type':'output_text',"
                                        + "'annotations':[],'logprobs':[],'text':'Hi\\n'}}")
                                .replace('\'', '"'),
                        ("{'type':'response.output_item.done','sequence_number':7,'output_index':0,'item':"
                                        + "{'id':'msg_chatcmpl-1_0','type':'message','status':'completed','content':["
                                        + "{'type':'output_text','annotations':[],'logprobs':[],'text':'Hi\\n'}],"
                                        + "'role':'assistant'}}")
                                .replace('\'', '"'));
    }

    @Test
    void calls_that_overlap_keep_apart() {
        byte[] x = "x".getBytes(UTF_8);
        byte[] y = "y".getBytes(UTF_8);
        List<String> read = Told.stream(
                new ResponsesAnswerReader(),
                written(List.of(
                                new AnswerEvent.Started("1", "m", 7),
                                new AnswerEvent.ToolCalled(0, 0, "a", "f", false),
                                new AnswerEvent.ToolCalled(0, 1, "b", "g", false),
                                new AnswerEvent.Delta(AnswerEvent.Kind.ARGUMENTS, 0, 0, x, 0, 1),
                                new AnswerEvent.Delta(AnswerEvent.Kind.ARGUMENTS, 0, 1, y, 0, 1),
                                new AnswerEvent.Delta(AnswerEvent.Kind.ARGUMENTS, 0, 0, y, 0, 1),
                                new AnswerEvent.Delta(AnswerEvent.Kind.TEXT, 1, 2, y, 0, 1),
                                new AnswerEvent.Completed()))
                        .documents());
        assertThat(read)
                .containsSubsequence("call 0 a f", "call 1 b g", "ARGUMENTS 0 x", "ARGUMENTS 1 y", "ARGUMENTS 0 y")
                .doesNotContain("TEXT 2 y");
    }

    @Test
    void a_call_without_arguments_has_none_in_json() {
        List<String> documents = written(List.of(
                        new AnswerEvent.Started("1", "m", 7),
                        new AnswerEvent.ToolCalled(0, 0, "a", "now", false),
                        new AnswerEvent.PartEnded(0, 0),
                        new AnswerEvent.ToolCalled(0, 1, "b", "shell", true),
                        new AnswerEvent.Ended(0, StopReason.TOOL_CALLS, null),
                        new AnswerEvent.Completed()))
                .documents();
        assertThat(documents)
                .anySatisfy(delta -> assertThat(delta)
                        .contains("response.function_call_arguments.delta")
                        .contains("\"delta\":\"{}\""))
                .anySatisfy(done -> assertThat(done)
                        .contains("response.function_call_arguments.done")
                        .contains("\"arguments\":\"{}\""));
        assertThat(documents.getLast()).contains("\"arguments\":\"{}\"", "\"input\":\"\"");
        assertThat(new String(
                        CODEC.writeAnswer(new Answer(
                                "1",
                                "m",
                                7,
                                List.of(new Part.ToolCall("a", "now", "", false)),
                                StopReason.TOOL_CALLS,
                                "",
                                Usage.of(1, 1))),
                        UTF_8))
                .contains("\"arguments\":\"{}\"");
    }

    @Test
    void an_answer_begins_even_where_its_provider_never_says_so() {
        byte[] x = "x".getBytes(UTF_8);
        for (AnswerEvent first : List.of(
                new AnswerEvent.Delta(AnswerEvent.Kind.TEXT, 0, 0, x, 0, 1),
                new AnswerEvent.ToolCalled(0, 0, "a", "f", false),
                new AnswerEvent.Completed())) {
            List<String> documents = written(List.of(first, new AnswerEvent.Started("late", "m", 7)))
                    .documents();
            assertThat(at(object(documents.getFirst()), "type")).isEqualTo("response.created");
            assertThat(at(object(documents.getFirst()), "response/id")).isEqualTo("resp_openlegion");
            assertThat(documents.getLast()).doesNotContain("late");
        }
    }

    @Test
    void a_cut_ends_the_stream_at_any_point_with_one_final_failure() {
        for (long seed = 0; seed < 40; seed++) {
            List<AnswerEvent> events = RandomAnswer.of(seed);
            for (int told = 0; told < events.size(); told++) {
                var out = new Gathered();
                StreamWriter writer = CODEC.writer(out, true);
                events.subList(0, told).forEach(writer::on);
                out.append(told % 3 == 0 && told > 0 ? CODEC.keepAlive(writer.standing()) : new byte[0]);
                out.append(CODEC.cut(writer.standing(), 1, "budget_exceeded", BUDGET));
                List<String> documents = out.documents();
                Map<?, ?> last = object(documents.getLast());
                assertThat(last.get("type")).isEqualTo("response.failed");
                assertThat(at(last, "response/status")).isEqualTo("failed");
                assertThat(at(last, "response/error/code")).isEqualTo("insufficient_quota");
                assertThat(at(last, "response/error/message")).isEqualTo("Budget \"exceeded\"");
                assertThat(at(last, "response/error/openlegion/reason")).isEqualTo("budget_exceeded");
                assertThat(object(documents.getFirst()).get("type")).isEqualTo("response.created");
                assertThat(at(last, "response/id")).isEqualTo(at(object(documents.getFirst()), "response/id"));
                assertThat(Told.stream(new ResponsesAnswerReader(), documents).getLast())
                        .isEqualTo("failed BILLING insufficient_quota Budget \"exceeded\"");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "budget_exceeded,insufficient_quota",
        "task_budget_exceeded,insufficient_quota",
        "agent_revoked,agent_revoked",
        "shutdown,shutdown"
    })
    void a_cut_says_why(String reason, String code) {
        var out = new Gathered();
        out.append(CODEC.cut(CODEC.writer(out, true).standing(), 1, reason, BUDGET));
        assertThat(at(object(out.documents().getLast()), "response/error/code")).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({
        "SERVER,,server_error",
        "CONTEXT_LENGTH,,context_length_exceeded",
        "RATE_LIMITED,,rate_limit_exceeded",
        "SERVER,provider_error,provider_error",
        "INVALID,,server_error"
    })
    void what_a_provider_broke_is_a_failure(Fault.Kind kind, String code, String written) {
        var out = new Gathered();
        StreamWriter writer = CODEC.writer(out, true);
        writer.on(new AnswerEvent.Started("1", "m", 7));
        out.append(CODEC.failure(writer.standing(), new Fault(kind, 502, "oh", code, null, null)));
        List<String> documents = out.documents();
        assertThat(documents).hasSize(3);
        assertThat(at(object(documents.getLast()), "response/error/code")).isEqualTo(written);
        assertThat(at(object(documents.getLast()), "sequence_number")).isEqualTo("2");
    }

    @Test
    void a_waiting_client_hears_what_changes_nothing_for_it() {
        var out = new Gathered();
        StreamWriter writer = CODEC.writer(out, true);
        assertThat(new String(CODEC.keepAlive(writer.standing()), UTF_8)).isEqualTo(": keep-alive\n\n");
        writer.on(new AnswerEvent.Started("1", "m", 7));
        out.append(CODEC.keepAlive(writer.standing()));
        assertThat(object(out.documents().getLast()).get("type")).isEqualTo("response.in_progress");
        writer.on(new AnswerEvent.ToolCalled(0, 0, "c", "f", false));
        out.append(CODEC.keepAlive(writer.standing()));
        assertThat(out.documents().getLast()).isEqualTo("{\"type\":\"keepalive\",\"sequence_number\":4}");
        writer.on(new AnswerEvent.Completed());
        List<String> documents = out.documents();
        for (int i = 0; i < documents.size(); i++) {
            assertThat(at(object(documents.get(i)), "sequence_number")).isEqualTo(Integer.toString(i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "chatcmpl-1", "msg_01", "resp_abc", "a/b \"c\""})
    void ids_are_of_this_dialect_whatever_the_providers_are(String id) {
        String written = AnswerWriter.responseId(id);
        assertThat(written).matches("resp_[A-Za-z0-9_-]+");
        assertThat(AnswerWriter.itemId("fc_", written, 3)).matches("fc_[A-Za-z0-9_-]+_3");
    }

    @Test
    void errors_have_the_vendors_shape_and_are_read_again() {
        var fault = new Fault(Fault.Kind.BILLING, 402, "none left", null, "model", "{\"reason\":\"budget_exceeded\"}");
        byte[] json = CODEC.writeError(fault, "req_1");
        assertThat(new String(json, UTF_8))
                .isEqualTo("{\"error\":{\"message\":\"none left\",\"type\":\"insufficient_quota\",\"param\":\"model\","
                        + "\"code\":\"insufficient_quota\",\"openlegion\":{\"reason\":\"budget_exceeded\"}}}");
        assertThat(CODEC.readError(402, json))
                .isEqualTo(new Fault(Fault.Kind.BILLING, 402, "none left", "insufficient_quota", "model", null));
        assertThat(CODEC.readError(529, "<html>".getBytes(UTF_8)).kind()).isEqualTo(Fault.Kind.OVERLOADED);
        assertThat(CODEC.readError(429, "{\"error\":{\"code\":\"insufficient_quota\"}}".getBytes(UTF_8))
                        .kind())
                .isEqualTo(Fault.Kind.BILLING);
    }
}
