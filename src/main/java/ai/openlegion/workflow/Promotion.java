package ai.openlegion.workflow;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.blackboard.BlackboardKey;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writes what a result wants on the blackboard, as its agent and by its agent's permissions, before the step counts
/// as complete.
final class Promotion {

    private static final int MOST_KEYS = 64;
    private static final int MOST_BYTES = 256 * 1024;
    private static final int REFUSAL_CHARS = 4_096;

    private final Bus bus;
    private final Supplier<Policy> policy;
    private final Notes notes;

    Promotion(Bus bus, Supplier<Policy> policy, Notes notes) {
        this.bus = bus;
        this.policy = policy;
        this.notes = notes;
    }

    /// Writes what may be written; answers with what was refused, in words. Fails where the blackboard or the audit
    /// cannot take it now: then all of it is to be written once more.
    Future<String> write(String run, Tasks.Task task) {
        String promote = task.promote();
        if (promote == null
                || !(Members.read(promote.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read(Members members))) {
            return Future.succeededFuture("");
        }
        List<String> refusals = new ArrayList<>();
        Future<?> done = Future.succeededFuture();
        int count = 0;
        for (String key : members.names()) {
            count++;
            if (count > MOST_KEYS) {
                refusals.add("a result may promote " + MOST_KEYS + " keys, the others are left out");
                break;
            }
            String value = members.isObject(key) ? members.raw(key) : "{\"value\":" + text(members.raw(key)) + '}';
            done = done.compose(_ -> put(run, task.agent(), key, text(value), refusals));
        }
        return done.map(_ -> bounded(String.join("; ", refusals)));
    }

    private static String text(@Nullable String raw) {
        return raw == null ? "null" : raw;
    }

    private Future<Boolean> put(String run, AgentId agent, String key, String value, List<String> refusals) {
        String flaw = BlackboardKey.flaw(key).orElse(null);
        if (flaw == null && value.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            flaw = "has a value of more than " + MOST_BYTES + " bytes";
        }
        if (flaw != null) {
            return refuse(run, agent, key, "the key " + flaw, refusals);
        }
        if (!notes.isOpen()) {
            return Future.failedFuture("the audit cannot take it now");
        }
        return switch (policy.get().decide(agent, Operation.WRITE, key)) {
            case Decision.Denied(String rule, long revision, String message) -> {
                notes.rule(agent.value(), "blackboard.write", key, "denied", rule + " (run " + run + ")", revision);
                refusals.add(message);
                yield Future.succeededFuture(false);
            }
            case Decision.Allowed(String rule, long revision) -> {
                notes.rule(agent.value(), "blackboard.write", key, "allowed", rule, revision);
                yield bus.ask(Blackboard.PUT, new Blackboard.Put(agent.value(), key, value, 0, run))
                        .compose(outcome -> switch (outcome) {
                            case Blackboard.Stored _ -> Future.succeededFuture(true);
                            case Blackboard.AppendOnly(String why) -> refuse(run, agent, key, why, refusals);
                            case Blackboard.Full(String what) ->
                                refuse(run, agent, key, "the blackboard is full: " + what, refusals);
                            case Blackboard.Unavailable _,
                                    Blackboard.Absent _,
                                    Blackboard.Deleted _,
                                    Blackboard.Conflict _ -> Future.failedFuture("the blackboard cannot take it now");
                        });
            }
        };
    }

    private Future<Boolean> refuse(String run, AgentId agent, String key, String why, List<String> refusals) {
        notes.note(agent.value(), "blackboard.write", key, "refused", why + " (run " + run + ")");
        refusals.add(key + ": " + why);
        return Future.succeededFuture(false);
    }

    private static String bounded(String text) {
        return text.length() <= REFUSAL_CHARS ? text : text.substring(0, REFUSAL_CHARS);
    }
}
