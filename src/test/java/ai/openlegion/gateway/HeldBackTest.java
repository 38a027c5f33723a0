package ai.openlegion.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.proxy.AnswerStream;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.netty.buffer.Unpooled;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which frames of a stream wait while they may begin a credential.
class HeldBackTest {

    /// A client that gets each frame as it is.
    private record Plain(StreamOut out) implements ClientStream {
        @Override
        public void frame(byte[] bytes, int from, int to) {
            out.append(bytes, from, to);
        }

        @Override
        public void on(AnswerEvent event) {
            // already in the frame
        }

        @Override
        public byte[] closing(Door.Receipt receipt) {
            throw new AssertionError("not asked here");
        }

        @Override
        public byte[] cut(int choices, long tokens, Refusal refusal) {
            throw new AssertionError("not asked here");
        }

        @Override
        public byte[] failure(long tokens, Refusal refusal) {
            throw new AssertionError("not asked here");
        }

        @Override
        public byte[] keepAlive() {
            throw new AssertionError("not asked here");
        }
    }

    private final StreamOut out = new StreamOut();
    private final HeldBack held =
            new HeldBack(new Plain(out), out, Vault.of(Map.of("key", Secret.of("ghp_0123456789abcdef"))));
    private final AnswerStream stream = new AnswerStream(held, ChatCodec.INSTANCE.reader(true), 1_000);

    private void says(int choice, String delta) {
        says("{\"index\":" + choice + ",\"delta\":" + delta + ",\"finish_reason\":null}");
    }

    private void says(String choice) {
        String frame =
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":["
                        + choice + "]}\n\n";
        assertThat(stream.feed(Unpooled.wrappedBuffer(frame.getBytes(UTF_8)))).isEqualTo(AnswerStream.State.OPEN);
    }

    private static String content(String text) {
        return "{\"content\":\"" + text + "\"}";
    }

    private static String arguments(int call, String text) {
        return "{\"tool_calls\":[{\"index\":" + call + ",\"id\":\"call_" + call
                + "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"" + text + "\"}}]}";
    }

    @Test
    void choices_that_alternate_hide_nothing() {
        says(1, content("ghp_01234"));
        says(2, content("something else"));
        assertThat(held.releasable()).isZero();
        says(1, content("56789abcdef"));
        assertThat(held.leaked()).isTrue();
    }

    @Test
    void calls_that_alternate_hide_nothing() {
        says(0, arguments(0, "ghp_01234"));
        says(0, arguments(1, "x"));
        says(0, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"56789abcdef\"}}]}");
        assertThat(held.leaked()).isTrue();
    }

    @Test
    void more_texts_than_are_watched_share_a_watch() {
        for (int choice = 1; choice < 100; choice++) {
            says(choice, content("x"));
        }
        says(98, content("ghp_01234"));
        says(98, content("56789abcdef"));
        assertThat(held.leaked()).isTrue();
    }

    /// Nothing waits for more of a text that is over; what would complete a credential is noticed all the same.
    @Test
    void the_end_of_a_text_lets_go_of_it() {
        says(0, content("it begins with ghp_"));
        assertThat(held.releasable()).isZero();
        says("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}");
        assertThat(held.releasable()).isEqualTo(out.length()).isPositive();
    }

    @Test
    void a_credential_over_two_parts_of_a_text_is_noticed() {
        byte[] bytes = "ghp_0123456789abcdef".getBytes(UTF_8);
        held.on(new AnswerEvent.Delta(AnswerEvent.Kind.TEXT, 0, 0, bytes, 0, 8));
        held.on(new AnswerEvent.PartEnded(0, 0));
        held.on(new AnswerEvent.Delta(AnswerEvent.Kind.TEXT, 0, 1, bytes, 8, bytes.length));
        assertThat(held.leaked()).isTrue();
    }
}
