package ai.openlegion.simulator;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/// One generated token: the unit in which the simulated provider counts.
sealed interface Delta {

    /// The `delta` object of a streamed chunk.
    JsonObject toJson();

    /// A piece of the answer's text.
    record Text(String text) implements Delta {
        @Override
        public JsonObject toJson() {
            return new JsonObject().put("content", text);
        }
    }

    /// A piece of visible reasoning.
    record Reasoning(String text) implements Delta {
        @Override
        public JsonObject toJson() {
            return new JsonObject().put("reasoning_content", text);
        }
    }

    /// The head of a tool call: its id and the function's name.
    record ToolStart(int call, String id, String name) implements Delta {
        @Override
        public JsonObject toJson() {
            return toolCall(new JsonObject()
                    .put("index", call)
                    .put("id", id)
                    .put("type", "function")
                    .put("function", new JsonObject().put("name", name).put("arguments", "")));
        }
    }

    /// A piece of a tool call's arguments.
    record ToolArguments(int call, String piece) implements Delta {
        @Override
        public JsonObject toJson() {
            return toolCall(
                    new JsonObject().put("index", call).put("function", new JsonObject().put("arguments", piece)));
        }
    }

    private static JsonObject toolCall(JsonObject call) {
        return new JsonObject().put("tool_calls", new JsonArray().add(call));
    }
}
