package ai.openlegion.supervisor;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Where agents come from that other agents spawn, and where they end: at their time, or with their parent.
final class Nursery {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final int SUFFIX_CHARS = 6;
    private static final int ID_CHARS = 64;

    private final SupervisorVerticle.Surroundings mesh;
    private final Care care;
    private final Consumer<Supervised> start;
    private final SecureRandom random = new SecureRandom();

    /// @param start begins the first run of a child
    Nursery(SupervisorVerticle.Surroundings mesh, Care care, Consumer<Supervised> start) {
        this.mesh = mesh;
        this.care = care;
        this.start = start;
    }

    /// A child for this parent. It is known to everybody who keeps something of agents before it begins.
    Future<Supervisor.Spawned> spawn(Supervisor.Spawn wish) {
        Fleet fleet = mesh.fleets().current();
        Agent parent = fleet.agents().get(wish.parent());
        if (parent == null) {
            return refused(403, "The agent is not part of the fleet");
        }
        if (parent.parent() != null) {
            return refused(403, "A spawned agent cannot spawn");
        }
        RuntimeKind kind = parent.runtime() == RuntimeKind.EXTERNAL ? mesh.spawnKind() : parent.runtime();
        if (kind == RuntimeKind.EXTERNAL) {
            return refused(503, "This mesh runs no agents itself");
        }
        if (!isHere(parent)) {
            return refused(403, "The agent has ended");
        }
        long run = run(parent);
        if (!isFree(parent.id())) {
            return refused(
                    409, "The agent has " + mesh.settings().spawnedAgents() + " spawned agents alive, the most it may");
        }
        long endsAt = mesh.clock().millis() + wish.ttlSeconds() * 1000;
        Supervised child = new Supervised(plan(fleet, parent, kind, wish), mesh.settings(), endsAt);
        care.add(child);
        return census().<Supervisor.Spawned>compose(_ -> {
                    if (child.life.isLeaving() || !isHere(parent) || run(parent) != run) {
                        leave(List.of(child), "its parent has ended");
                        return refused(403, "The agent has ended");
                    }
                    care.record("agent.spawn", child.id.value(), "done", "child of " + parent.id());
                    start.accept(child);
                    return Future.succeededFuture(new Supervisor.Born(child.id, AgentState.CREATING.word(), endsAt));
                })
                .recover(cause -> {
                    LOG.log(Level.WARNING, "not spawned agent=" + child.id, cause);
                    care.dismiss(child, "not every part of the mesh could be told");
                    return refused(503, "The mesh cannot take another agent now");
                });
    }

    /// Whether an agent's door is open now: while it is told to everybody that there is a child, a parent may end.
    private boolean isHere(Agent parent) {
        Agent known = mesh.fleets().current().agents().get(parent.id());
        if (known == null || known.runtime() != parent.runtime()) {
            return false;
        }
        Supervised one = care.find(parent.id());
        return known.runtime() == RuntimeKind.EXTERNAL || (one != null && one.presence() != null);
    }

    /// Which run of it; 0 for one that the mesh does not run.
    private long run(Agent parent) {
        Supervised one = care.find(parent.id());
        return one == null ? 0 : one.life.run();
    }

    private static Future<Supervisor.Spawned> refused(int status, String why) {
        return Future.succeededFuture(new Supervisor.Refused(status, why));
    }

    private boolean isFree(AgentId parent) {
        long alive = care.agents().stream()
                .filter(one -> parent.equals(one.parent()))
                .count();
        return alive < mesh.settings().spawnedAgents();
    }

    private Plan plan(Fleet fleet, Agent parent, RuntimeKind kind, Supervisor.Spawn wish) {
        String model = wish.model();
        Agent child = new Agent(
                id(fleet, parent.id()),
                wish.role(),
                model == null ? parent.model() : model,
                model == null ? parent.models() : List.of(model),
                kind,
                new Agent.Program(null, List.of(), parent.program().resources(), true),
                parent.limits(),
                null,
                wish.instructions(),
                parent.id());
        return Plan.of(child, fleet.catalogue());
    }

    private AgentId id(Fleet fleet, AgentId parent) {
        String stem = parent.value().substring(0, Math.min(parent.value().length(), ID_CHARS - SUFFIX_CHARS - 1));
        while (true) {
            StringBuilder id = new StringBuilder(stem).append('-');
            for (int i = 0; i < SUFFIX_CHARS; i++) {
                id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
            AgentId candidate = new AgentId(id.toString());
            if (!fleet.agents().containsKey(candidate) && care.find(candidate) == null) {
                return candidate;
            }
        }
    }

    private Future<?> census() {
        Set<AgentId> alive = new HashSet<>(care.spawned());
        return mesh.census().apply(alive);
    }

    /// Time has passed.
    void onTick() {
        long now = mesh.clock().millis();
        dismiss(one -> one.endsAt <= now, "its time is over");
    }

    /// What this agent spawned goes with it.
    void orphan(AgentId parent) {
        dismiss(one -> parent.equals(one.parent()), "its parent has ended");
    }

    void dismissAll(String why) {
        dismiss(_ -> true, why);
    }

    private void dismiss(Predicate<Supervised> whom, String why) {
        List<Supervised> leaving = care.agents().stream()
                .filter(one -> one.parent() != null && !one.life.isLeaving())
                .filter(whom)
                .toList();
        if (!leaving.isEmpty()) {
            leave(leaving, why);
        }
    }

    private void leave(List<Supervised> leaving, String why) {
        leaving.forEach(one -> care.dismiss(one, why));
        census().onFailure(cause -> LOG.log(Level.WARNING, "not everybody knows who has left", cause));
    }
}
