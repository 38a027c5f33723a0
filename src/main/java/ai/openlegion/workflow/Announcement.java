package ai.openlegion.workflow;

import ai.openlegion.budget.Usd;
import ai.openlegion.json.Members;
import ai.openlegion.workflow.run.Run;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/// The event by which a run tells that it is complete.
final class Announcement {

    private static final int MOST_BYTES = 256 * 1024;

    private Announcement() {}

    /// The text of a JSON object on one line; without the results where they are too large.
    static String of(Run run) {
        String head = "{\"workflow\":" + Members.quoted(run.workflow().name())
                + ",\"execution_id\":" + Members.quoted(run.id())
                + ",\"status\":" + Members.quoted(run.status().word())
                + ",\"tokens\":" + run.tokens()
                + ",\"cost_usd\":" + Usd.decimal(run.pico());
        String results = run.steps().stream()
                .map(step -> Members.quoted(step.id()) + ':' + step.result())
                .collect(Collectors.joining(",", "{", "}"));
        boolean fits = (head + results).getBytes(StandardCharsets.UTF_8).length < MOST_BYTES - 64;
        return head + (fits ? ",\"results\":" + results : ",\"results_omitted\":\"too large\"") + '}';
    }
}
