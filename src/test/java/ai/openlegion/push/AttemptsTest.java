package ai.openlegion.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AttemptsTest {

    private static final PushSettings SETTINGS = PushSettings.DEFAULTS;

    @Test
    void an_endpoint_that_nobody_reaches_is_tried_for_ever_with_waits_that_double_up_to_a_minute() {
        assertThat(waits(new Outcome.Unreached("ConnectException"), 9))
                .containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L, 60_000L);
    }

    @Test
    void an_item_that_its_endpoint_fails_five_times_is_left_behind() {
        assertThat(waits(new Outcome.Failed("status 500"), 9)).containsExactly(1_000L, 2_000L, 4_000L, 8_000L);
    }

    @Test
    void attempts_that_reached_nobody_do_not_count_against_the_item() {
        Attempts attempts = new Attempts(4, 0);
        assertThat(attempts.after(new Outcome.Unreached("UnknownHostException"), SETTINGS))
                .isEqualTo(new Attempts.Again(new Attempts(4, 1), 1_000));
        assertThat(attempts.after(new Outcome.Failed("status 503"), SETTINGS))
                .isEqualTo(new Attempts.LeaveBehind("status 503"));
    }

    @Test
    void a_busy_agent_is_asked_for_as_long_as_it_is_busy_and_soon_again() {
        assertThat(waits(new Outcome.Busy(), 6)).containsExactly(1_000L, 2_000L, 4_000L, 4_000L, 4_000L, 4_000L);
    }

    @Test
    void a_wait_after_very_many_attempts_is_still_the_longest_one() {
        assertThat(SETTINGS.backOffMillis(Integer.MAX_VALUE)).isEqualTo(60_000);
    }

    private static List<Long> waits(Outcome always, int most) {
        List<Long> waits = new ArrayList<>();
        Attempts attempts = Attempts.NONE;
        while (waits.size() < most
                && attempts.after(always, SETTINGS) instanceof Attempts.Again(Attempts more, long afterMillis)) {
            waits.add(afterMillis);
            attempts = more;
        }
        return waits;
    }
}
