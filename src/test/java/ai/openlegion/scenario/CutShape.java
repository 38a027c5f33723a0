package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;

/// What a cut chat stream ends with: a finish, an error that names the reason, and the terminal frame.
final class CutShape {

    private CutShape() {}

    static void assertCut(List<String> events, String reason) {
        assertThat(events).hasSizeGreaterThan(3);
        int end = events.size();
        JsonObject finish = new JsonObject(events.get(end - 3));
        JsonObject error = new JsonObject(events.get(end - 2)).getJsonObject("error");
        assertThat(finish.getJsonArray("choices").getJsonObject(0).getString("finish_reason"))
                .isEqualTo("length");
        assertThat(finish.getJsonArray("choices").getJsonObject(0).getJsonObject("delta"))
                .isEmpty();
        assertThat(error).as("%s", events.get(end - 2)).isNotNull();
        assertThat(error.getString("type")).isEqualTo(reason);
        assertThat(events.getLast()).isEqualTo("[DONE]");
    }
}
