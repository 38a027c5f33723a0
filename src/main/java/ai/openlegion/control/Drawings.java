package ai.openlegion.control;

import ai.openlegion.budget.Usd;
import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.Workflows;
import ai.openlegion.workflow.draw.MermaidDrawing;
import ai.openlegion.workflow.draw.Picture;
import ai.openlegion.workflow.draw.SvgDrawing;
import ai.openlegion.workflow.draw.TextDrawing;
import ai.openlegion.workflow.model.CostBound;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.model.WorkflowJson;
import ai.openlegion.workflow.run.StepStatus;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Workflows and runs as pictures, in the form that a request wants.
final class Drawings {

    private static final int USUAL_COLUMNS = 100;
    private static final int LEAST_COLUMNS = 40;
    private static final int MOST_COLUMNS = 2_000;

    private Drawings() {}

    /// How something is shown.
    enum Form {
        JSON("application/json"),
        TEXT("text/plain"),
        SVG("image/svg+xml"),
        MERMAID("text/vnd.mermaid");

        private final String type;

        Form(String type) {
            this.type = type;
        }
    }

    /// The form a request wants: `?format=`, else the first that its `Accept` names; null where there is no such.
    static @Nullable Form wanted(RoutingContext context, Form usual) {
        HttpServerRequest request = context.request();
        String named = request.getParam("format");
        if (named != null) {
            for (Form form : Form.values()) {
                if (form.name().toLowerCase(Locale.ROOT).equals(named)) {
                    return form;
                }
            }
            return null;
        }
        for (String part : request.getHeader("accept") == null
                ? new String[0]
                : request.getHeader("accept").split(",", -1)) {
            String type = part.split(";", 2)[0].strip();
            for (Form form : Form.values()) {
                if (form.type.equals(type)) {
                    return form;
                }
            }
        }
        return usual;
    }

    static Answer noSuchForm() {
        return Answer.refused(400, "format is one of json, text, svg, mermaid");
    }

    /// A run's graph as it stands.
    static Answer of(RoutingContext context, Workflows.RunView run) {
        Form form = wanted(context, Form.SVG);
        if (form == null) {
            return noSuchForm();
        }
        return form == Form.JSON ? Answer.ok(json -> RunJson.write(json, run)) : draw(context, form, picture(run));
    }

