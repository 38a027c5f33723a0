package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Resolution;
import ai.openlegion.fleet.Agent;
import ai.openlegion.proxy.CallRequest;
import org.jspecify.annotations.Nullable;

/// Whether an agent may make a call: in its own name, to a service and a model that its entry allows.
final class Permits {

    private Permits() {}

    /// Why the call may not go on; null if it may. Chooses its model.
    static @Nullable Refusal permit(Call call, @Nullable String claimedAgent) {
        CallRequest request = call.chat();
        String id = call.caller.agent().value();
        for (String claimed : new @Nullable String[] {claimedAgent, request.agentId()}) {
            if (claimed != null && !claimed.equals(id)) {
                return Refusal.of(
                        Refusal.Kind.DENIED, "The token belongs to another agent than agent_id says", "agent_id");
            }
        }
        Refusal refusal = isService(call) ? service(call) : model(call);
        if (refusal != null) {
            return refusal;
        }
        return allowed(call, Operation.API, "llm");
    }

    private static boolean isService(Call call) {
        return !(call.door instanceof SdkDoor) && call.door != EmbedDoor.SDK;
    }

    /// The mesh's own doors name a service and an action; `llm` has the actions `chat` and `embed`.
    private static @Nullable Refusal service(Call call) {
        CallRequest request = call.chat();
        if (!request.service().equals("llm")) {
            if (call.door instanceof MeshStreamDoor) {
                return Refusal.of(Refusal.Kind.MALFORMED, "Only the service llm streams", "service");
            }
            Refusal denied = allowed(call, Operation.API, request.service());
            return denied != null
                    ? denied
                    : Refusal.of(Refusal.Kind.UNKNOWN_SERVICE, "Unknown service: " + request.service(), "service");
        }
        if (!request.hasParams()) {
            return Refusal.of(Refusal.Kind.INVALID, "params is required: an object with model and messages", "params");
        }
        if (!request.action().equals(request.embeds() ? "embed" : "chat")) {
            Refusal denied = allowed(call, Operation.API, "llm");
            return denied != null
                    ? denied
                    : Refusal.of(Refusal.Kind.UNKNOWN_SERVICE, "Unknown action: " + request.action(), "action");
        }
        return model(call);
    }

    private static @Nullable Refusal model(Call call) {
        String asked = call.chat().model();
        if (asked.isEmpty()) {
            Agent agent = call.fleet.agents().get(call.caller.agent());
            if (agent == null || call.door instanceof SdkDoor || call.chat().embeds()) {
                return Refusal.of(Refusal.Kind.MALFORMED, "model is required", "model");
            }
            asked = agent.model();
        }
        return switch (call.fleet.catalogue().resolve(asked)) {
            case Resolution.Unknown _ ->
                Refusal.of(
                        Refusal.Kind.UNKNOWN_MODEL,
                        "The model " + asked + " does not exist here; GET /v1/models lists yours",
                        "model");
            case Resolution.Unpriced unpriced -> {
                Refusal denied = allowed(call, Operation.MODEL, unpriced.id());
                yield denied != null
                        ? denied
                        : Refusal.of(
                                Refusal.Kind.UNKNOWN_PRICE,
                                "The model " + unpriced.id() + " has no price; add to config/mesh.yaml under models:  "
                                        + unpriced.id() + ": {input_usd_per_mtok: …, output_usd_per_mtok: …}",
                                "model");
            }
            case Resolution.Known known -> {
                call.model = known.model();
                Refusal denied = allowed(call, Operation.MODEL, known.model().id());
                yield denied != null ? denied : otherKind(call, known.model());
            }
        };
    }

    /// A model is asked only for what it is for.
    private static @Nullable Refusal otherKind(Call call, Model model) {
        boolean embeds = call.chat().embeds();
        if (embeds == (model.kind() == Model.Kind.EMBEDDING)) {
            return null;
        }
        return Refusal.of(
                Refusal.Kind.UNSUPPORTED,
                embeds
                        ? "The model " + model.id() + " makes no embeddings; ask it at /v1/chat/completions"
                        : "The model " + model.id() + " makes embeddings only; ask it at /v1/embeddings",
                "model");
    }

    private static @Nullable Refusal allowed(Call call, Operation operation, String resource) {
        Decision decision = call.fleet.policy().decide(call.caller.agent(), operation, resource);
        call.decision = decision;
        return switch (decision) {
            case Decision.Allowed _ -> null;
            case Decision.Denied denied -> Refusal.of(Refusal.Kind.DENIED, denied.message());
        };
    }
}
