package ai.openlegion.control;

import ai.openlegion.acl.Acl;
import ai.openlegion.acl.Operation;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Resolution;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the operator asks and orders about the mesh as a whole: status, explain, reload, stop.
final class MeshRoutes {

    private final Bus bus;
    private final FleetRegistry fleet;
    private final OperatorLog log;
    private final Progress progress;

    MeshRoutes(Bus bus, FleetRegistry fleet, OperatorLog log, Progress progress) {
        this.progress = progress;
        this.bus = bus;
        this.fleet = fleet;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get("/control/status", context -> status());
        routes.get("/control/explain", this::explain);
        routes.post("/control/reload", this::reload);
        routes.post("/control/stop", this::stop);
    }

    private Future<Answer> status() {
        return bus.ask(Control.STATUS, new Control.Status())
                .compose(host -> Roster.read(bus).map(roster -> Answer.ok(json -> writeStatus(json, host, roster))));
    }

    private void writeStatus(JsonGenerator json, Control.HostStatus host, Roster roster) throws IOException {
        Fleet now = fleet.current();
        json.writeStartObject();
        json.writeStringField("version", host.version());
        json.writeNumberField("pid", host.pid());
        json.writeStringField(
                "started_at", Instant.ofEpochMilli(host.startedAtMillis()).toString());
        json.writeStringField("scheme", host.scheme());
        json.writeNumberField("port", host.port());
        json.writeNumberField("control_port", host.controlPort());
        json.writeNumberField("policy_revision", now.revision());
        json.writeStringField("runtime", host.runtime());
        json.writeObjectFieldStart("store");
        json.writeBooleanField("available", host.storeAvailable());
        json.writeEndObject();
        json.writeFieldName("agents");
        roster.write(json, now);
        json.writeFieldName("fleet");
        Accounts.fleet(json, roster.accounts().fleet());
        json.writeNumberField("streams_open", host.streamsOpen());
        strings(json, "remarks", roster.remarks());
        strings(json, "progress", progress.lines());
        strings(json, "warnings", host.warnings());
        json.writeEndObject();
    }

    private Future<Answer> explain(RoutingContext context) {
        String name = context.request().getParam("agent", "");
        String verb = context.request().getParam("operation", "");
        String resource = context.request().getParam("resource", "");
        Optional<Operation> operation = Operation.parse(verb);
        if (name.isEmpty() || operation.isEmpty()) {
            String known = Stream.of(Operation.values())
                    .map(each -> each.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "));
            return Future.succeededFuture(
                    Answer.refused(400, "agent, operation and resource must be given; operations: " + known));
        }
        Fleet now = fleet.current();
        Optional<AgentId> agent = AgentId.parse(name).filter(now.agents()::containsKey);
        if (agent.isEmpty()) {
            return Future.succeededFuture(AgentRoutes.unknown(name));
        }
        boolean model = operation.get() == Operation.MODEL;
        String asked = model && now.catalogue().resolve(resource) instanceof Resolution.Known(var known)
                ? known.id()
                : resource;
        return bus.ask(Acl.EXPLAIN, new Acl.Explain(agent.get(), operation.get(), asked))
                .map(explained -> Answer.ok(json -> {
                    json.writeStartObject();
                    json.writeBooleanField("allowed", explained.allowed());
                    json.writeStringField("rule", explained.rule());
                    json.writeNumberField("revision", explained.revision());
                    json.writeStringField("message", explained.message());
                    json.writeEndObject();
                }));
    }

    private Future<Answer> reload(RoutingContext context) {
        return log.accountable(() -> bus.ask(Control.RELOAD, new Control.Reload())
                .map(reloaded -> {
                    boolean done = reloaded.problems().isEmpty();
                    log.record(
                            context, "control.reload", "configuration", done ? "done" : "refused", reloaded.revision());
                    return Answer.of(done ? 200 : 422, json -> writeReloaded(json, reloaded));
                }));
    }

    private static void writeReloaded(JsonGenerator json, Control.Reloaded reloaded) throws IOException {
        json.writeStartObject();
        if (!reloaded.problems().isEmpty()) {
            json.writeStringField("detail", "the configuration is not valid; the running one stays");
            json.writeArrayFieldStart("problems");
            for (Control.Problem problem : reloaded.problems()) {
                json.writeStartObject();
                json.writeStringField("file", problem.file());
                json.writeNumberField("line", problem.line());
                json.writeStringField("key", problem.key());
                json.writeStringField("message", problem.message());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeNumberField("revision", reloaded.revision());
        strings(json, "warnings", reloaded.warnings());
        json.writeEndObject();
    }

    /// Stopping is never refused: an audit that cannot take the entry is one more reason to stop.
    private Future<Answer> stop(RoutingContext context) {
        log.record(context, "control.stop", "mesh", "done");
        return bus.ask(Control.STOP, new Control.Stop())
                .map(stopping -> Answer.of(202, json -> {
                    json.writeStartObject();
                    json.writeStringField("status", "stopping");
                    json.writeEndObject();
                }));
    }

    static void strings(JsonGenerator json, String name, List<String> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }
}
