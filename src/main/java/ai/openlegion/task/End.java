package ai.openlegion.task;

import ai.openlegion.budget.Budget;
import ai.openlegion.json.Members;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a task ended.
///
/// @param result the text of a JSON value; null = none
/// @param promote the text of a JSON object; null = none
record End(
        String status,
        @Nullable String result,
        @Nullable String error,
        @Nullable String promote) {

    /// What an exhausted account makes of a failure.
    static final String TASK_BUDGET = "task budget exceeded";

    static final String RUN_BUDGET = "run budget exceeded";

    private static final Set<String> STATUSES = Set.of("complete", "failed", "cancelled", "timeout");
    private static final int ERROR_CHARS = 4_096;

    /// An end that the mesh decides.
    static End of(String status, String error) {
        return new End(status, null, error, null);
    }

    /// An agent's `task_result`, with the task it is about.
    record Claim(String taskId, End end) {}

    /// Reads the payload of a `task_result`; null where it is none. Its size was bounded where it came in.
    static @Nullable Claim read(String payload) {
        if (!(Members.read(payload.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read(Members members))) {
            return null;
        }
        String id = members.string("task_id");
        String status = members.string("status");
        String promote = members.raw("promote_to_blackboard");
        if (id == null
                || status == null
                || !STATUSES.contains(status)
                || (promote != null && !members.isObject("promote_to_blackboard"))) {
            return null;
        }
        String error = members.isString("error") ? members.string("error") : members.raw("error");
        return new Claim(id, new End(status, members.raw("result"), bounded(error), promote));
    }

    /// The same, or a failure that says so where the account of its task or run had refused a call: what an agent makes
    /// of half its
    /// answers is no success, and nothing of it goes to the blackboard.
    End under(Budget.Ceiling refusedBy) {
        if (refusedBy == Budget.Ceiling.NONE || status.equals("cancelled")) {
            return this;
        }
        String budget = refusedBy == Budget.Ceiling.RUN ? RUN_BUDGET : TASK_BUDGET;
        return new End("failed", result, error == null ? budget : bounded(budget + ": " + error), null);
    }

    private static @Nullable String bounded(@Nullable String text) {
        return text == null || text.length() <= ERROR_CHARS ? text : text.substring(0, ERROR_CHARS);
    }
}
