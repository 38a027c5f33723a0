package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/// Chat completion bodies for the simulated provider.
final class Chat {

    private Chat() {}

    /// One user message with a directive, for `sim/small`.
    static JsonObject with(String directive) {
        return of("sim/small", directive);
    }

    static JsonObject of(String model, String directive) {
        return new JsonObject()
                .put("model", model)
                .put(
                        "messages",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("role", "user")
                                        .put("content", "[[sim " + directive + "]] hello")));
    }
}
