package ai.openlegion.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.loop.LoopDetector.Verdict;
import org.junit.jupiter.api.Test;

/// When a run counts as going round in circles, call by call.
final class LoopDetectorTest {

    private final LoopDetector detector = new LoopDetector();

    @Test
    void the_second_the_fourth_and_the_ninth_same_call_matter() {
        boolean[] warned = new boolean[9];
        Verdict[] verdicts = new Verdict[9];
        for (int i = 0; i < 9; i++) {
            verdicts[i] = detector.judge("look", "{}");
            warned[i] = detector.repeats("look", "{}", verdicts[i] == Verdict.RUN ? "same" : "");
        }
        assertThat(verdicts)
                .containsExactly(
                        Verdict.RUN,
                        Verdict.RUN,
                        Verdict.RUN,
                        Verdict.BLOCK,
                        Verdict.BLOCK,
                        Verdict.BLOCK,
                        Verdict.BLOCK,
                        Verdict.BLOCK,
                        Verdict.END);
        assertThat(warned).startsWith(false, true, true);
    }

    @Test
    void another_result_neither_warns_nor_blocks_but_counts_towards_the_end() {
        for (int i = 0; i < 8; i++) {
            assertThat(detector.judge("look", "{}")).isEqualTo(Verdict.RUN);
            assertThat(detector.repeats("look", "{}", "result " + i)).isFalse();
        }
        assertThat(detector.judge("look", "{}")).isEqualTo(Verdict.END);
        assertThat(detector.judge("look", "{\"about\":1}")).isEqualTo(Verdict.RUN);
        assertThat(detector.judge("read", "{}")).isEqualTo(Verdict.RUN);
    }

    @Test
    void only_the_last_fifteen_calls_count() {
        assertThat(detector.repeats("look", "{}", "same")).isFalse();
        for (int i = 0; i < 13; i++) {
            assertThat(detector.judge("read", "" + i)).isEqualTo(Verdict.RUN);
            assertThat(detector.repeats("read", "" + i, "")).isFalse();
        }
        assertThat(detector.judge("look", "{}")).isEqualTo(Verdict.RUN);
        assertThat(detector.repeats("look", "{}", "same"))
                .as("the 15th, and the 1st")
                .isTrue();
        for (int i = 13; i < 27; i++) {
            assertThat(detector.judge("read", "" + i)).isEqualTo(Verdict.RUN);
            assertThat(detector.repeats("read", "" + i, "")).isFalse();
        }
        assertThat(detector.judge("look", "{}")).isEqualTo(Verdict.RUN);
        assertThat(detector.repeats("look", "{}", "same"))
                .as("the 16th after it")
                .isFalse();
    }
}
