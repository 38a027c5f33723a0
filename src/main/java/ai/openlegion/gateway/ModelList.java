package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.catalogue.Model;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/// `GET /v1/models`: what an agent may use, by concrete id, in one document that every client finds its own in.
final class ModelList {

    /// What Codex tells a model whose instructions it does not know itself.
    private static final String INSTRUCTIONS = instructions();

    private ModelList() {}

    /// The list. `data` has what the SDKs of OpenAI and Anthropic read, and Claude Code when it looks for models;
    /// `models`
    /// is the same, or in Codex's own shape where Codex asks.
    ///
    /// @param forCodex whether the request comes from Codex, which sends its `client_version`
    static JsonObject of(Fleet fleet, AgentId agent, boolean forCodex) {
        List<Model> models = fleet.catalogue().models().stream()
                .sorted(Comparator.comparing(Model::id))
                .filter(model -> fleet.policy().decide(agent, Operation.MODEL, model.id()) instanceof Decision.Allowed)
                .toList();
        var data = new JsonArray();
        models.forEach(model -> data.add(entry(model)));
        return new JsonObject()
                .put("object", "list")
                .put("data", data)
                .put("has_more", false)
                .put("first_id", models.isEmpty() ? null : models.getFirst().id())
                .put("last_id", models.isEmpty() ? null : models.getLast().id())
                .put("models", forCodex ? codex(models) : data);
    }

    private static JsonObject entry(Model model) {
        return new JsonObject()
                .put("id", model.id())
                .put("object", "model")
                .put("type", "model")
                .put("created", 0)
                .put("created_at", "1970-01-01T00:00:00Z")
                .put("owned_by", model.provider().name())
                .put("display_name", model.id());
    }

    /// Codex reads nothing of the list if one entry lacks what it demands (`ModelInfo` in its protocol crate). It finds
    /// OpenAI's models behind their provider's name in the list that it brings along, with better instructions than
    /// ours, so they are left out.
    private static JsonArray codex(List<Model> models) {
        var list = new JsonArray();
        for (Model model : models) {
            if (model.kind() == Model.Kind.CHAT && !model.provider().name().equals("openai")) {
                list.add(codex(model, list.size()));
            }
        }
        return list;
    }

    private static JsonObject codex(Model model, int place) {
        var entry = new JsonObject()
                .put("slug", model.id())
                .put("display_name", model.id())
                .put("description", "Served by " + model.provider().name())
                .put("supported_reasoning_levels", new JsonArray())
                .put("shell_type", "shell_command")
                .put("visibility", "list")
                .put("supported_in_api", true)
                .put("priority", place)
                .putNull("availability_nux")
                .putNull("upgrade")
                .put("base_instructions", INSTRUCTIONS)
                .put("supports_reasoning_summaries", false)
                .put("support_verbosity", false)
                .putNull("default_verbosity")
                .putNull("apply_patch_tool_type")
                .put("truncation_policy", new JsonObject().put("mode", "bytes").put("limit", 10_000))
                .put("supports_parallel_tool_calls", true)
                .put("experimental_supported_tools", new JsonArray());
        return model.contextTokens() == 0 ? entry : entry.put("context_window", model.contextTokens());
    }

    private static String instructions() {
        try (InputStream text = ModelList.class.getResourceAsStream("codex-instructions.txt")) {
            if (text == null) {
                throw new IllegalStateException("codex-instructions.txt is not part of this build");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("codex-instructions.txt cannot be read", unreadable);
        }
    }
}
