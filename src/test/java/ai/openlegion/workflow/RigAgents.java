package ai.openlegion.workflow;

import ai.openlegion.acl.Grants;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.task.Tasks;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Agents outside of the mesh that pull: they outlive a crash of it, take a task they know without running it again,
/// and tell a result until it was taken.
final class RigAgents {

    private static final long LOOK_MILLIS = 3;

    final Map<String, Grants> grants = new ConcurrentHashMap<>();

    /// The payloads of the tasks they ran, in order, by task.
    private final Map<String, Members> taken = new LinkedHashMap<>();

    /// What they told, or will, by task.
    private final Map<String, String> results = new ConcurrentHashMap<>();

    private Function<Task, @Nullable String> work = task -> complete(task, "{\"by\":\"" + task.step() + "\"}");
    private volatile @Nullable RunRig rig;
    private long timer;

    /// A task as an agent gets it.
    record Task(String id, String step, String agent, Members members) {
        String input() {
            return String.valueOf(members.raw("input_data"));
        }

        String context() {
            return String.valueOf(members.raw("context"));
        }

        int attempt() {
            return Integer.parseInt(id.substring(id.lastIndexOf(':') + 1));
        }
    }

    RigAgents(String... names) {
        for (String name : names) {
            grants.put(name, Grants.NONE);
        }
    }

    /// What an agent may read and write.
    @CanIgnoreReturnValue
    RigAgents allow(String agent, List<String> reads, List<String> writes) {
        grants.put(
                agent,
                new Grants(
                        List.of(),
                        List.of("*"),
                        List.of("*"),
                        reads,
                        writes,
                        List.of(),
                        List.of(),
                        List.of("*"),
                        false,
                        false));
        return this;
    }

    /// What they make of a task: the payload of a `task_result`, or null where they go on working.
    @CanIgnoreReturnValue
    RigAgents doing(Function<Task, @Nullable String> next) {
        work = next;
        return this;
    }

    static String complete(Task task, String result) {
        return "{\"task_id\":\"" + task.id() + "\",\"status\":\"complete\",\"result\":" + result + '}';
    }

    static String promoting(Task task, String promote) {
        return "{\"task_id\":\"" + task.id() + "\",\"status\":\"complete\",\"result\":{},\"promote_to_blackboard\":"
                + promote + '}';
    }

    static String failed(Task task) {
        return "{\"task_id\":\"" + task.id() + "\",\"status\":\"failed\",\"error\":\"no luck\"}";
    }

    /// A mesh is there.
    void join(RunRig mesh, Collection<AgentId> agents) {
        rig = mesh;
        timer = mesh.vertx.setPeriodic(LOOK_MILLIS, _ -> agents.forEach(agent -> look(mesh, agent)));
    }

    void leave() {
        RunRig mesh = rig;
        if (mesh != null) {
            mesh.vertx.cancelTimer(timer);
        }
        rig = null;
    }

    private void look(RunRig mesh, AgentId agent) {
        mesh.bus
                .ask(Inbox.FETCH, new Inbox.Fetch(agent, 0, 200, 0, "rig-" + agent))
                .onSuccess(fetched -> {
                    if (fetched instanceof Inbox.Items(List<Inbox.Item> items, long _)) {
                        items.forEach(item -> take(mesh, agent, item));
                    }
                });
    }

    private synchronized void take(RunRig mesh, AgentId agent, Inbox.Item item) {
        if (!"task".equals(item.type())
                || !(Members.read(item.payload().getBytes(StandardCharsets.UTF_8))
                        instanceof Members.Read(Members it))) {
            return;
        }
        String id = String.valueOf(it.string("task_id"));
        if (!taken.containsKey(id)) {
            taken.put(id, it);
            String told = work.apply(new Task(id, String.valueOf(it.string("step_id")), agent.value(), it));
            if (told != null) {
                results.put(id, told);
            }
        }
        String result = results.get(id);
        if (result != null) {
            mesh.bus.ask(Tasks.REPORT, new Tasks.Report(agent, result)).onSuccess(reported -> {
                if (reported.delivered() && mesh.equals(rig)) {
                    results.remove(id);
                }
            });
        }
    }

    /// The result of a task that was left open.
    void tell(String id, String result) {
        results.put(id, result);
    }

    /// The ids of the tasks that were run, in order.
    synchronized List<String> ran() {
        return new ArrayList<>(taken.keySet());
    }

    /// How often each step was run.
    synchronized Map<String, Long> runs() {
        return taken.values().stream()
                .collect(Collectors.groupingBy(it -> String.valueOf(it.string("step_id")), Collectors.counting()));
    }

    /// What a task was handed.
    synchronized Members given(String id) {
        Members members = taken.get(id);
        if (members == null) {
            throw new AssertionError("nobody ran " + id + " but " + taken.keySet());
        }
        return members;
    }
}
