package ai.openlegion.agent.self;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Work that an alarm ends, and work that it leaves alone.
@Timeout(30)
final class AlarmTest {

    @Test
    void work_that_takes_too_long_is_interrupted_and_the_reason_is_known() {
        var alarm = Alarm.after(Duration.ofMillis(20), "too long");
        assertThatThrownBy(() -> new CountDownLatch(1).await()).isInstanceOf(InterruptedException.class);
        assertThat(alarm.off()).contains("too long");
    }

    @Test
    void an_interrupt_that_came_too_late_is_taken_back_and_none_comes_later() {
        var alarm = Alarm.after(Duration.ofMinutes(1), "too long");
        alarm.ring("enough");
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(alarm.off()).contains("enough");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        alarm.ring("again");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
}
