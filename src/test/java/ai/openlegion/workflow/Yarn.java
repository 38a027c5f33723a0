package ai.openlegion.workflow;

import ai.openlegion.workflow.model.WorkflowJson;
import java.util.ArrayList;
import java.util.List;

/// A definition as a test writes it down: what it does not say is as the files have it.
final class Yarn {

    private final String name;
    private final List<String> steps = new ArrayList<>();
    private String members = ",\"timeout\":600";

    private Yarn(String name) {
        this.name = name;
    }

    static Yarn of(String name) {
        return new Yarn(name);
    }

    /// Further members, each with a comma before it.
    Yarn with(String more) {
        members = more.contains("\"timeout\"") ? more : members + more;
        return this;
    }

    /// A step of an agent, behind others.
    ///
    /// @param more members, each with a comma before it
    Yarn step(String id, String agent, List<String> after, String more) {
        StringBuilder step = new StringBuilder("{\"id\":\"" + id + "\",\"line\":1,\"task_type\":\"work\"");
        if (!agent.isEmpty()) {
            step.append(",\"agent\":\"").append(agent).append('"');
        }
        step.append(",\"depends_on\":[")
                .append(String.join(
                        ",", after.stream().map(one -> '"' + one + '"').toList()))
                .append(']')
                .append(more);
        absent(step, more, "timeout", "120");
        absent(step, more, "on_failure", "\"abort\"");
        absent(step, more, "max_retries", "3");
        absent(step, more, "approval_timeout", "3600");
        steps.add(step.append('}').toString());
        return this;
    }

    private static void absent(StringBuilder step, String more, String member, String value) {
        if (!more.contains('"' + member + '"')) {
            step.append(",\"").append(member).append("\":").append(value);
        }
    }

    /// The text of the definition, as the mesh writes it.
    String text() {
        return WorkflowJson.write(WorkflowJson.read("{\"name\":\"" + name + "\",\"file\":\"config/workflows/" + name
                + ".yaml\"" + members + ",\"steps\":[" + String.join(",", steps) + "]}"));
    }
}
