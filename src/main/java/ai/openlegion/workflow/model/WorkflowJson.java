package ai.openlegion.workflow.model;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A definition as JSON text, in which nothing of it is lost; members that say nothing are left out.
public final class WorkflowJson {

    private WorkflowJson() {}

    /// The text of a definition, on one line.
    public static String write(Workflow workflow) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", workflow.name());
        json.put("file", workflow.file());
        put(json, "trigger", workflow.trigger());
        put(json, "schedule", workflow.schedule());
        json.put("timeout", workflow.timeoutSeconds());
        put(json, "on_complete", workflow.onComplete());
        put(json, "max_pico", workflow.maxPico());
        json.put("steps", workflow.steps().stream().map(WorkflowJson::step).toList());
        return PlainJson.write(json);
    }

    private static Map<String, @Nullable Object> step(Step step) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", step.id());
        json.put("line", step.line());
        put(json, "agent", text(step.agent()));
        put(json, "capability", step.capability());
        json.put("task_type", step.taskType());
        json.put("depends_on", step.dependsOn());
        put(json, "input_from", step.input().text());
        json.put("timeout", step.timeoutSeconds());
        put(
                json,
                "condition",
                step.condition() == null ? null : step.condition().text());
        json.put("on_failure", step.onFailure().word());
        json.put("max_retries", step.maxRetries());
        put(json, "fallback_agent", text(step.fallbackAgent()));
        json.put("requires_approval", step.requiresApproval());
        json.put("approval_timeout", step.approvalSeconds());
        put(json, "max_tokens", step.maxTokens());
        put(json, "max_pico", step.maxPico());
        FanOut forEach = step.forEach();
        if (forEach != null) {
            json.put("for_each", forEach.list().text());
            json.put("max_parallel", forEach.maxParallel());
        }
        return json;
    }

    private static void put(Map<String, @Nullable Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static @Nullable String text(@Nullable AgentId agent) {
        return agent == null ? null : agent.value();
    }

    /// The definition that a text of [#write] stands for.
    ///
    /// @throws IllegalArgumentException when it is no such text
    public static Workflow read(String text) {
        try {
            Map<?, ?> json = PlainJson.readObject(text);
            List<Step> steps = List.of();
            if (json.get("steps") instanceof List<?> list) {
                var read = new ArrayList<Step>();
                for (Object each : list) {
                    read.add(readStep((Map<?, ?>) each));
                }
                steps = read;
            }
            return new Workflow(
                    need(json, "name"),
                    need(json, "file"),
                    string(json, "trigger"),
                    string(json, "schedule"),
                    whole(json, "timeout"),
                    string(json, "on_complete"),
                    number(json, "max_pico"),
                    steps);
        } catch (Malformed | ClassCastException | ArithmeticException wrong) {
            throw new IllegalArgumentException("no definition of a workflow: " + wrong.getMessage(), wrong);
        }
    }

    private static Step readStep(Map<?, ?> json) throws Malformed {
        List<String> dependsOn = json.get("depends_on") instanceof List<?> list
                ? list.stream().map(String.class::cast).toList()
                : List.of();
        String input = string(json, "input_from");
        String condition = string(json, "condition");
        String forEach = string(json, "for_each");
        return new Step(
                need(json, "id"),
                whole(json, "line"),
                agent(json, "agent"),
                string(json, "capability"),
                need(json, "task_type"),
                dependsOn,
                input == null ? new InputFrom.Unsaid() : InputFrom.parse(input),
                whole(json, "timeout"),
                condition == null ? null : Condition.parse(condition),
                OnFailure.parse(need(json, "on_failure"))
                        .orElseThrow(() -> new IllegalArgumentException("no such on_failure")),
                whole(json, "max_retries"),
                agent(json, "fallback_agent"),
                Boolean.TRUE.equals(json.get("requires_approval")),
                whole(json, "approval_timeout"),
                number(json, "max_tokens"),
                number(json, "max_pico"),
                forEach == null ? null : new FanOut(ResultPath.parse(forEach), whole(json, "max_parallel")));
    }

    private static @Nullable AgentId agent(Map<?, ?> json, String name) {
        String id = string(json, name);
        return id == null ? null : new AgentId(id);
    }

    private static @Nullable String string(Map<?, ?> json, String name) {
        return (String) json.get(name);
    }

    private static String need(Map<?, ?> json, String name) {
        if (json.get(name) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("no " + name);
    }

    private static int whole(Map<?, ?> json, String name) {
        if (json.get(name) instanceof BigDecimal number) {
            return number.intValueExact();
        }
        throw new IllegalArgumentException("no " + name);
    }

    private static @Nullable Long number(Map<?, ?> json, String name) {
        BigDecimal number = (BigDecimal) json.get(name);
        return number == null ? null : number.longValueExact();
    }
}
