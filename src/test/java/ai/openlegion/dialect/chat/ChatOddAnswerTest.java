package ai.openlegion.dialect.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers of servers that speak Chat Completions in their own way, and of some that mean no good.
class ChatOddAnswerTest {

    private static final String HEAD = "{\"id\":\"c1\",\"created\":7,\"model\":\"small\",\"choices\":[{\"index\":0,";

    private static String frame(String delta, String finish) {
        return HEAD + "\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"null\"", "null"})
    void what_goes_on_has_no_reason_to_end(String none) throws IOException {
        var reader = ChatCodec.INSTANCE.reader(false);
        assertThat(Told.of(
                        reader,
                        frame("{\"content\":\"a\"}", none),
                        frame("{\"content\":\"b\"}", none),
                        frame(
                                "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}",
                                none),
                        frame("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]}", none)))
                .containsExactly(
                        "started c1 small 7",
                        "TEXT 0/0 'ab",
                        "end 0/0",
                        "call 0/1 t f",
                        "ARGUMENTS 0/1 '{",
                        "unshown 1",
                        "ARGUMENTS 0/1 '}");
        assertThat(reader.standing().finishedChoices).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "2600,2000,400,'used 2600(2000,400) 5(0)'",
        "3438,0,3435,'used 3438(0,3435) 5(0)'",
        "100,90,40,'used 140(90,40) 5(0)'", // counted beside the prompt
        "100,0,-3,'used 100(0) 5(0)'",
        "0,0,0,'used 0(0) 5(0)'"
    })
    void what_was_written_to_the_cache_is_part_of_the_prompt(long prompt, long read, long written, String told)
            throws IOException {
        assertThat(Told.of(
                        ChatCodec.INSTANCE.reader(true),
                        "{\"choices\":[],\"usage\":{\"prompt_tokens\":" + prompt
                                + ",\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":" + read
                                + ",\"cache_write_tokens\":" + written + ",\"audio_tokens\":0}}}"))
                .containsExactly(told);
    }

    @Test
    void a_zero_that_is_said_is_zero() throws IOException {
        assertThat(Told.of(
                        ChatCodec.INSTANCE.reader(true),
                        "{\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}}"))
                .containsExactly("used 0(0) 0(0)");
    }

    @Test
    void a_last_frame_with_all_of_the_answer_tells_none_of_it_again() throws IOException {
        assertThat(Told.of(
                        ChatCodec.INSTANCE.reader(true),
                        frame("{\"content\":\"Hi\"}", "null"),
                        frame(
                                "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
                                "null"),
                        HEAD + "\"message\":{\"role\":\"assistant\",\"content\":\"Hi\",\"name\":\"M\",\"tool_calls\":["
                                + "{\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                                + "\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}",
                        "[DONE]"))
                .containsExactly(
                        "started c1 small 7",
                        "TEXT 0/0 'Hi",
                        "end 0/0",
                        "call 0/1 t f",
                        "ARGUMENTS 0/1 '{}",
                        "unshown 1",
                        "end 0/1",
                        "ended 0 TOOL_CALLS",
                        "used 3(0) 4(0)",
                        "completed");
    }

    @Test
    void a_stream_that_says_message_for_delta_is_told_all_the_same() throws IOException {
        assertThat(Told.of(
                        ChatCodec.INSTANCE.reader(true),
                        HEAD + "\"message\":{\"content\":\"a\"}}]}",
                        HEAD + "\"message\":{\"content\":\"b\"}}]}"))
                .containsExactly("started c1 small 7", "TEXT 0/0 'ab");
    }

    @Test
    void choices_beyond_any_that_can_be_asked_for_are_one() throws IOException {
        assertThat(Told.of(
                        ChatCodec.INSTANCE.reader(true),
                        "{\"id\":\"c1\",\"created\":7,\"model\":\"small\",\"choices\":["
                                + "{\"index\":2147483647,\"delta\":{\"content\":\"x\"}},"
                                + "{\"index\":9223372036854775807,\"delta\":{\"content\":\"y\"}},"
                                + "{\"index\":-5,\"delta\":{\"content\":\"z\"}}]}"))
                .containsExactly("started c1 small 7", "TEXT 127/0 'xy", "TEXT 0/1 'z");
    }

    @Test
    void more_calls_than_any_answer_has_are_no_answer() {
        var calls = new StringBuilder("{\"tool_calls\":[{\"index\":0}");
        for (int index = 1; index < 1_025; index++) {
            calls.append(",{\"index\":").append(index).append('}');
        }
        byte[] many = frame(calls.append("]}").toString(), "null").getBytes(UTF_8);
        assertThatThrownBy(() -> ChatCodec.INSTANCE.reader(true).frame(many, 0, many.length, _ -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tool calls");
    }

    @Test
    void the_providers_own_error_frame_is_kept_from_the_client() throws IOException {
        byte[] error = "{\"error\":{\"message\":\"x\"}}".getBytes(UTF_8);
        assertThat(ChatCodec.INSTANCE.reader(true).frame(error, 0, error.length, _ -> {}))
                .isFalse();
    }
}
