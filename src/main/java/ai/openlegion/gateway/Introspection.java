package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Operation;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.budget.Ledger;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.budget.WindowState;
import ai.openlegion.catalogue.Model;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/// What an agent may learn about itself: its models, its permissions, what is left of its budget. Never a secret.
final class Introspection {

    private Introspection() {}

    /// `GET /mesh/model-health`: how the models answer that the agent may use, as far as it is known, and in any case
    /// its own model and that one's failovers.
    static JsonArray modelHealth(Fleet fleet, AgentId id, ModelHealth health) {
        Agent agent = fleet.agents().get(id);
        String own = agent == null ? "" : agent.model();
        List<Model> standIns = fleet.catalogue().failovers(own);
        var list = new JsonArray();
        fleet.catalogue().models().stream()
                .filter(model -> model.id().equals(own) || standIns.contains(model) || health.isKnown(model))
                .filter(model -> fleet.policy().decide(id, Operation.MODEL, model.id()) instanceof Decision.Allowed)
                .sorted(Comparator.comparing(Model::id))
                .map(health::of)
                .forEach(of -> list.add(new JsonObject()
                        .put("model", of.model())
                        .put("available", of.available())
                        .put("success_count", of.successCount())
                        .put("failure_count", of.failureCount())
                        .put("consecutive_failures", of.consecutiveFailures())
                        .put("cooldown_remaining", of.cooldownRemaining())
                        .put("last_error", of.lastError())));
        return list;
    }

    /// A section of `GET /mesh/introspect` that needs nobody else.
    static JsonObject section(String section, Fleet fleet, Ledger ledger, boolean storeAvailable, AgentId id) {
        return switch (section) {
            case "permissions" -> permissions(fleet, id);
            case "budget" -> {
                BudgetState state = ledger.state(fleet.payer(id));
                yield state == null ? new JsonObject() : budget(state).put("agent", id.value());
            }
            default -> // open: the last of the listener's own sections
                new JsonObject().put("status", storeAvailable ? "ok" : "store_unavailable");
        };
    }

    private static JsonObject permissions(Fleet fleet, AgentId id) {
        Grants grants = fleet.policy().grants(id);
        Agent agent = fleet.agents().get(id);
        return new JsonObject()
                .put("agent", id.value())
                .put("role", agent == null ? "" : agent.role())
                .put("model", agent == null ? "" : agent.model())
                .put("models", agent == null ? List.of() : agent.models())
                .put("can_message", grants.canMessage())
                .put("can_publish", grants.canPublish())
                .put("can_subscribe", grants.canSubscribe())
                .put("blackboard_read", grants.blackboardRead())
                .put("blackboard_write", grants.blackboardWrite())
                .put("allowed_apis", grants.allowedApis())
                .put("allowed_credentials", grants.allowedCredentials())
                .put("can_run_workflows", grants.canRunWorkflows())
                .put("can_spawn", grants.canSpawn())
                .put("can_manage_cron", grants.canManageCron())
                .put("revision", fleet.revision());
    }

    /// The flat members are those that agents of the predecessor print; a limit that there is none of is left out.
    private static JsonObject budget(BudgetState state) {
        JsonObject budget = new JsonObject()
                .put("agent", state.agent().value())
                .put("daily", window(state.daily()))
                .put("monthly", window(state.monthly()))
                .put("frozen", state.frozen())
                .put("allowed", !state.frozen() && isLeft(state.daily()) && isLeft(state.monthly()));
        flat(budget, "daily", state.daily());
        flat(budget, "monthly", state.monthly());
        return budget;
    }

    private static boolean isLeft(WindowState window) {
        return window.limitPico() == Limits.UNLIMITED || window.spentPico() < window.limitPico();
    }

    private static void flat(JsonObject budget, String name, WindowState window) {
        budget.put(name + "_used", usd(window.spentPico()));
        if (window.limitPico() != Limits.UNLIMITED) {
            budget.put(name + "_limit", usd(window.limitPico()));
        }
    }

    /// With as many decimals as matter, never in scientific notation.
    private static BigDecimal usd(long pico) {
        return new BigDecimal(Usd.decimal(pico));
    }

    private static JsonObject window(WindowState window) {
        return new JsonObject()
                .put("limit_usd", window.limitPico() == Limits.UNLIMITED ? null : usd(window.limitPico()))
                .put("spent_usd", usd(window.spentPico()))
                .put("held_usd", usd(window.heldPico()))
                .put("unreconciled_usd", usd(window.unreconciledPico()))
                .put("resets_at", Instant.ofEpochMilli(window.resetsAtMillis()).toString());
    }
}
