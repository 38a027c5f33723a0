package ai.openlegion.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.Collector;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Usage;
import ai.openlegion.dialect.chat.ChatCodec;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnswerStreamTest {

    private static final String HEAD =
            "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"small\",\"choices\":[{\"index\":0,";
    private static final String USAGE =
            "{\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13,"
                    + "\"prompt_tokens_details\":{\"cached_tokens\":3}}}";

    /// Gathers what the stream hands on.
    private static final class Gathered implements AnswerStream.Sink {
        final StringBuilder frames = new StringBuilder();
        final StringBuilder text = new StringBuilder();
        final StringBuilder others = new StringBuilder();
        final Collector calls = new Collector();

        @Override
        public void frame(byte[] bytes, int from, int to) {
            frames.append(new String(bytes, from, to - from, java.nio.charset.StandardCharsets.ISO_8859_1));
        }

        @Override
        public void on(AnswerEvent event) {
            calls.on(event);
            if (event instanceof AnswerEvent.Delta delta) {
                (delta.kind() == AnswerEvent.Kind.TEXT ? text : others)
                        .append(new String(delta.bytes(), delta.from(), delta.to() - delta.from(), UTF_8));
            }
        }

        String sent() {
            return new String(frames.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), UTF_8);
        }
    }

    private static AnswerStream stream(Gathered sink, long maxTokens, boolean passUsage) {
        return new AnswerStream(sink, ChatCodec.INSTANCE.reader(passUsage), maxTokens);
    }

    private static String delta(String raw) {
        return "data: " + HEAD + "\"delta\":{\"content\":\"" + raw + "\"},\"finish_reason\":null}]}\n\n";
    }

    private static String answer(String... texts) {
        var all = new StringBuilder("data: " + HEAD + "\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
        for (String text : texts) {
            all.append(delta(text));
        }
        return all + "data: " + HEAD + "\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    }

    private static AnswerStream feed(AnswerStream stream, byte[] bytes, int... cuts) {
        int at = 0;
        for (int cut : cuts) {
            var _ = stream.feed(Unpooled.wrappedBuffer(bytes, at, cut - at));
            at = cut;
        }
        var _ = stream.feed(Unpooled.wrappedBuffer(bytes, at, bytes.length - at));
        return stream;
    }

    @Test
    void a_stream_reads_the_same_however_it_is_chopped() {
        String wire = ": hello\r\n\r\n" + answer("Grüße", " 🌍", "\\u00e9\\n\\\"x\\\"", "a") + "data: " + USAGE
                + "\n\ndata: [DONE]\n\n";
        byte[] bytes = wire.getBytes(UTF_8);
        String expected = wire.replace("data: " + USAGE + "\n\n", "");
        for (int size = 1; size <= bytes.length; size++) {
            var sink = new Gathered();
            var stream = stream(sink, 100, false);
            int step = size;
            int[] cuts = java.util.stream.IntStream.iterate(step, at -> at < bytes.length, at -> at + step)
                    .toArray();
            var _ = feed(stream, bytes, cuts);
            assertThat(stream.state()).as("chunks of %d", size).isEqualTo(AnswerStream.State.COMPLETE);
            assertThat(sink.sent()).as("chunks of %d", size).isEqualTo(expected);
            assertThat(stream.lowerBound()).isEqualTo(4);
            assertThat(stream.usage()).isEqualTo(new Usage(9, 3, 0, 0, 4, 0));
        }
    }

    @Test
    void random_cuts_and_line_ends_change_nothing() {
        long seed = 20261122L;
        var random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            String end = new String[] {"\n", "\r\n", "\r"}[random.nextInt(3)];
            String wire = (answer("one", "two", "drei€") + "data: [DONE]\n\n").replace("\n", end);
            byte[] bytes = wire.getBytes(UTF_8);
            int[] cuts =
                    random.ints(random.nextInt(40), 0, bytes.length).sorted().toArray();
            var sink = new Gathered();
            var stream = feed(stream(sink, 100, true), bytes, cuts);
            if (end.equals("\r")) {
                // the last CR could still be followed by LF: the frame is whole with the next byte or the end
                var _ = stream.feed(Unpooled.wrappedBuffer("\n".getBytes(UTF_8)));
            }
            assertThat(stream.state()).as("seed %d round %d", seed, round).isEqualTo(AnswerStream.State.COMPLETE);
            assertThat(stream.lowerBound()).as("seed %d round %d", seed, round).isEqualTo(3);
            assertThat(sink.sent()).as("seed %d round %d", seed, round).startsWith(wire.stripTrailing());
        }
    }

    @Test
    void data_over_several_lines_is_one_document() {
        var sink = new Gathered();
        String wire = "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"hi\"}}]}\n\ndata:[DONE]\n\n";
        var stream = feed(stream(sink, 10, true), wire.getBytes(UTF_8));
        assertThat(stream.state()).isEqualTo(AnswerStream.State.COMPLETE);
        assertThat(stream.lowerBound()).isEqualTo(1);
        assertThat(sink.text.toString()).isEqualTo("hi");
    }

    @Test
    void a_document_over_very_many_lines_is_put_together_in_one_go() {
        int lines = 600_000; // copying all that came before for each of them would be 10^11 bytes
        byte[] wire = ("data: {\"choices\":[\n" + "data:\n".repeat(lines) + "data: ]}\n\n").getBytes(UTF_8);
        var stream = assertTimeout(Duration.ofSeconds(5), () -> feed(stream(new Gathered(), 10, true), wire));
        assertThat(stream.state()).isEqualTo(AnswerStream.State.OPEN);
        assertThat(stream.documents()).isEqualTo(1);
    }

    @Test
    void a_choice_of_any_number_takes_no_memory_by_its_number() {
        String far =
                "data: {\"choices\":[{\"index\":2147483647,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],"
                        + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n";
        var stream = feed(stream(new Gathered(), 10, true), far.getBytes(UTF_8));
        assertThat(stream.lowerBound()).isEqualTo(1);
        assertThat(stream.isUsageFinal(1)).isFalse();
    }

    @Test
    void figures_are_the_last_word_where_they_come_with_the_end_or_behind_it() {
        String beside = "data: " + HEAD + "\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"}],"
                + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":0}}\n\n";
        String end = "data: " + HEAD + "\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        var stream = feed(stream(new Gathered(), 10, true), (beside + beside).getBytes(UTF_8));
        assertThat(stream.usage()).isEqualTo(Usage.of(9, 0));
        assertThat(stream.isUsageFinal(1)).isFalse();
        assertThat(feed(stream, end.getBytes(UTF_8)).isUsageFinal(1)).isFalse();
        assertThat(feed(stream, ("data: " + USAGE + "\n\n").getBytes(UTF_8)).isUsageFinal(1))
                .isTrue();
        assertThat(stream.usage()).isEqualTo(new Usage(9, 3, 0, 0, 4, 0));
    }

    @Test
    void the_providers_own_error_is_not_handed_on_wherever_it_stands() {
        String error = "data: {\"error\":{\"message\":\"x\"}}\n\n";
        for (String before : new String[] {"", delta("a")}) {
            var sink = new Gathered();
            var stream = feed(stream(sink, 10, true), (before + error).getBytes(UTF_8));
            assertThat(stream.state()).isEqualTo(AnswerStream.State.PROVIDER_ERROR);
            assertThat(sink.sent()).isEqualTo(before);
        }
    }

    @Test
    void the_delta_past_the_maximum_is_not_handed_on() {
        var sink = new Gathered();
        var stream = feed(stream(sink, 3, true), answer("a", "b", "c", "d", "e").getBytes(UTF_8));
        assertThat(stream.state()).isEqualTo(AnswerStream.State.OVER_LIMIT);
        assertThat(stream.lowerBound()).isEqualTo(3);
        assertThat(sink.sent()).contains("\"c\"").doesNotContain("\"d\"");
    }

    @Test
    void every_kind_of_output_counts_once() {
        String tools = "data: " + HEAD
                + "\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"find\",\"arguments\":\"\"}}]}}]}\n\n"
                + "data: " + HEAD
                + "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}}]}}]}\n\n"
                + "data: " + HEAD
                + "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}}]}\n\n"
                + "data: " + HEAD + "\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
        var sink = new Gathered();
        var stream = feed(stream(sink, 10, true), tools.getBytes(UTF_8));
        assertThat(stream.lowerBound()).isEqualTo(3);
        assertThat(sink.others.toString()).isEqualTo("{\\\"q\\\":1}hm");
        assertThat(stream.upperBound())
                .isEqualTo("find".length() + "{\\\"q\\\":".length() + "1}".length() + "hm".length());
        assertThat(sink.calls.answer().toolCalls()).singleElement().satisfies(call -> {
            assertThat(call.id()).isEqualTo("t1");
            assertThat(call.name()).isEqualTo("find");
            assertThat(call.arguments()).isEqualTo("{\"q\":1}");
        });
    }

    @Test
    void the_same_reasoning_under_two_names_is_one_delta() {
        String twice = "data: " + HEAD + "\"delta\":{\"reasoning\":\"hm\",\"reasoning_content\":\"hm\"}}]}\n\n";
        assertThat(feed(stream(new Gathered(), 10, true), twice.getBytes(UTF_8)).lowerBound())
                .isEqualTo(1);
    }

    @Test
    void a_later_usage_replaces_an_earlier_one() {
        String wire = "data: " + USAGE + "\n\n" + "data: "
                + USAGE.replace(":4,", ":6,").replace(":13,", ":15,") + "\n\n";
        var stream = feed(stream(new Gathered(), 10, true), wire.getBytes(UTF_8));
        assertThat(stream.usage()).isEqualTo(new Usage(9, 3, 0, 0, 6, 0));
    }

    @Test
    void what_is_no_chat_stream_is_said_to_be_none() {
        assertThat(feed(stream(new Gathered(), 10, true), "data: <html>\n\n".getBytes(UTF_8))
                        .state())
                .isEqualTo(AnswerStream.State.GARBAGE);
        assertThat(feed(stream(new Gathered(), 10, true), "data: {\"error\":{\"message\":\"x\"}}\n\n".getBytes(UTF_8))
                        .state())
                .isEqualTo(AnswerStream.State.PROVIDER_ERROR);
        byte[] endless = new byte[AnswerStream.MAX_FRAME_BYTES + 2];
        Arrays.fill(endless, (byte) 'x');
        assertThat(feed(stream(new Gathered(), 10, true), endless).state()).isEqualTo(AnswerStream.State.GARBAGE);
    }

    @Test
    void text_behind_a_tool_call_is_another_part_although_its_frames_look_the_same() {
        String call = "data: " + HEAD
                + "\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"find\",\"arguments\":\"{}\"}}]}}]}\n\n";
        var sink = new Gathered();
        var _ = feed(stream(sink, 10, true), (delta("a") + delta("b") + call + delta("c")).getBytes(UTF_8));
        assertThat(sink.calls.answer().parts())
                .containsExactly(new Part.Text("ab"), new Part.ToolCall("t1", "find", "{}", false), new Part.Text("c"));
    }

    @Test
    void a_frame_like_the_last_but_for_its_structure_is_read_anew() {
        // same prefix, but the string ends early and a second choice follows: the template must not swallow it
        String odd = "data: " + HEAD
                + "\"delta\":{\"content\":\"x\"},\"finish_reason\":null},{\"index\":1,\"delta\":{\"content\":\"y\"},"
                + "\"finish_reason\":null}]}\n\n";
        var stream = feed(stream(new Gathered(), 10, true), (delta("a") + odd + delta("b")).getBytes(UTF_8));
        assertThat(stream.lowerBound()).isEqualTo(4);
    }
}
