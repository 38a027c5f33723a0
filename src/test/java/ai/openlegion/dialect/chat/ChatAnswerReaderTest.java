package ai.openlegion.dialect.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Usage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ChatAnswerReaderTest {

    private static final String HEAD = "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,"
            + "\"model\":\"small\",\"choices\":[{\"index\":0,";

    private static String frame(String delta) {
        return HEAD + "\"delta\":" + delta + ",\"finish_reason\":null}]}";
    }

    private static String finish(String reason) {
        return HEAD + "\"delta\":{},\"finish_reason\":\"" + reason + "\"}]}";
    }

    private static AnswerReader reader() {
        return ChatCodec.INSTANCE.reader(false);
    }

    @Test
    void an_openai_stream_is_told_in_order() throws IOException {
        String tail = ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,";
        String head = "{\"id\":\"chatcmpl-B9\",\"object\":\"chat.completion.chunk\",\"created\":1741569952,"
                + "\"model\":\"gpt-5.1-2025-11-13\"" + tail;
        AnswerReader reader = reader();
        assertThat(Told.of(
                        reader,
                        head + "\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,"
                                + "\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"Ab3\"}",
                        head + "\"delta\":{\"content\":\"Gr\\u00fc\\n\"},\"logprobs\":null,\"finish_reason\":null}],"
                                + "\"usage\":null,\"obfuscation\":\"Q\"}",
                        head + "\"delta\":{\"content\":\"ße \\\"x\\\"\"},\"logprobs\":null,\"finish_reason\":null}],"
                                + "\"usage\":null,\"obfuscation\":\"\"}",
                        head + "\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null,"
                                + "\"obfuscation\":\"zz\"}",
                        "{\"id\":\"chatcmpl-B9\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,"
                                + "\"total_tokens\":13,\"prompt_tokens_details\":{\"cached_tokens\":3,\"audio_tokens\":0},"
                                + "\"completion_tokens_details\":{\"reasoning_tokens\":2,\"audio_tokens\":0}}}",
                        "[DONE]"))
                .containsExactly(
                        "started chatcmpl-B9 gpt-5.1-2025-11-13 1741569952",
                        "TEXT 0/0 'Gr\\u00fc\\nße \\\"x\\\"",
                        "end 0/0",
                        "ended 0 END",
                        "used 9(3) 4(2)",
                        "completed");
        assertThat(reader.standing().id).isEqualTo("chatcmpl-B9");
        assertThat(reader.standing().created).isEqualTo(1741569952);
        assertThat(reader.standing().model).isEqualTo("gpt-5.1-2025-11-13");
        assertThat(reader.standing().started).isTrue();
        assertThat(reader.standing().finishedChoices).isEqualTo(1);
        assertThat(reader.standing().usage).isEqualTo(new Usage(9, 3, 0, 0, 4, 2));
    }

    @Test
    void azures_frames_about_its_filters_say_nothing_of_the_answer() throws IOException {
        String filter = "{\"hate\":{\"filtered\":false,\"severity\":\"safe\"}}";
        assertThat(Told.of(
                        reader(),
                        "{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\","
                                + "\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":" + filter
                                + "}]}",
                        "{\"choices\":[{\"content_filter_results\":" + filter + ",\"delta\":{\"content\":\"-\"},"
                                + "\"finish_reason\":null,\"index\":0,\"logprobs\":null}],\"created\":1736407895,"
                                + "\"id\":\"chatcmpl-An\",\"model\":\"gpt-4o-mini\",\"object\":\"chat.completion.chunk\"}",
                        "{\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[{\"index\":0,"
                                + "\"finish_reason\":null,\"content_filter_results\":" + filter
                                + ",\"content_filter_offsets\":{\"check_offset\":44,\"start_offset\":44,\"end_offset\":198}}],"
                                + "\"usage\":null}",
                        "{\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\",\"index\":0}],\"created\":1,"
                                + "\"id\":\"chatcmpl-An\",\"model\":\"gpt-4o-mini\"}",
                        "[DONE]"))
                .containsExactly(
                        "started chatcmpl-An gpt-4o-mini 1736407895",
                        "TEXT 0/0 '-",
                        "end 0/0",
                        "ended 0 REFUSAL",
                        "completed");
    }

    @Test
    void deepseek_thinks_first_and_then_speaks() throws IOException {
        assertThat(Told.of(
                        reader(),
                        frame("{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"\"}"),
                        frame("{\"content\":null,\"reasoning_content\":\"Let\"}"),
                        frame("{\"content\":null,\"reasoning_content\":\" me\"}"),
                        frame("{\"content\":\"Hi\",\"reasoning_content\":null}"),
                        HEAD + "\"delta\":{\"content\":\"\",\"reasoning_content\":null},\"finish_reason\":\"stop\"}],"
                                + "\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":3,\"total_tokens\":9,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":0},\"prompt_cache_hit_tokens\":0}}",
                        "[DONE]"))
                .containsExactly(
                        "started c1 small 7",
                        "REASONING 0/0 'Let me",
                        "end 0/0",
                        "TEXT 0/1 'Hi",
                        "end 0/1",
                        "ended 0 END",
                        "used 6(0) 3(0)",
                        "completed");
    }

    @Test
    void vllm_tells_its_figures_with_every_frame_and_ends_with_the_last_text() throws IOException {
        String usage = ",\"usage\":{\"prompt_tokens\":16,\"total_tokens\":%d,\"completion_tokens\":%d}}";
        assertThat(Told.of(
                        reader(),
                        HEAD + "\"delta\":{\"content\":\" **\"},\"logprobs\":null,\"finish_reason\":null,"
                                + "\"token_ids\":[2619]}]" + usage.formatted(18, 2),
                        HEAD + "\"delta\":{\"content\":\"Core\"},\"logprobs\":null,\"finish_reason\":\"length\","
                                + "\"stop_reason\":null,\"token_ids\":[21878]}]" + usage.formatted(19, 3),
                        "[DONE]"))
                .containsExactly(
                        "started c1 small 7",
                        "TEXT 0/0 ' **",
                        "used 16(0) 2(0)",
                        "TEXT 0/0 'Core",
                        "end 0/0",
                        "ended 0 LENGTH",
                        "used 16(0) 3(0)",
                        "completed");
    }

    @Test
    void groq_sends_empty_tool_calls_and_its_own_figures_beside() throws IOException {
        assertThat(Told.of(
                        reader(),
                        HEAD + "\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\",\"tool_calls\":[]},"
                                + "\"logprobs\":null,\"finish_reason\":null}],\"x_groq\":{\"id\":\"req_1\"}}",
                        HEAD
                                + "\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"req_1\","
                                + "\"usage\":{\"queue_time\":0.03,\"prompt_tokens\":38,\"completion_tokens\":2}}}",
                        "[DONE]"))
                .containsExactly("started c1 small 7", "TEXT 0/0 'Hello", "end 0/0", "ended 0 END", "completed");
    }

    @Test
    void tool_calls_come_in_fragments_by_number() throws IOException {
        assertThat(Told.of(
                        reader(),
                        frame("{\"role\":\"assistant\",\"content\":null}"),
                        frame("{\"content\":\"Hm\"}"),
                        frame("{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"find\",\"arguments\":\"\"}}]}"),
                        frame("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}}]}"),
                        frame("{\"tool_calls\":[{\"function\":{\"arguments\":\"{}\",\"name\":\"look\"},\"id\":\"t2\","
                                + "\"type\":\"function\",\"index\":1}]}"),
                        frame("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}"),
                        frame("{\"tool_calls\":[{\"index\":2,\"id\":\"t3\",\"type\":\"custom\","
                                + "\"custom\":{\"name\":\"sql\",\"input\":\"select\"}}]}"),
                        finish("tool_calls"),
                        "[DONE]"))
                .containsExactly(
                        "started c1 small 7",
                        "TEXT 0/0 'Hm",
                        "end 0/0",
                        "call 0/1 t1 find",
                        "unshown 4",
                        "ARGUMENTS 0/1 '{\\\"q\\\":",
                        "call 0/2 t2 look",
                        "ARGUMENTS 0/2 '{}",
                        "unshown 4",
                        "ARGUMENTS 0/1 '1}",
                        "call 0/3 t3 sql freeform",
                        "ARGUMENTS 0/3 'select",
                        "unshown 3",
                        "end 0/1",
                        "end 0/2",
                        "end 0/3",
                        "ended 0 TOOL_CALLS",
                        "completed");
    }

    @Test
    void vendors_that_give_every_call_the_same_number_and_none_an_id_are_understood() throws IOException {
        assertThat(Told.of(
                        reader(),
                        frame(
                                "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}"),
                        frame(
                                "{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"[]\"}}]}"),
                        frame("{\"tool_calls\":[{\"index\":4,\"id\":\"\",\"function\":{\"name\":\"na\"}}]}"),
                        frame("{\"tool_calls\":[{\"index\":4,\"function\":{\"name\":\"med\"}}]}"),
                        finish("tool_calls")))
                .containsExactly(
                        "started c1 small 7",
                        "call 0/0 a f",
                        "ARGUMENTS 0/0 '{}",
                        "unshown 1",
                        "call 0/1 b f",
                        "ARGUMENTS 0/1 '[]",
                        "unshown 1",
                        "unshown 2",
                        "unshown 3",
                        "end 0/0",
                        "end 0/1",
                        "call 0/2 call_179c9_2 named",
                        "end 0/2",
                        "ended 0 TOOL_CALLS");
    }

    @Test
    void the_one_call_of_old_is_a_tool_call() throws IOException {
        assertThat(Told.of(
                        reader(),
                        frame("{\"function_call\":{\"name\":\"find\",\"arguments\":\"\"}}"),
                        frame("{\"function_call\":{\"arguments\":\"{}\"}}"),
                        finish("function_call")))
                .containsExactly(
                        "started c1 small 7",
                        "call 0/0 call_179c9_0 find",
                        "unshown 4",
                        "ARGUMENTS 0/0 '{}",
                        "end 0/0",
                        "ended 0 TOOL_CALLS");
    }

    @Test
    void every_kind_of_output_is_told_once() throws IOException {
        assertThat(Told.of(
                        reader(),
                        frame("{\"reasoning\":\"hm\",\"reasoning_content\":\"hm\"}"),
                        frame("{\"reasoning\":\"so\",\"reasoning_details\":[{\"type\":\"t\",\"text\":\"so\"}]}"),
                        frame("{\"refusal\":\"No\"}"),
                        frame(
                                "{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"why\"}]}]}"),
                        frame(
                                "{\"content\":[{\"type\":\"text\",\"text\":\"Yes\"}],\"audio\":{\"transcript\":\"abc\"}}"),
                        frame("{\"annotations\":\"ab\"}")))
                .containsExactly(
                        "started c1 small 7",
                        "REASONING 0/0 'hm",
                        "unshown 2",
                        "REASONING 0/0 'so",
                        "unshown 3",
                        "end 0/0",
                        "REFUSAL 0/1 'No",
                        "end 0/1",
                        "REASONING 0/2 'why",
                        "unshown 12",
                        "end 0/2",
                        "TEXT 0/3 'Yes",
                        "unshown 7",
                        "unshown 2");
    }

    @Test
    void choices_are_told_apart_also_where_their_number_comes_last() throws IOException {
        AnswerReader reader = reader();
        assertThat(Told.of(
                        reader,
                        "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"index\":0},{\"finish_reason\":\"stop\","
                                + "\"delta\":{\"content\":\"b\"},\"index\":1}],\"model\":\"m\",\"id\":\"x\",\"created\":3}",
                        "{\"choices\":[{\"delta\":{\"content\":\"c\"},\"index\":0}],\"model\":\"m\"}",
                        "[DONE]"))
                .containsExactly(
                        "started x m 3",
                        "TEXT 0/0 'a",
                        "TEXT 1/1 'b",
                        "end 1/1",
                        "ended 1 END",
                        "TEXT 0/0 'c",
                        "end 0/0",
                        "completed");
        assertThat(reader.standing().finishedChoices).isEqualTo(0b10);
    }

    @Test
    void a_frame_of_figures_alone_is_for_those_who_asked() throws IOException {
        byte[] figures = "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}".getBytes(UTF_8);
        byte[] both = (HEAD
                        + "\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}")
                .getBytes(UTF_8);
        assertThat(reader().frame(figures, 0, figures.length, _ -> {})).isFalse();
        assertThat(ChatCodec.INSTANCE.reader(true).frame(figures, 0, figures.length, _ -> {}))
                .isTrue();
        assertThat(reader().frame(both, 0, both.length, _ -> {})).isTrue();
    }

    @Test
    void figures_count_as_the_vendors_mean_them() throws IOException {
        String usage = "{\"choices\":[],\"usage\":{%s}}";
        assertThat(Told.of(
                        reader(),
                        usage.formatted("\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":20"),
                        usage.formatted("\"prompt_tokens\":9,\"completion_tokens\":-4"),
                        usage.formatted("\"prompt_tokens\":9"),
                        usage.formatted("\"prompt_tokens\":9,\"completion_tokens\":0,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":70}"),
                        "{\"choices\":[],\"usage\":null}"))
                .containsExactly("used 9(0) 11(0)", "used 9(9) 0(0)");
    }

    @Test
    void an_error_in_a_stream_is_a_failure_whatever_else_the_frame_says() throws IOException {
        assertThat(Told.of(
                        reader(),
                        frame("{\"content\":\"a\"}"),
                        "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}],"
                                + "\"error\":{\"code\":502,\"message\":\"Provider disconnected\"}}"))
                .containsExactly("started c1 small 7", "TEXT 0/0 'a", "failed SERVER 502 Provider disconnected 502");
        assertThat(Told.of(reader(), "{\"error\":\"no luck\"}")).containsExactly("failed SERVER 500 no luck null");
        assertThat(
                        Told.of(
                                reader(),
                                "{\"error\":{\"message\":\"Slow\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\",\"param\":null}}"))
                .containsExactly("failed RATE_LIMITED 429 Slow rate_limit_exceeded");
        assertThat(Told.whole("{\"error\":{\"message\":\"x\",\"type\":\"insufficient_quota\"}}"))
                .containsExactly("failed BILLING 402 x null");
    }

    @Test
    void a_malformed_frame_tells_nothing() {
        for (String bad : new String[] {
            "<html>",
            "[]",
            "\"a\"",
            frame("{\"content\":\"a\"}") + "x",
            frame("{\"content\":\"a\"}").replace("]}", "]")
        }) {
            var told = new Told();
            byte[] bytes = bad.getBytes(UTF_8);
            assertThatThrownBy(() -> reader().frame(bytes, 0, bytes.length, told::on))
                    .as(bad)
                    .isInstanceOf(IOException.class);
            assertThat(told.lines).as(bad).isEmpty();
        }
    }

    @Test
    void a_whole_answer_tells_the_same_as_a_stream() throws IOException {
        assertThat(Told.whole("{\"id\":\"c1\",\"object\":\"chat.completion\",\"created\":7,\"model\":\"small\","
                        + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\","
                        + "\"reasoning_content\":\"hm\",\"refusal\":null,\"annotations\":[],\"tool_calls\":["
                        + "{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
                        + "{\"id\":\"t2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]},"
                        + "\"logprobs\":null,\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":1,"
                        + "\"completion_tokens\":2,\"total_tokens\":3},\"service_tier\":\"default\"}"))
                .containsExactly(
                        "started c1 small 7",
                        "REASONING 0/0 'hm",
                        "end 0/0",
                        "TEXT 0/1 'Hi",
                        "end 0/1",
                        "call 0/2 t1 f",
                        "ARGUMENTS 0/2 '{}",
                        "call 0/3 t2 g",
                        "end 0/2",
                        "end 0/3",
                        "ended 0 TOOL_CALLS",
                        "unshown 2",
                        "used 1(0) 2(0)",
                        "completed");
        assertThatThrownBy(() -> Told.whole("{\"object\":\"list\",\"data\":[]}"))
                .isInstanceOf(IOException.class);
    }
}
