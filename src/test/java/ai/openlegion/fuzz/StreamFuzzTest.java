package ai.openlegion.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.Codec;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.dialect.messages.MessagesCodec;
import ai.openlegion.dialect.responses.ResponsesCodec;
import ai.openlegion.proxy.AnswerStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A stream reads the same wherever it is cut, whole or damaged, in each dialect: what goes on, what it says and what
/// it
/// is metered at.
@Timeout(3600)
class StreamFuzzTest {

    private static final List<String> DICTIONARY = List.of(
            "data: ",
            "data:",
            "data",
            "\n\n",
            "\n",
            "\r\n",
            "\r",
            "\r\n\r\n",
            ": x\n\n",
            "event: error\n",
            "id: 1\n",
            "[DONE]",
            "data: [DONE]\n\n",
            "{",
            "}",
            "\"",
            "\\",
            "\\u0000",
            "null",
            "[]",
            ",",
            "\"usage\":null",
            "\"choices\":[]",
            "\"error\":{\"message\":\"x\"}",
            "\"index\":1",
            "\"index\":-1",
            "\"index\":99999999999",
            "\"n\":1e400",
            "\"delta\":{}",
            "message_stop",
            "response.completed",
            "\ufeff",
            "\u0000",
            "é",
            "[[[[[[[[");

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(Fuzz.pick(
                    random, List.of("a", "b c", "é", "😀", "\\n", "\\\"", "\\\\", "\\u00e9", "{", "}", "data: ")));
        }
        return text.toString();
    }

    private static String wire(String dialect, Random random) {
        List<String> documents = switch (dialect) {
            case "messages" -> messages(random);
            case "responses" -> responses(random);
            default -> chat(random); // open: Chat Completions
        };
        String end = Fuzz.pick(random, List.of("\n", "\n", "\n", "\r\n"));
        StringBuilder wire = new StringBuilder();
        for (String document : documents) {
            if (random.nextInt(12) == 0) {
                wire.append(": keep-alive").append(end).append(end);
            }
            if (!dialect.equals("chat")) {
                wire.append("event: x").append(end);
            }
            wire.append("data: ").append(document).append(end).append(end);
        }
        return wire.toString();
    }

    private static List<String> chat(Random random) {
        String head =
                "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"small\",\"choices\":[{\"index\":0,";
        List<String> documents = new ArrayList<>();
        documents.add(head + "\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}");
        for (int i = random.nextInt(8); i >= 0; i--) {
            String said = text(random);
            String delta = switch (random.nextInt(6)) {
                case 0 ->
                    "\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
                            + "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]";
                case 1 -> "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"" + said + "\"}}]";
                case 2 -> "\"reasoning_content\":\"" + said + "\"";
                default -> "\"content\":\"" + said + "\""; // open: mostly text
            };
            documents.add(head + "\"delta\":{" + delta + "},\"finish_reason\":null}]}");
        }
        documents.add(head + "\"delta\":{},\"finish_reason\":\"stop\"}]}");
        documents.add(
                "{\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}}");
        documents.add("[DONE]");
        return documents;
    }

    private static List<String> messages(Random random) {
        List<String> documents = new ArrayList<>();
        documents.add(
                "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],"
                        + "\"model\":\"claude-x\",\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}");
        for (int block = 0; block <= random.nextInt(3); block++) {
            boolean tool = random.nextInt(3) == 0;
            documents.add("{\"type\":\"content_block_start\",\"index\":" + block + ",\"content_block\":"
                    + (tool
                            ? "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"get\",\"input\":{}}}"
                            : "{\"type\":\"text\",\"text\":\"\"}}"));
            for (int i = random.nextInt(5); i > 0; i--) {
                documents.add("{\"type\":\"content_block_delta\",\"index\":" + block + ",\"delta\":"
                        + (tool
                                ? "{\"type\":\"input_json_delta\",\"partial_json\":\"" + text(random) + "\"}}"
                                : "{\"type\":\"text_delta\",\"text\":\"" + text(random) + "\"}}"));
            }
            documents.add("{\"type\":\"content_block_stop\",\"index\":" + block + "}");
        }
        documents.add(
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}");
        documents.add("{\"type\":\"message_stop\"}");
        return documents;
    }

    private static List<String> responses(Random random) {
        List<String> documents = new ArrayList<>();
        documents.add(
                "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\","
                        + "\"created_at\":1741290958,\"status\":\"in_progress\",\"error\":null,\"model\":\"gpt\",\"output\":[],\"usage\":null}}");
        documents.add(
                "{\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\","
                        + "\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}}");
        documents.add(
                "{\"type\":\"response.content_part.added\",\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,"
                        + "\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}}");
        int number = 3;
        for (int i = random.nextInt(8); i > 0; i--) {
            documents.add("{\"type\":\"response.output_text.delta\",\"sequence_number\":" + number++
                    + ",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"" + text(random)
                    + "\",\"logprobs\":[]}");
        }
        documents.add(
                "{\"type\":\"response.output_item.done\",\"sequence_number\":" + number++
                        + ",\"output_index\":0,\"item\":{\"id\":\"msg_1\","
                        + "\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"x\"}]}}");
        documents.add(
                "{\"type\":\"response.completed\",\"sequence_number\":" + number
                        + ",\"response\":{\"id\":\"resp_1\",\"status\":\"completed\","
                        + "\"model\":\"gpt\",\"output\":[],\"usage\":{\"input_tokens\":37,\"output_tokens\":11,\"total_tokens\":48}}}");
        return documents;
    }

    private static Codec codec(String dialect) {
        return switch (dialect) {
            case "messages" -> MessagesCodec.INSTANCE;
            case "responses" -> ResponsesCodec.INSTANCE;
            default -> ChatCodec.INSTANCE; // open: Chat Completions
        };
    }

    /// All that a stream lets out and tells.
    private static final class Seen implements AnswerStream.Sink {

        private final StringBuilder frames = new StringBuilder();
        private final StringBuilder events = new StringBuilder();

        @Override
        public void frame(byte[] bytes, int from, int to) {
            frames.append(new String(bytes, from, to - from, ISO_8859_1));
        }

        @Override
        public void on(AnswerEvent event) {
            if (event
                    instanceof
                    AnswerEvent.Delta(AnswerEvent.Kind kind, int choice, int part, byte[] bytes, int from, int to)) {
                events.append(kind)
                        .append(choice)
                        .append('/')
                        .append(part)
                        .append(' ')
                        .append(new String(bytes, from, to - from, ISO_8859_1));
            } else {
                events.append(event);
            }
            events.append('\n');
        }
    }

    private static String read(Codec codec, byte[] wire, long most, boolean figures, Random cuts, int pieces) {
        var seen = new Seen();
        var stream = new AnswerStream(seen, codec.reader(figures), most);
        int at = 0;
        int[] places = cuts.ints(pieces, 0, wire.length + 1).sorted().toArray();
        for (int place : places) {
            feed(stream, wire, at, place, cuts.nextBoolean());
            at = place;
        }
        AnswerStream.State last = stream.feed(Unpooled.wrappedBuffer(wire, at, wire.length - at));
        assertThat(stream.state()).isEqualTo(last);
        assertThat(seen.frames.length()).as("no more goes out than came in").isLessThanOrEqualTo(wire.length);
        if (!figures && seen.frames.indexOf("\r") < 0) {
            assertThat(isSubsequence(seen.frames, new String(wire, ISO_8859_1))).isTrue();
        }
        assertThat(stream.lowerBound()).isBetween(0L, Math.max(most, 0));
        return stream.state() + " " + stream.documents() + " " + stream.lowerBound() + " " + stream.upperBound() + " "
                + stream.usage() + " " + stream.fault() + "\n" + seen.frames + "\n" + seen.events;
    }

    private static void feed(AnswerStream stream, byte[] wire, int from, int to, boolean direct) {
        ByteBuf piece = direct
                ? Unpooled.directBuffer().writeBytes(wire, from, to - from)
                : Unpooled.wrappedBuffer(wire, from, to - from);
        try {
            var _ = stream.feed(piece);
        } finally {
            piece.release();
        }
    }

    private static boolean isSubsequence(CharSequence part, String whole) {
        int at = 0;
        for (int i = 0; i < part.length(); i++) {
            at = whole.indexOf(part.charAt(i), at) + 1;
            if (at == 0) {
                return false;
            }
        }
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat", "messages", "responses"})
    void a_stream_is_the_same_however_it_is_cut(String dialect) {
        Codec codec = codec(dialect);
        int cases = Fuzz.run("stream of " + dialect, 1_500, (fuzz, random) -> {
            byte[] wire = wire(dialect, random).getBytes(UTF_8);
            boolean damaged = random.nextBoolean();
            byte[] bytes = fuzz.input(damaged ? Fuzz.mutated(random, wire, DICTIONARY) : wire);
            long most = random.nextInt(4) == 0 ? random.nextInt(6) : 100_000;
            boolean figures = random.nextBoolean();
            String whole = read(codec, bytes, most, figures, random, 0);
            assertThat(read(codec, bytes, most, figures, random, 1)).isEqualTo(whole);
            assertThat(read(codec, bytes, most, figures, random, 1 + random.nextInt(30)))
                    .isEqualTo(whole);
            if (random.nextInt(20) == 0) {
                assertThat(read(codec, bytes, most, figures, random, bytes.length * 2))
                        .isEqualTo(whole);
            }
            if (!damaged && most > 1000) {
                assertThat(whole).startsWith("COMPLETE ");
            }
        });
        assertThat(cases).isPositive();
    }

    @Test
    void a_frame_without_an_end_is_no_exception_and_ends() {
        int cases = Fuzz.run("stream without end", 6, (fuzz, random) -> {
            byte[] bytes = new byte[5 << 20];
            java.util.Arrays.fill(bytes, (byte)
                    Fuzz.pick(random, List.of("a", "\r", "[", "\"", " ")).charAt(0));
            System.arraycopy("data: {\"x\":\"".getBytes(UTF_8), 0, bytes, 0, 12);
            fuzz.input("5 MiB of " + (char) bytes[100]);
            String seen = read(ChatCodec.INSTANCE, bytes, 1000, true, random, random.nextInt(20));
            assertThat(seen)
                    .satisfiesAnyOf(
                            s -> assertThat(s).startsWith("GARBAGE"),
                            s -> assertThat(s).startsWith("OPEN"));
        });
        assertThat(cases).isPositive();
    }
}
