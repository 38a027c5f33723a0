package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.JsonMembers;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/// A scheduled job as its owner and the operator read it.
public final class JobJson {

    private JobJson() {}

    /// The member `agent` is whom the job is for: the one it names, else its owner; null for a workflow of the
    /// operator.
    public static void write(JsonGenerator json, Schedule.Job job) throws IOException {
        Schedule.Spec spec = job.spec();
        AgentId owner = job.owner();
        AgentId agent = spec.agent() == null ? owner : spec.agent();
        json.writeStartObject();
        json.writeStringField("id", job.id());
        json.writeStringField("owner", owner == null ? "operator" : owner.value());
        json.writeBooleanField("from_file", job.fromFile());
        json.writeStringField("schedule", spec.schedule());
        json.writeStringField("zone", spec.zone());
        json.writeStringField("misfire", spec.misfire().name().toLowerCase(Locale.ROOT));
        json.writeStringField("agent", agent == null ? null : agent.value());
        json.writeStringField("workflow", spec.workflow());
        json.writeStringField("message", spec.message());
        JsonMembers.raw(json, "input", spec.input().isEmpty() ? "{}" : spec.input());
        json.writeBooleanField("heartbeat", spec.heartbeat());
        probes(json, spec.probes());
        json.writeBooleanField("enabled", spec.enabled());
        JsonMembers.time(json, "next_run", job.nextRunMillis());
        JsonMembers.time(json, "last_run", job.lastRunMillis());
        json.writeNumberField("run_count", job.runs());
        json.writeNumberField("error_count", job.errors());
        json.writeStringField("last_error", job.lastError());
        json.writeEndObject();
    }

    private static void probes(JsonGenerator json, List<Schedule.Probe> probes) throws IOException {
        json.writeArrayFieldStart("probes");
        for (Schedule.Probe probe : probes) {
            json.writeString(
                    switch (probe) {
                        case Schedule.PendingInbox() -> "inbox";
                        case Schedule.BlackboardMatch(String pattern) -> "blackboard " + pattern;
                        case Schedule.HttpStatus(String url, int expected) ->
                            "http " + url + (expected == 0 ? "" : " " + expected);
                    });
        }
        json.writeEndArray();
    }
}
