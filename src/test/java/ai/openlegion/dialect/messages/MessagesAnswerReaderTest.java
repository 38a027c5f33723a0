package ai.openlegion.dialect.messages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Usage;
import java.io.IOException;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams and answers as the public documentation shows them, and what they mean.
class MessagesAnswerReaderTest {

    private final AnswerReader reader = MessagesCodec.INSTANCE.reader(false);

    private static String event(String data) {
        return "event: x\ndata: " + data + "\n\n";
    }

    private static String start(String usage) {
        return event("""
                {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],\
                "model":"claude-x","stop_reason":null,"stop_sequence":null,"usage":%s}}""".formatted(usage));
    }

    @Test
    void a_stream_of_text_is_told_as_it_comes() {
        String stream = start("{\"input_tokens\":25,\"output_tokens\":1}")
                + event("""
                {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
                + event("{\"type\": \"ping\"}")
                + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""")
                + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" \\"w\\u00f6rld\\"!\\n"}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":0}")
                + event("""
                {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}""")
                + event("{\"type\":\"message_stop\"}");
        assertThat(Told.ofStream(reader, stream).lines)
                .containsExactly(
                        "Started[id=msg_1, model=claude-x, created=0]",
                        "TEXT 0/0 Hello \\\"w\\u00f6rld\\\"!\\n",
                        "PartEnded[choice=0, part=0]",
                        "Used[usage=" + Usage.of(25, 15) + "]",
                        "Ended[choice=0, reason=END, stop=null]",
                        "Completed[]");
        assertThat(reader.standing().open).isEmpty();
        assertThat(reader.standing().finishedChoices).isEqualTo(1);
    }

    @Test
    void thinking_is_sealed_and_tools_are_called_with_what_they_are_given() {
        String stream = start("{\"input_tokens\":3,\"output_tokens\":1}")
                + event("""
                {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""")
                + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me"}}""")
                + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBCg=="}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":0}")
                + event("""
                {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"OPAQUE"}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":1}")
                + event("""
                {"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":2}")
                + event("""
                {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"get","input":{}}}""")
                + event("""
                {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}""")
                + event("""
                {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":"}}""")
                + event("""
                {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":3}")
                + event("""
                {"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":4}")
                + event("""
                {"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"toolu_3","name":"at","input":{"x":"y"}}}""")
                + event("{\"type\":\"content_block_stop\",\"index\":5}")
                + event("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}");
        assertThat(Told.ofStream(reader, stream).lines)
                .containsExactly(
                        "Started[id=msg_1, model=claude-x, created=0]",
                        "REASONING 0/0 Let me",
                        "Sealed[choice=0, part=0, seal=Seal[dialect=ANTHROPIC, id=null, data=EqQBCg==, readable=true]]",
                        "PartEnded[choice=0, part=0]",
                        "Sealed[choice=0, part=1, seal=Seal[dialect=ANTHROPIC, id=null, data=OPAQUE, readable=false]]",
                        "PartEnded[choice=0, part=1]",
                        "Unshown[bytes=75]",
                        "ToolCalled[choice=0, part=2, id=toolu_1, name=get, freeform=false]",
                        "ARGUMENTS 0/2 {\\\"a\\\":1}",
                        "PartEnded[choice=0, part=2]",
                        "ToolCalled[choice=0, part=3, id=toolu_2, name=now, freeform=false]",
                        "ARGUMENTS 0/3 {}",
                        "PartEnded[choice=0, part=3]",
                        "ToolCalled[choice=0, part=4, id=toolu_3, name=at, freeform=false]",
                        "ARGUMENTS 0/4 {\\\"x\\\":\\\"y\\\"}",
                        "PartEnded[choice=0, part=4]",
                        "Ended[choice=0, reason=TOOL_CALLS, stop=null]");
    }

    @Test
    void figures_replace_each_other_and_the_first_output_is_a_placeholder() {
        String first = start("""
                {"input_tokens":100,"cache_creation_input_tokens":20,"cache_read_input_tokens":5,\
                "cache_creation":{"ephemeral_5m_input_tokens":12,"ephemeral_1h_input_tokens":8},"output_tokens":4}""");
        assertThat(Told.ofStream(reader, first).lines).noneMatch(line -> line.startsWith("Used"));
        assertThat(reader.standing().usage).isEqualTo(new Usage(125, 5, 12, 8, 0, 0));
        assertThat(Told.ofStream(reader, event("""
                {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":7}}""")).lines)
                .containsExactly("Used[usage=" + new Usage(125, 5, 12, 8, 7, 0) + "]");
        assertThat(Told.ofStream(reader, event("""
                {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":\
                {"input_tokens":110,"cache_creation_input_tokens":-1,"cache_read_input_tokens":null,"output_tokens":30,\
                "output_tokens_details":{"thinking_tokens":21}}}""")).lines)
                .containsExactly(
                        "Used[usage=" + new Usage(135, 5, 12, 8, 30, 21) + "]",
                        "Ended[choice=0, reason=STOP_SEQUENCE, stop=END]");
    }

    @ParameterizedTest
    @CsvSource({
        "end_turn, END",
        "max_tokens, LENGTH",
        "stop_sequence, STOP_SEQUENCE",
        "tool_use, TOOL_CALLS",
        "pause_turn, PAUSED",
        "refusal, REFUSAL",
        "model_context_window_exceeded, LENGTH",
        "something_new, END"
    })
    void each_reason_to_stop_is_known(String word, String reason) {
        assertThat(Told.ofStream(
                                reader,
                                event("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" + word + "\"}}"))
                        .lines)
                .containsExactly("Ended[choice=0, reason=" + reason + ", stop=null]");
    }

    @Test
    void what_shows_nowhere_is_counted() {
        String stream = event("""
                {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":[]}}""")
                + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"cited_text":"abc"}}}""")
                + event(
                        "{\"type\":\"content_block_delta\",\"index\":9,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}");
        assertThat(Told.ofStream(reader, stream).lines).containsExactly("Unshown[bytes=58]", "Unshown[bytes=32]");
    }

    @Test
    void an_error_in_the_stream_is_kept_back_and_told() {
        assertThat(Told.ofStream(reader, event("""
                {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}""")).lines)
                .containsExactly(
                        "Failed[fault=Fault[kind=OVERLOADED, status=529, message=Overloaded, code=overloaded_error, "
                                + "param=null, details=null]]",
                        "kept back");
    }

    @Test
    void a_whole_answer_is_told_like_a_stream() throws IOException {
        assertThat(Told.ofWhole(reader, """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
                {"type":"thinking","thinking":"hm","signature":"S"},{"type":"redacted_thinking","data":"D"},
                {"type":"text","text":"a \\"b\\"\\n"},{"type":"tool_use","id":"t","name":"n","input":{"k":[1.50,"é"]}}],
                "stop_reason":"tool_use","stop_sequence":null,
                "usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":9}}""").lines)
                .containsExactly(
                        "Started[id=msg_1, model=claude-x, created=0]",
                        "REASONING 0/0 hm",
                        "Sealed[choice=0, part=0, seal=Seal[dialect=ANTHROPIC, id=null, data=S, readable=true]]",
                        "PartEnded[choice=0, part=0]",
                        "Sealed[choice=0, part=1, seal=Seal[dialect=ANTHROPIC, id=null, data=D, readable=false]]",
                        "PartEnded[choice=0, part=1]",
                        "TEXT 0/2 a \\\"b\\\"\\n",
                        "PartEnded[choice=0, part=2]",
                        "ToolCalled[choice=0, part=3, id=t, name=n, freeform=false]",
                        "ARGUMENTS 0/3 {\\\"k\\\":[1.50,\\\"é\\\"]}",
                        "PartEnded[choice=0, part=3]",
                        "Used[usage=" + new Usage(9, 2, 0, 0, 9, 0) + "]",
                        "Ended[choice=0, reason=TOOL_CALLS, stop=null]",
                        "Completed[]");
    }

    @Test
    void a_whole_error_is_told_as_one() throws IOException {
        assertThat(Told.ofWhole(reader, "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"no\"}}")
                        .lines)
                .singleElement()
                .asString()
                .startsWith("Failed[fault=Fault[kind=SERVER");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "1", "{}", "{\"choices\":[]}", "{\"type\":\"ping\"", "{\"type\":\"ping\"} {}", "[DONE]"
            })
    void what_is_not_of_the_dialect_is_no_frame(String data) {
        byte[] bytes = data.getBytes(UTF_8);
        assertThatThrownBy(() -> reader.frame(bytes, 0, bytes.length, event -> {}))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> reader.whole(bytes, event -> {})).isInstanceOf(IOException.class);
    }

    @Test
    void blocks_without_end_are_no_answer() throws IOException {
        for (int i = 0; i < 1024; i++) {
            byte[] open = blockStart(i);
            var _ = reader.frame(open, 0, open.length, event -> {});
        }
        byte[] oneMore = blockStart(1024);
        assertThatThrownBy(() -> reader.frame(oneMore, 0, oneMore.length, event -> {}))
                .isInstanceOf(IOException.class);
    }

    private static byte[] blockStart(int index) {
        return ("{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":{\"type\":\"text\"}}")
                .getBytes(UTF_8);
    }

    @Test
    void an_answer_that_has_said_why_it_ends_is_not_given_another_reason() {
        String ended = start("{\"input_tokens\":1}")
                + event(
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}");
        var _ = Told.ofStream(reader, ended);
        var fault = new Fault(Fault.Kind.OVERLOADED, 503, "Going down", null, null, null);
        assertThat(new String(MessagesCodec.INSTANCE.cut(reader.standing(), 1, "shutdown", fault), UTF_8))
                .doesNotContain("message_delta")
                .contains("overloaded_error")
                .endsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                           | true",
                "{\\\"a\\\":[1,{}]}            | true",
                "{\\\"a\\\":\\\"}\\\"          | false",
                "{\\\"a\\\":\\\"\\\\\\\"}\\\"}   | true",
                "{\\\"a\\\":\\\"\\\\\\\"}          | false",
                "\\u007b\\u0022}\\u0022\\n\\u007d | true",
                "\\n                          | false"
            })
    void arguments_are_whole_when_their_braces_are_closed(String inside, boolean whole) {
        var balance = new Balance();
        byte[] bytes = inside.strip().getBytes(UTF_8);
        balance.feed(bytes, 0, bytes.length);
        assertThat(balance.isWhole()).isEqualTo(whole);
    }

    /// An agent may give a tool of its own any name: what is called of it is metered and watched as it comes.
    @Test
    void a_tool_that_is_named_like_a_freeform_one_hides_nothing() throws IOException {
        String stream = event("""
                {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"x__ol1text","input":{}}}""") + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"input\\":\\"\\",\\"data\\":\\"abc"}}""") + event("""
                {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"def\\"}"}}""");
        assertThat(Told.ofStream(reader, stream).lines)
                .containsExactly(
                        "ToolCalled[choice=0, part=0, id=t, name=x__ol1text, freeform=false]",
                        "ARGUMENTS 0/0 {\\\"input\\\":\\\"\\\",\\\"data\\\":\\\"abcdef\\\"}");
        assertThat(Told.ofStream(MessagesCodec.INSTANCE.reader(false, Set.of("y")), stream).lines)
                .contains("ToolCalled[choice=0, part=0, id=t, name=x__ol1text, freeform=false]");
        // where it is freeform, what is not told counts all the same: the end of the object, and what is behind it
        assertThat(Told.ofStream(MessagesCodec.INSTANCE.reader(false, Set.of("x")), stream).lines)
                .contains("Unshown[bytes=30]", "Unshown[bytes=6]");
        String whole = """
                {"type":"message","id":"m","model":"c","content":[{"type":"tool_use","id":"t","name":"x__ol1text",\
                "input":{"input":"a","data":"b"}}],"stop_reason":"tool_use"}""";
        assertThat(Told.ofWhole(reader, whole).lines)
                .contains("ARGUMENTS 0/0 {\\\"input\\\":\\\"a\\\",\\\"data\\\":\\\"b\\\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\\"just words\\\"",
                "{\\\"other\\\":1}",
                "€ {}",
                "{ \\u20ac \\n}",
                "{                                                                      }"
            })
    void a_freeform_call_that_is_no_such_object_is_told_as_it_is(String input) {
        String stream = event("""
                {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"x__ol1text","input":{}}}""")
                + event(
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""
                                + input + "\"}}")
                + event("{\"type\":\"content_block_stop\",\"index\":0}");
        assertThat(Told.ofStream(MessagesCodec.INSTANCE.reader(false, Set.of("x")), stream)
                        .shown())
                .containsExactly(
                        "ToolCalled[choice=0, part=0, id=t, name=x, freeform=true]",
                        "ARGUMENTS 0/0 " + input,
                        "PartEnded[choice=0, part=0]");
    }

    /// Four megabytes of quotes, which were once searched for the object's head at each of them.
    @Test
    void a_head_that_never_ends_is_given_up_at_once() {
        String stream = event("""
                {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"x__ol1text","input":{}}}""")
                + event(
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""
                                + "\\\"".repeat(2_000_000) + "\"}}");
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(Told.ofStream(MessagesCodec.INSTANCE.reader(false, Set.of("x")), stream)
                                .shown())
                        .hasSize(2)
                        .last()
                        .isEqualTo("ARGUMENTS 0/0 " + "\\\"".repeat(2_000_000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"null", "{}", "{\"input_tokens\":-1}", "{\"input_tokens\":\"9\"}", "{\"input_tokens\":1e13}"})
    void figures_without_the_input_are_none(String usage) throws IOException {
        String stream = start(usage) + event("""
                {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}""") + event("{\"type\":\"message_stop\"}");
        assertThat(Told.ofStream(reader, stream).lines).noneMatch(line -> line.startsWith("Used"));
        String whole = """
                {"type":"message","id":"m","model":"c","content":[],"stop_reason":"end_turn","usage":%s}""".formatted(
                usage.equals("null")
                        ? usage
                        : usage.replace("}", usage.equals("{}") ? "\"output_tokens\":5}" : ",\"output_tokens\":5}"));
        assertThat(Told.ofWhole(MessagesCodec.INSTANCE.reader(false), whole).lines)
                .noneMatch(line -> line.startsWith("Used"));
    }

    /// A parser guesses them, but cannot say where their texts lie.
    @Test
    void a_document_of_wider_characters_is_none() {
        String frame =
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}";
        for (String charset : List.of("UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE")) {
            byte[] data = frame.getBytes(Charset.forName(charset));
            assertThatThrownBy(() -> reader.frame(data, 0, data.length, _ -> {}))
                    .as(charset)
                    .isInstanceOf(IOException.class);
        }
    }
}
