package ai.openlegion.control;

import ai.openlegion.json.JsonMembers;
import ai.openlegion.workflow.Workflows;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The JSON of runs; amounts are exact, plain decimal numbers of USD.
///
/// What steps gave, and what waits for approval, is left out of a run where it is large: in its place stands
/// `{"omitted": "too large", "bytes": n}`, of a request with its digest. Asked for by itself a step is whole.
final class RunJson {

    /// What one step may take of a run's JSON, in bytes; as much as one result may have.
    static final int STEP_BYTES = 256 * 1024;

    /// What the steps of a run may take of its JSON together, in bytes.
    static final int STEPS_BYTES = 1 << 20;

    private static final String DIGEST = ",\"digest\":\"";

    private RunJson() {}

    /// A run with its steps.
    static void write(JsonGenerator json, Workflows.RunView run) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", run.id());
        json.writeStringField("workflow", run.workflow());
        json.writeStringField("status", run.status());
        JsonMembers.optional(json, "error", run.error());
        json.writeStringField("started_by", run.startedBy());
        JsonMembers.time(json, "started_at", run.startedAtMillis());
        JsonMembers.time(json, "finished_at", run.finishedAtMillis());
        json.writeNumberField("tokens", run.tokens());
        Accounts.usd(json, "cost_usd", run.spentPico());
        Accounts.usd(json, "unreconciled_usd", run.unreconciledPico());
        Long most = run.maxPico();
        if (most != null) {
            Accounts.usd(json, "budget_usd", most);
        }
        JsonMembers.optional(json, "rerun_of", run.rerunOf());
        JsonMembers.raw(json, "input", run.input());
        json.writeArrayFieldStart("steps");
        long left = STEPS_BYTES;
        for (Workflows.StepView step : run.steps()) {
            String result = within(step.result(), Math.min(STEP_BYTES, left));
            left -= result == null ? 0 : bytes(result);
            String request = requestWithin(step.request(), Math.min(STEP_BYTES, left));
            left -= request == null ? 0 : bytes(request);
            write(json, step, result, request);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /// A step with all it gave, and all that waits for approval.
    static void write(JsonGenerator json, Workflows.StepView step) throws IOException {
        write(json, step, step.result(), step.request());
    }

    /* The text, or what stands for it where it is larger; nothing of it, for agents wrote it. */
    private static @Nullable String within(@Nullable String text, long most) {
        return text == null || bytes(text) <= most ? text : omitted(text) + '}';
    }

    /* A request ends with its digest and when it expires, which the mesh put behind whatever agents wrote. */
    private static @Nullable String requestWithin(@Nullable String text, long most) {
        if (text == null || bytes(text) <= most) {
            return text;
        }
        int digest = text.lastIndexOf(DIGEST);
        return omitted(text) + (digest < 0 ? "}" : text.substring(digest));
    }

    private static String omitted(String text) {
        return "{\"omitted\":\"too large\",\"bytes\":" + bytes(text);
    }

    /* In UTF-8, without making them. */
    private static long bytes(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            bytes += unit < 0x80 ? 0 : unit < 0x800 || Character.isSurrogate(unit) ? 1 : 2;
        }
        return bytes;
    }

    private static void write(
            JsonGenerator json, Workflows.StepView step, @Nullable String result, @Nullable String request)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("id", step.id());
        json.writeStringField("status", step.status());
        JsonMembers.optional(json, "reason", step.reason());
        json.writeStringField("agent", step.agent());
        json.writeNumberField("attempts", step.attempts());
        if (step.items() >= 0) {
            json.writeNumberField("items", step.items());
            json.writeNumberField("items_done", step.itemsDone());
        }
        JsonMembers.time(json, "started_at", step.startedAtMillis());
        JsonMembers.time(json, "finished_at", step.finishedAtMillis());
        json.writeNumberField("tokens", step.tokens());
        Accounts.usd(json, "cost_usd", step.spentPico());
        JsonMembers.raw(json, "result", orNull(result));
        json.writeStringField("error", step.error());
        if (request != null) {
            JsonMembers.raw(json, "request", request);
        }
        json.writeEndObject();
    }

    /// A run on one line of a list.
    static void write(JsonGenerator json, Workflows.RunLine run) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", run.id());
        json.writeStringField("workflow", run.workflow());
        json.writeStringField("status", run.status());
        JsonMembers.optional(json, "error", run.error());
        json.writeStringField("started_by", run.startedBy());
        JsonMembers.time(json, "started_at", run.startedAtMillis());
        JsonMembers.time(json, "finished_at", run.finishedAtMillis());
        json.writeNumberField("tokens", run.tokens());
        Accounts.usd(json, "cost_usd", run.spentPico());
        json.writeNumberField("steps_completed", run.stepsDone());
        json.writeNumberField("steps_total", run.stepsTotal());
        json.writeEndObject();
    }

    /// How far a run is, for whoever started it from outside.
    static void writeStatus(JsonGenerator json, Workflows.RunLine run, long nowMillis) throws IOException {
        long end = run.finishedAtMillis() == 0 ? nowMillis : run.finishedAtMillis();
        json.writeStartObject();
        json.writeStringField("id", run.id());
        json.writeStringField("workflow", run.workflow());
        json.writeStringField("status", run.status());
        json.writeNumberField("steps_completed", run.stepsDone());
        json.writeNumberField("steps_total", run.stepsTotal());
        json.writeNumberField("elapsed_seconds", Math.max(0, end - run.startedAtMillis()) / 1000);
        json.writeEndObject();
    }

    private static String orNull(@Nullable String value) {
        return value == null ? "null" : value;
    }
}
