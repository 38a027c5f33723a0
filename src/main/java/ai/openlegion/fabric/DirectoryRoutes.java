package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.Messaging.Registrations;
import ai.openlegion.routes.Permission;
import ai.openlegion.schedule.Schedule;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/mesh/register`, `/mesh/agents` and `/mesh/introspect`: who is there, and what am I.
final class DirectoryRoutes {

    private static final int CAPABILITIES = 50;
    private static final int CAPABILITY_CHARS = 64;
    private static final List<String> SECTIONS = List.of("permissions", "budget", "fleet", "cron", "health");
    private static final Json UNKNOWN = JsonGenerator::writeNull;

    private final SelfKnowledge self;

    private DirectoryRoutes(SelfKnowledge self) {
        this.self = self;
    }

    static void add(Router router, Crossings crossings, SelfKnowledge self) {
        var routes = new DirectoryRoutes(self);
        crossings.json(
                router,
                HttpMethod.POST,
                "/mesh/register",
                Permission.AGENT,
                Crossing.REGISTER,
                DirectoryRoutes::register);
        crossings.plain(
                router, HttpMethod.GET, "/mesh/agents", Permission.AGENT, Crossing.DISCOVER, DirectoryRoutes::agents);
        crossings.plain(
                router, HttpMethod.GET, "/mesh/introspect", Permission.AGENT, Crossing.DISCOVER, routes::introspect);
    }

    private static void register(Visit visit, Input input) {
        List<String> capabilities = input.names("capabilities", CAPABILITIES, CAPABILITY_CHARS);
        int port = (int) input.integer("port", 0, 1024, 65_535);
        if (!isSound(visit, input) || !visit.records("register", visit.agent().value(), "")) {
            return;
        }
        List<String> topics = visit.fleet().policy().grants(visit.agent()).canSubscribe().stream()
                .filter(topic -> !topic.equals("*"))
                .toList();
        var register = new Messaging.Register(visit.agent(), capabilities, port, topics);
        visit.ask(Messaging.REGISTER, register, outcome -> {
            switch (outcome) {
                case Messaging.Recorded recorded -> {
                    if (visit.stands()) {
                        visit.bus().publish(Messaging.CAME, new Messaging.Came(visit.agent()));
                    }
                    visit.ok(json -> {
                        json.writeStartObject();
                        json.writeBooleanField("registered", true);
                        json.writeEndObject();
                    });
                }
                case Messaging.Unavailable unavailable -> visit.unavailable();
            }
        });
    }

    private static void agents(Visit visit, Input input) {
        visit.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory(), directory -> {
            switch (directory) {
                case Registrations registered -> visit.ok(fleet(visit, registered));
                case Messaging.Unavailable unavailable -> visit.unavailable();
            }
        });
    }

    /// Those the caller may message, by their ids.
    private static Json fleet(Visit visit, Registrations registered) {
        return json -> {
            json.writeStartObject();
            for (Agent agent : reachable(visit)) {
                json.writeObjectFieldStart(agent.id().value());
                describe(json, agent, registered);
                json.writeEndObject();
            }
            json.writeEndObject();
        };
    }

    /// The same as the list that agents of the predecessor expect in what they learn about themselves.
    private static Json fleetList(Visit visit, Registrations registered) {
        return json -> {
            json.writeStartArray();
            for (Agent agent : reachable(visit)) {
                json.writeStartObject();
                json.writeStringField("id", agent.id().value());
                describe(json, agent, registered);
                json.writeEndObject();
            }
            json.writeEndArray();
        };
    }

    private static List<Agent> reachable(Visit visit) {
        Fleet fleet = visit.fleet();
        return fleet.agents().values().stream()
                .filter(agent -> fleet.policy()
                                .decide(
                                        visit.agent(),
                                        Operation.MESSAGE,
                                        agent.id().value())
                        instanceof Decision.Allowed)
                .toList();
    }

    private static void describe(JsonGenerator json, Agent agent, Registrations registered) throws IOException {
        json.writeStringField("role", agent.role());
        json.writeStringField("state", registered.agents().containsKey(agent.id()) ? "ready" : "absent");
    }

    private void introspect(Visit visit, Input input) {
        String asked = visit.request().getParam("section", "all");
        if (!asked.equals("all") && !SECTIONS.contains(asked)) {
            visit.refuse(400, "section is one of " + String.join(", ", SECTIONS) + ", all");
            return;
        }
        Map<String, Future<Json>> sections = new LinkedHashMap<>();
        for (String section : SECTIONS) {
            if (asked.equals("all") || asked.equals(section)) {
                sections.put(section, section(visit, section));
            }
        }
        Future.join(List.copyOf(sections.values())).onComplete(_ -> answer(visit, asked, sections));
    }

    /// A part of the mesh that does not answer leaves its section null, so that the others can still be seen.
    private static void answer(Visit visit, String asked, Map<String, Future<Json>> sections) {
        Future<Json> only = sections.get(asked);
        if (only != null && only.failed()) {
            visit.unavailable();
            return;
        }
        visit.ok(json -> {
            json.writeStartObject();
            for (Map.Entry<String, Future<Json>> each : sections.entrySet()) {
                json.writeFieldName(each.getKey());
                Future<Json> section = each.getValue();
                (section.succeeded() ? section.result() : UNKNOWN).write(json);
            }
            json.writeEndObject();
        });
    }

    private Future<Json> section(Visit visit, String section) {
        return switch (section) {
            case "fleet" ->
                asked(visit, Messaging.DIRECTORY, new Messaging.ReadDirectory())
                        .compose(directory -> directory instanceof Registrations registered
                                ? Future.succeededFuture(fleetList(visit, registered))
                                : Future.failedFuture("unavailable"));
            case "cron" ->
                asked(visit, Schedule.LIST, new Schedule.ListJobs(visit.agent()))
                        .compose(listed -> listed instanceof Schedule.Jobs jobs
                                ? Future.succeededFuture(json -> CronRoutes.jobs(json, jobs.jobs()))
                                : Future.failedFuture("unavailable"));
            default -> // open: what the listener itself knows
                Future.succeededFuture(json -> json.writeRawValue(self.section(section, visit.fleet(), visit.agent())));
        };
    }

    private static <Q extends Wire, R extends Wire> Future<R> asked(Visit visit, Endpoint<Q, R> endpoint, Q question) {
        return visit.bus().ask(endpoint, question);
    }
}