    static Answer draw(RoutingContext context, Form form, Picture picture) {
        return switch (form) {
            case JSON -> throw new IllegalArgumentException("JSON is no drawing");
            case TEXT -> text(context, picture);
            case SVG -> {
                // its styles stand in it; nothing else of it may load or run
                context.response()
                        .putHeader(
                                "content-security-policy",
                                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
                yield Answer.text(Form.SVG.type, SvgDrawing.draw(picture));
            }
            case MERMAID -> Answer.text(Form.MERMAID.type + "; charset=utf-8", MermaidDrawing.draw(picture));
        };
    }

    private static Answer text(RoutingContext context, Picture picture) {
        HttpServerRequest request = context.request();
        String given = request.getParam("columns");
        OptionalLong columns =
                given == null ? OptionalLong.of(USUAL_COLUMNS) : Numbers.parse(given, LEAST_COLUMNS, MOST_COLUMNS);
        if (columns.isEmpty()) {
            return Answer.refused(400, "columns must be a number from " + LEAST_COLUMNS + " to " + MOST_COLUMNS);
        }
        var style = new TextDrawing.Style(
                "true".equals(request.getParam("ascii")), "true".equals(request.getParam("colour")), (int)
                        columns.getAsLong());
        return Answer.text(Form.TEXT.type + "; charset=utf-8", TextDrawing.draw(picture, style));
    }

    /// A definition, with what its steps need and may cost.
    static Picture picture(Workflow workflow, Outlook outlook) {
        Map<String, List<String>> notes = new HashMap<>();
        for (Step step : workflow.steps()) {
            notes.put(step.id(), notes(step, outlook));
        }
        CostBound bound = outlook.bound(workflow);
        for (CostBound.StepBound step : bound.steps()) {
            notes.computeIfPresent(step.step(), (_, lines) -> {
                List<String> more = new ArrayList<>(lines);
                more.add(most("costs", step.pico(), step.why()));
                return more;
            });
        }
        List<String> head = head(workflow);
        head.add(most("a run costs", bound.pico(), bound.why()));
        return new Picture(workflow.name(), head, workflow, Map.of(), notes);
    }

    private static String most(String what, @Nullable Long pico, String why) {
        return what + (pico == null ? " without a bound: " : " at most $" + Usd.decimal(pico) + ": ") + why;
    }

    private static List<String> head(Workflow workflow) {
        List<String> head = new ArrayList<>();
        List<String> starts = new ArrayList<>();
        if (workflow.trigger() != null) {
            starts.add("the topic " + workflow.trigger());
        }
        if (workflow.schedule() != null) {
            starts.add("the schedule " + workflow.schedule());
        }
        starts.add("openlegion workflow run " + workflow.name());
        head.add(workflow.file() + " · started by " + String.join(", ", starts));
        Long most = workflow.maxPico();
        boolean isApproved = workflow.steps().stream().anyMatch(Step::requiresApproval);
        head.add("at most " + workflow.timeoutSeconds() + " s"
                + (isApproved ? ", not counting while it only waits for approval," : "")
                + (most == null ? "" : " and $" + Usd.decimal(most) + " a run")
                + (workflow.onComplete() == null ? "" : " · then tells " + workflow.onComplete()));
        return head;
    }

    private static List<String> notes(Step step, Outlook outlook) {
        List<String> notes = new ArrayList<>();
        FanOut forEach = step.forEach();
        notes.add("input " + step.input().text()
                + (forEach == null ? "" : " · for each of " + forEach.list().text())
                + " · at most " + step.timeoutSeconds() + " s"
                + (step.maxTokens() == null ? "" : ", " + step.maxTokens() + " tokens")
                + (step.maxPico() == null ? "" : ", $" + Usd.decimal(step.maxPico())) + " an attempt");
        if (step.condition() != null) {
            notes.add("runs if " + step.condition().text());
        }
        if (step.requiresApproval()) {
            notes.add("waits for approval, " + step.approvalSeconds() + " s at most");
        }
        if (step.capability() != null) {
            List<AgentId> offering = outlook.offering(step);
            notes.add(step.capability() + " is offered by "
                    + (offering.isEmpty()
                            ? "nobody now"
                            : offering.stream().map(AgentId::value).collect(Collectors.joining(", "))));
        }
        for (Outlook.Need need : outlook.needs(step)) {
            String verdict = switch (need.verdict()) {
                case ALLOWED -> "allowed";
                case DENIED -> "DENIED by " + need.rule();
                case DEPENDS -> "depends on the input, see " + need.rule();
            };
            notes.add(need.agent() + " needs to " + need.operation().verb() + " " + need.resource() + ": " + verdict);
        }
        return notes;
    }

    private static Picture picture(Workflows.RunView run) {
        Map<String, Picture.State> states = new HashMap<>();
        for (Workflows.StepView step : run.steps()) {
            states.put(
                    step.id(),
                    new Picture.State(StepStatus.valueOf(step.status().toUpperCase(Locale.ROOT)), more(step)));
        }
        List<String> head = new ArrayList<>();
        head.add(run.status().replace('_', ' ') + (run.error() == null ? "" : ": " + run.error()));
        head.add("started " + Instant.ofEpochMilli(run.startedAtMillis()) + " by " + run.startedBy()
                + (run.finishedAtMillis() == 0 ? "" : " · finished " + Instant.ofEpochMilli(run.finishedAtMillis())));
        head.add(run.tokens() + " tokens · $" + Usd.decimal(run.spentPico())
                + (run.maxPico() == null ? "" : " of $" + Usd.decimal(run.maxPico())));
        return new Picture(
                run.workflow() + " " + run.id(), head, WorkflowJson.read(run.definition()), states, Map.of());
    }

    private static String more(Workflows.StepView step) {
        List<String> more = new ArrayList<>();
        if (step.reason() != null) {
            more.add(step.reason().replace('_', ' '));
        }
        if (step.items() >= 0) {
            more.add(step.itemsDone() + " of " + step.items());
        }
        if (step.attempts() > 1 && step.items() < 0) {
            more.add(step.attempts() + " attempts");
        }
        if (step.spentPico() > 0) {
            more.add("$" + Usd.decimal(step.spentPico()));
        }
        return String.join(", ", more);
    }
}
