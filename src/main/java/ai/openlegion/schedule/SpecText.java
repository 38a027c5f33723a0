package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Probe;
import ai.openlegion.schedule.Schedule.Spec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The stored form of a specification: a JSON object.
final class SpecText {

    private static final String PATTERN = "blackboard";
    private static final String URL = "url";

    private SpecText() {}

    static String of(Spec spec) {
        JsonArray probes = new JsonArray();
        for (Probe probe : spec.probes()) {
            probes.add(
                    switch (probe) {
                        case Schedule.PendingInbox _ -> new JsonObject();
                        case Schedule.BlackboardMatch(String pattern) -> new JsonObject().put(PATTERN, pattern);
                        case Schedule.HttpStatus(String url, int expected) ->
                            new JsonObject().put(URL, url).put("expected", expected);
                    });
        }
        JsonObject json = new JsonObject()
                .put("schedule", spec.schedule())
                .put("zone", spec.zone())
                .put("misfire", spec.misfire().name())
                .put("message", spec.message())
                .put("input", spec.input())
                .put("heartbeat", spec.heartbeat())
                .put("probes", probes)
                .put("enabled", spec.enabled());
        AgentId agent = spec.agent();
        if (agent != null) {
            json.put("agent", agent.value());
        }
        if (spec.workflow() != null) {
            json.put("workflow", spec.workflow());
        }
        return json.encode();
    }

    /// What [#of] made; nothing when it is anything else: somebody else wrote there.
    static Optional<Spec> parse(String text) {
        try {
            JsonObject json = new JsonObject(text);
            String agent = json.getString("agent");
            List<Probe> probes = new ArrayList<>();
            JsonArray stored = json.getJsonArray("probes");
            for (int i = 0; i < stored.size(); i++) {
                probes.add(probe(stored.getJsonObject(i)));
            }
            return Optional.of(new Spec(
                    json.getString("schedule"),
                    json.getString("zone"),
                    Misfire.valueOf(json.getString("misfire")),
                    agent == null ? null : new AgentId(agent),
                    json.getString("workflow"),
                    json.getString("message"),
                    json.getString("input"),
                    json.getBoolean("heartbeat"),
                    probes,
                    json.getBoolean("enabled")));
        } catch (RuntimeException notOurs) {
            return Optional.empty();
        }
    }

    private static Probe probe(JsonObject json) {
        if (json.containsKey(PATTERN)) {
            return new Schedule.BlackboardMatch(json.getString(PATTERN));
        }
        return json.containsKey(URL)
                ? new Schedule.HttpStatus(json.getString(URL), json.getInteger("expected"))
                : new Schedule.PendingInbox();
    }
}
