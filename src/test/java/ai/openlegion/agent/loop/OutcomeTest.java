package ai.openlegion.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.json.Json;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the model's last text says.
final class OutcomeTest {

    @Test
    void json_counts_with_a_fence_around_it_and_without() {
        assertThat(Outcome.of("{\"result\":1}").result()).contains(1L);
        assertThat(Outcome.of("```json\n{\"result\":1}\n```").result()).contains(1L);
        assertThat(Outcome.of(" ```\n\n{\"result\":1}\n\n``` \n").result()).contains(1L);
        for (String prose : new String[] {"```", "```json", "``````", "```\n```", "```java\n{\"result\":1}\n```"}) {
            assertThat(Outcome.of(prose).result()).isEqualTo(Optional.of(Map.of("raw", prose)));
        }
    }

    @Test
    void a_result_of_null_is_one_and_keeps_what_it_promotes() {
        Outcome outcome = Outcome.of("{\"result\":null,\"promote\":{\"a\":{}}}");
        assertThat(outcome.result()).contains(Json.NULL);
        assertThat(outcome.promote()).containsKey("a");
    }

    @Test
    @Timeout(10)
    void no_text_takes_long_to_read() {
        String text = "```\n" + "\n \n".repeat(1_000_000);
        assertThat(Outcome.of(text).result()).contains(Map.of("raw", text));
        assertThat(Outcome.of(text + "x\n```").status()).isEqualTo("complete");
    }
}
