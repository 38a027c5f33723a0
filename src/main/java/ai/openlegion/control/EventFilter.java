package ai.openlegion.control;

import ai.openlegion.audit.AuditEntry;
import io.vertx.core.http.HttpServerRequest;
import java.util.Arrays;
import java.util.List;

/// Which entries of the audit a reader wants; what names nothing lets everything through.
///
/// @param agents who did it or to whom it was done
/// @param actions how the action begins: `blackboard` stands for `blackboard.write` too
/// @param decisions how the decision begins: `denied` stands for `denied: …` too
record EventFilter(List<String> agents, List<String> actions, List<String> decisions) {

    EventFilter {
        agents = List.copyOf(agents);
        actions = List.copyOf(actions);
        decisions = List.copyOf(decisions);
    }

    /// From the query's `agent`, `action` and `decision`, each a list separated by commas.
    static EventFilter of(HttpServerRequest request) {
        return new EventFilter(list(request, "agent"), list(request, "action"), list(request, "decision"));
    }

    boolean lets(AuditEntry entry) {
        return (agents.isEmpty() || agents.contains(entry.actor()) || agents.contains(entry.resource()))
                && beginsWithOne(entry.action(), actions)
                && beginsWithOne(entry.decision(), decisions);
    }

    private static boolean beginsWithOne(String text, List<String> beginnings) {
        return beginnings.isEmpty() || beginnings.stream().anyMatch(text::startsWith);
    }

    private static List<String> list(HttpServerRequest request, String name) {
        return Arrays.stream(request.getParam(name, "").split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
