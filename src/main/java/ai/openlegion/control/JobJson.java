package ai.openlegion.control;

import ai.openlegion.schedule.Schedule;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// The JSON of a scheduled job.
final class JobJson {

    private JobJson() {}

    static void write(JsonGenerator json, Schedule.Job job) throws IOException {
        Schedule.Spec spec = job.spec();
        json.writeStartObject();
        json.writeStringField("id", job.id());
        json.writeStringField(
                "owner", job.owner() == null ? "operator" : job.owner().value());
        json.writeBooleanField("from_file", job.fromFile());
        json.writeStringField("schedule", spec.schedule());
        json.writeStringField("zone", spec.zone());
        json.writeStringField("misfire", spec.misfire().name().toLowerCase(Locale.ROOT));
        json.writeStringField(
                "agent", spec.agent() == null ? null : spec.agent().value());
        json.writeStringField("workflow", spec.workflow());
        json.writeStringField("message", spec.message());
        json.writeFieldName("input");
        json.writeRawValue(spec.input().isEmpty() ? "{}" : spec.input());
        json.writeBooleanField("heartbeat", spec.heartbeat());
        probes(json, spec.probes());
        json.writeBooleanField("enabled", spec.enabled());
        time(json, "next_run", job.nextRunMillis());
        time(json, "last_run", job.lastRunMillis());
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

    private static void time(JsonGenerator json, String name, long millis) throws IOException {
        json.writeStringField(
                name, millis == 0 ? null : Instant.ofEpochMilli(millis).toString());
    }
}
