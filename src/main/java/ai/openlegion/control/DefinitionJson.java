package ai.openlegion.control;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.JsonMembers;
import ai.openlegion.workflow.model.CostBound;
import ai.openlegion.workflow.model.Dag;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The JSON of definitions, with what a review of them asks.
final class DefinitionJson {

    private DefinitionJson() {}

    /// A definition in a list.
    static void line(JsonGenerator json, Workflow workflow, Outlook outlook) throws IOException {
        json.writeStartObject();
        head(json, workflow);
        bound(json, outlook.bound(workflow));
        json.writeNumberField("steps", workflow.steps().size());
        json.writeEndObject();
    }

    /// A whole definition.
    static void write(JsonGenerator json, Workflow workflow, Outlook outlook) throws IOException {
        json.writeStartObject();
        head(json, workflow);
        CostBound bound = outlook.bound(workflow);
        bound(json, bound);
        json.writeArrayFieldStart("levels");
        for (List<String> level : Dag.of(workflow.steps()).levels()) {
            json.writeStartArray();
            for (String step : level) {
                json.writeString(step);
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("steps");
        for (Step step : workflow.steps()) {
            CostBound.StepBound most = bound.steps().stream()
                    .filter(each -> each.step().equals(step.id()))
                    .findFirst()
                    .orElse(null);
            step(json, step, outlook, most);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void head(JsonGenerator json, Workflow workflow) throws IOException {
        json.writeStringField("name", workflow.name());
        json.writeStringField("file", workflow.file());
        json.writeStringField("trigger", workflow.trigger());
        json.writeStringField("schedule", workflow.schedule());
        json.writeNumberField("timeout", workflow.timeoutSeconds());
        json.writeStringField("on_complete", workflow.onComplete());
        usd(json, "budget_usd", workflow.maxPico());
    }

    /// The most that a run can cost; null where nothing bounds it.
    private static void bound(JsonGenerator json, CostBound bound) throws IOException {
        usd(json, "most_usd", bound.pico());
        json.writeStringField("most_usd_why", bound.why());
    }

    private static void step(JsonGenerator json, Step step, Outlook outlook, CostBound.@Nullable StepBound most)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("id", step.id());
        AgentId agent = step.agent();
        json.writeStringField("agent", agent == null ? null : agent.value());
        if (step.capability() != null) {
            json.writeStringField("capability", step.capability());
            MeshRoutes.strings(
                    json,
                    "offered_by",
                    outlook.offering(step).stream().map(AgentId::value).toList());
        }
        json.writeStringField("task_type", step.taskType());
        MeshRoutes.strings(json, "depends_on", step.dependsOn());
        json.writeStringField("input_from", step.input().text());
        json.writeNumberField("timeout", step.timeoutSeconds());
        if (step.condition() != null) {
            json.writeStringField("condition", step.condition().text());
        }
        json.writeStringField("on_failure", step.onFailure().name().toLowerCase(Locale.ROOT));
        if (step.onFailure() == OnFailure.RETRY) {
            json.writeNumberField("max_retries", step.maxRetries());
        }
        AgentId fallback = step.fallbackAgent();
        if (fallback != null) {
            json.writeStringField("fallback_agent", fallback.value());
        }
        json.writeBooleanField("requires_approval", step.requiresApproval());
        if (step.requiresApproval()) {
            json.writeNumberField("approval_timeout", step.approvalSeconds());
        }
        FanOut forEach = step.forEach();
        if (forEach != null) {
            JsonMembers.optional(json, "for_each", forEach.list().text());
            json.writeNumberField("max_parallel", forEach.maxParallel());
        }
        Long tokens = step.maxTokens();
        if (tokens != null) {
            json.writeNumberField("max_tokens", tokens);
        }
        if (step.maxPico() != null) {
            usd(json, "max_usd", step.maxPico());
        }
        if (most != null) {
            json.writeNumberField("most_attempts", most.attempts());
            usd(json, "most_usd", most.pico());
            json.writeStringField("most_usd_why", most.why());
        }
        json.writeArrayFieldStart("needs");
        for (Outlook.Need need : outlook.needs(step)) {
            json.writeStartObject();
            json.writeStringField("agent", need.agent().value());
            json.writeStringField("operation", need.operation().name().toLowerCase(Locale.ROOT));
            json.writeStringField("resource", need.resource());
            json.writeStringField("verdict", need.verdict().word());
            json.writeStringField("rule", need.rule());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void usd(JsonGenerator json, String name, @Nullable Long pico) throws IOException {
        if (pico == null) {
            json.writeNullField(name);
        } else {
            Accounts.usd(json, name, pico);
        }
    }
}
