package ai.openlegion.dialect.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.dialect.Usage;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChatWriterTest {

    private static final String HEAD =
            "data: {\"id\":\"msg_1\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"m\",\"choices\":[";
    private static final String ROLE =
            HEAD + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    private StreamWriter writer(boolean figuresWanted) {
        return ChatCodec.INSTANCE.writer((bytes, from, to) -> sent.write(bytes, from, to - from), figuresWanted);
    }

    private static AnswerEvent.Delta delta(Kind kind, int part, String raw) {
        byte[] bytes = ("<" + raw + ">").getBytes(UTF_8);
        return new AnswerEvent.Delta(kind, 0, part, bytes, 1, bytes.length - 1);
    }

    private static String chunk(String delta) {
        return HEAD + "{\"index\":0,\"delta\":{" + delta + "},\"finish_reason\":null}]}\n\n";
    }

    private static String finish(String reason) {
        return HEAD + "{\"index\":0,\"delta\":{},\"finish_reason\":\"" + reason + "\"}]}\n\n";
    }

    @Test
    void a_translated_stream_is_one_of_chat_completions() {
        StreamWriter writer = writer(true);
        List.of(
                        new AnswerEvent.Started("msg_1", "m", 0),
                        new AnswerEvent.Used(Usage.of(10, 1)),
                        delta(Kind.REASONING, 0, "h\\u006d"),
                        new AnswerEvent.Sealed(0, 0, new Part.Seal(Dialect.ANTHROPIC, null, "sig", true)),
                        new AnswerEvent.PartEnded(0, 0),
                        delta(Kind.REASONING, 1, "so"),
                        new AnswerEvent.PartEnded(0, 1),
                        delta(Kind.TEXT, 2, "Grüße \\\"x\\\""),
                        delta(Kind.TEXT, 2, "!"),
                        new AnswerEvent.PartEnded(0, 2),
                        new AnswerEvent.ToolCalled(0, 3, "t1", "find", false),
                        new AnswerEvent.Unshown(4),
                        delta(Kind.ARGUMENTS, 3, "{\\\"q\\\":"),
                        delta(Kind.ARGUMENTS, 3, "1}"),
                        new AnswerEvent.PartEnded(0, 3),
                        new AnswerEvent.ToolCalled(0, 4, "t2", "now", false),
                        new AnswerEvent.PartEnded(0, 4),
                        new AnswerEvent.ToolCalled(0, 5, "t3", "sql", true),
                        delta(Kind.ARGUMENTS, 5, "select"),
                        new AnswerEvent.PartEnded(0, 5),
                        new AnswerEvent.Ended(0, StopReason.TOOL_CALLS, null),
                        new AnswerEvent.Used(new Usage(12, 8, 2, 0, 40, 30)),
                        new AnswerEvent.Completed())
                .forEach(writer::on);
        assertThat(sent.toString(UTF_8))
                .isEqualTo(ROLE
                        + chunk("\"reasoning_content\":\"h\\u006d\"")
                        + chunk("\"reasoning_content\":\"\\n\\n\"")
                        + chunk("\"reasoning_content\":\"so\"")
                        + chunk("\"content\":\"Grüße \\\"x\\\"\"")
                        + chunk("\"content\":\"!\"")
                        + chunk(
                                "\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":"
                                        + "\"find\",\"arguments\":\"\"}}]")
                        + chunk("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}}]")
                        + chunk("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]")
                        + chunk(
                                "\"tool_calls\":[{\"index\":1,\"id\":\"t2\",\"type\":\"function\",\"function\":{\"name\":"
                                        + "\"now\",\"arguments\":\"\"}}]")
                        + chunk("\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]")
                        + chunk("\"tool_calls\":[{\"index\":2,\"id\":\"t3\",\"type\":\"custom\",\"custom\":{\"name\":"
                                + "\"sql\",\"input\":\"\"}}]")
                        + chunk("\"tool_calls\":[{\"index\":2,\"custom\":{\"input\":\"select\"}}]")
                        + finish("tool_calls")
                        + HEAD
                        + "],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":40,\"total_tokens\":52,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":8,\"cache_write_tokens\":2},"
                        + "\"completion_tokens_details\":"
                        + "{\"reasoning_tokens\":30}}}\n\ndata: [DONE]\n\n");
        assertThat(writer.standing().finishedChoices).isEqualTo(1);
        assertThat(writer.standing().usage.outputTokens()).isEqualTo(40);
    }

    @Test
    void figures_come_only_where_they_are_wanted_and_an_end_always() {
        StreamWriter writer = writer(false);
        List.of(
                        new AnswerEvent.Started("msg_1", "m", 0),
                        delta(Kind.REFUSAL, 0, "No"),
                        new AnswerEvent.Used(Usage.of(1, 1)),
                        new AnswerEvent.Completed())
                .forEach(writer::on);
        assertThat(sent.toString(UTF_8))
                .isEqualTo(ROLE + chunk("\"refusal\":\"No\"") + finish("stop") + "data: [DONE]\n\n");
    }

    @Test
    void a_cut_ends_every_open_choice_and_a_failure_none() {
        var standing = new Standing();
        standing.id = "c\"1";
        standing.model = "m";
        standing.created = 7;
        standing.finishedChoices = 1;
        var fault = new Fault(
                Fault.Kind.BILLING, 402, "No money", "insufficient_quota", null, "{\"reason\":\"budget_exceeded\"}");
        String error = "{\"message\":\"No money\",\"type\":\"%s\",\"param\":null,\"code\":\"insufficient_quota\","
                + "\"openlegion\":{\"reason\":\"budget_exceeded\"}}";
        assertThat(new String(ChatCodec.INSTANCE.cut(standing, 2, "budget_exceeded", fault), UTF_8))
                .isEqualTo(
                        "data: {\"id\":\"c\\\"1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\","
                                + "\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}\n\ndata: {\"error\":"
                                + error.formatted("budget_exceeded") + "}\n\ndata: [DONE]\n\n");
        assertThat(new String(ChatCodec.INSTANCE.failure(standing, fault), UTF_8))
                .isEqualTo("data: {\"error\":" + error.formatted("insufficient_quota") + "}\n\n");
        assertThat(new String(ChatCodec.INSTANCE.writeError(fault, "req_1"), UTF_8))
                .isEqualTo("{\"error\":" + error.formatted("insufficient_quota") + "}");
        assertThat(new String(ChatCodec.INSTANCE.keepAlive(standing), UTF_8)).isEqualTo(": keep-alive\n\n");
    }

    @Test
    void a_whole_answer_is_a_chat_completion() {
        var answer = new Answer(
                "msg_1",
                "m",
                0,
                List.of(
                        new Part.Reasoning("hm", new Part.Seal(Dialect.ANTHROPIC, null, "sig", true)),
                        new Part.Reasoning("", new Part.Seal(Dialect.ANTHROPIC, null, "sig", false)),
                        new Part.ToolCall("t1", "find", "{\"q\":1}", false),
                        new Part.ToolCall("t2", "sql", "select", true)),
                StopReason.TOOL_CALLS,
                "",
                new Usage(12, 8, 2, 0, 40, 30));
        assertThat(new String(ChatCodec.INSTANCE.writeAnswer(answer), UTF_8))
                .isEqualTo(
                        "{\"id\":\"msg_1\",\"object\":\"chat.completion\",\"created\":0,\"model\":\"m\",\"choices\":[{"
                                + "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null,"
                                + "\"reasoning_content\":\"hm\",\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":"
                                + "{\"name\":\"find\",\"arguments\":\"{\\\"q\\\":1}\"}},{\"id\":\"t2\",\"type\":\"custom\","
                                + "\"custom\":{\"name\":\"sql\",\"input\":\"select\"}}]},\"logprobs\":null,\"finish_reason\":"
                                + "\"tool_calls\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":40,\"total_tokens\":52,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":8,\"cache_write_tokens\":2},"
                                + "\"completion_tokens_details\":"
                                + "{\"reasoning_tokens\":30}}}");
        var silent = new Answer("x", "m", 0, List.of(), StopReason.REFUSAL, "", Usage.of(0, 0));
        assertThat(new String(ChatCodec.INSTANCE.writeAnswer(silent), UTF_8))
                .contains("\"content\":\"\"", "\"finish_reason\":\"content_filter\"");
    }

    @Test
    void errors_are_read_in_every_vendors_envelope() {
        assertThat(read(
                        404,
                        "{\"error\":{\"message\":\"No model\",\"type\":\"invalid_request_error\",\"param\":\"model\","
                                + "\"code\":\"model_not_found\"}}"))
                .isEqualTo(new Fault(Fault.Kind.NOT_FOUND, 404, "No model", "model_not_found", "model", null));
        assertThat(read(429, "{\"error\":{\"message\":\"Pay\",\"type\":\"insufficient_quota\",\"code\":null}}"))
                .isEqualTo(new Fault(Fault.Kind.BILLING, 429, "Pay", null, null, null));
        assertThat(read(400, "{\"object\":\"error\",\"message\":\"Too long\",\"code\":\"context_length_exceeded\"}"))
                .isEqualTo(
                        new Fault(Fault.Kind.CONTEXT_LENGTH, 400, "Too long", "context_length_exceeded", null, null));
        assertThat(read(400, "[{\"error\":{\"code\":400,\"message\":\"Bad\",\"status\":\"INVALID_ARGUMENT\"}}]"))
                .isEqualTo(new Fault(Fault.Kind.INVALID, 400, "Bad", "400", null, null));
        assertThat(read(422, "{\"detail\":\"Unprocessable\"}").message()).isEqualTo("Unprocessable");
        assertThat(read(401, "{\"error\":\"bad key\"}").message()).isEqualTo("bad key");
        assertThat(read(503, "<html>").kind()).isEqualTo(Fault.Kind.OVERLOADED);
        assertThat(read(504, "").kind()).isEqualTo(Fault.Kind.TIMEOUT);
    }

    private static Fault read(int status, String body) {
        return ChatCodec.INSTANCE.readError(status, body.getBytes(UTF_8));
    }

    @Test
    void clients_find_the_words_they_give_up_at_whatever_another_vendor_called_it() {
        var long_ =
                new Fault(Fault.Kind.CONTEXT_LENGTH, 400, "prompt is too long", "invalid_request_error", null, null);
        assertThat(new String(ChatCodec.INSTANCE.writeError(long_, "r"), UTF_8))
                .contains("\"type\":\"invalid_request_error\"", "\"code\":\"context_length_exceeded\"");
        var broke = new Fault(Fault.Kind.BILLING, 402, "credit", "billing_error", null, null);
        assertThat(new String(ChatCodec.INSTANCE.writeError(broke, "r"), UTF_8))
                .contains("\"type\":\"insufficient_quota\"", "\"code\":\"insufficient_quota\"");
    }
}
