package ai.openlegion.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A stream whose reader is there and does not read.
@Timeout(30)
final class EventStreamTest {

    @Test
    void a_reader_who_stops_reading_ends_the_stream_and_the_thread_goes_on() throws Exception {
        try (var reader = new PipedInputStream(64);
                var out = new PipedOutputStream(reader)) {
            var stream = new EventStream(out, Duration.ofMillis(50));
            assertThatThrownBy(() -> stream.send("text_delta", Map.of("content", "x".repeat(1_000))))
                    .isInstanceOf(UncheckedIOException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }
}
