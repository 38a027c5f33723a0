package ai.openlegion.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BurstJoinerTest {

    private final EmbeddedChannel channel = new EmbeddedChannel(new BurstJoiner());

    @Test
    void the_chunks_of_one_read_leave_as_one_between_the_head_and_the_end() {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        LastHttpContent end = new DefaultLastHttpContent();

        assertThat(channel.writeInbound(head, piece("one "), piece("two "), piece("three"), end))
                .isTrue();

        assertThat(read()).containsExactly(head, "one two three", end);
    }

    @Test
    void a_chunk_that_comes_alone_passes_untouched_when_its_read_is_over() {
        HttpContent alone = piece("alone");

        assertThat(channel.writeInbound(alone)).isTrue();

        assertThat(channel.<HttpContent>readInbound()).isSameAs(alone);
    }

    @Test
    void each_read_leaves_on_its_own() {
        assertThat(channel.writeInbound(piece("a"), piece("b"))).isTrue();
        assertThat(channel.writeInbound(piece("c"), piece("d"))).isTrue();

        assertThat(read()).containsExactly("ab", "cd");
    }

    @Test
    void a_burst_is_passed_on_before_it_grows_without_bound() {
        String kilobyte = "x".repeat(1024);
        HttpContent[] pieces = new HttpContent[100];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = piece(kilobyte);
        }

        assertThat(channel.writeInbound((Object[]) pieces)).isTrue();

        assertThat(read()).containsExactly(kilobyte.repeat(64), kilobyte.repeat(36));
    }

    @Test
    void what_was_gathered_comes_before_the_end_of_the_connection() {
        var _ = channel.pipeline().fireChannelRead(piece("last ")).fireChannelRead(piece("words"));

        assertThat(channel.finish()).isTrue();

        assertThat(read()).containsExactly("last words");
    }

    private static HttpContent piece(String text) {
        return new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    private List<Object> read() {
        List<Object> messages = new ArrayList<>();
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            messages.add(
                    message instanceof HttpContent content && !(message instanceof LastHttpContent)
                            ? content.content().toString(StandardCharsets.UTF_8)
                            : message);
        }
        return messages;
    }
}
