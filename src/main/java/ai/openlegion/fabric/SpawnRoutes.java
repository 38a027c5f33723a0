package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Operation;
import ai.openlegion.catalogue.Resolution;
import ai.openlegion.json.JsonMembers;
import ai.openlegion.routes.Permission;
import ai.openlegion.supervisor.Supervisor;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/// `/mesh/spawn`: an agent for a while, with no more than what its parent may.
final class SpawnRoutes {

    private static final int ROLE_CHARS = 200;
    private static final int MODEL_CHARS = 256;
    private static final int INSTRUCTION_CHARS = 32_768;
    private static final long USUAL_TTL_SECONDS = 3_600;
    private static final long LONGEST_TTL_SECONDS = 86_400;

    private SpawnRoutes() {}

    static void add(Router router, Crossings crossings) {
        crossings.json(
                router,
                HttpMethod.POST,
                "/mesh/spawn",
                Permission.of(Operation.SPAWN),
                Crossing.SPAWN,
                SpawnRoutes::spawn);
    }

    private static void spawn(Visit visit, Input input) {
        String role = input.name("role", ROLE_CHARS);
        String asked = input.optionalName("model", MODEL_CHARS);
        long ttl = input.integer("ttl", USUAL_TTL_SECONDS, Long.MIN_VALUE, Long.MAX_VALUE);
        if (ttl < 1 || ttl > LONGEST_TTL_SECONDS) {
            input.flawed(422, "ttl is from 1 to " + LONGEST_TTL_SECONDS + " seconds");
        }
        String instructions = input.text("instructions", "", INSTRUCTION_CHARS);
        if (instructions.indexOf('\0') >= 0) {
            input.flawed(400, "instructions holds a NUL character");
        }
        String model = asked == null ? null : known(visit, input, asked);
        if (!isSound(visit, input)
                || (model != null && !visit.mayLook(Operation.MODEL, model, "spawn"))
                || !visit.may(Operation.SPAWN, role, "spawn")) {
            return;
        }
        var wish = new Supervisor.Spawn(visit.agent(), role, model, ttl, instructions);
        visit.ask(Supervisor.SPAWN, wish, outcome -> {
            switch (outcome) {
                case Supervisor.Born born ->
                    visit.ok(json -> {
                        json.writeStartObject();
                        json.writeStringField("agent_id", born.agent().value());
                        json.writeStringField("role", role);
                        json.writeStringField("state", born.state());
                        JsonMembers.time(json, "expires_at", born.endsAtMillis());
                        json.writeEndObject();
                    });
                case Supervisor.Refused(int status, String why) -> {
                    visit.undone("spawn", role, why);
                    visit.refuse(status, why);
                }
            }
        });
    }

    private static @Nullable String known(Visit visit, Input input, String asked) {
        if (visit.fleet().catalogue().resolve(asked) instanceof Resolution.Known known) {
            return known.model().id();
        }
        input.flawed(422, "The model " + asked + " does not exist here; GET /v1/models lists yours");
        return null;
    }
}
