package ai.openlegion.fabric;

import ai.openlegion.acl.Decision;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.routes.Permission;
import ai.openlegion.routes.Routes;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// What every route of the fabric does before its own part: entrance, rate, body, JSON, claimed identity.
final class Crossings {

    private static final byte[] NOTHING = {'{', '}'};

    private final FabricRoutes.Surroundings mesh;
    private final UnreadAnswers unread;
    private final Denials denials;

    /// Refusals for their rate since the last entry in the audit, so that a flood of them cannot fill it.
    private final Map<Overrun, Integer> overruns = new HashMap<>();

    private record Overrun(AgentId agent, Crossing crossing) {}

    Crossings(FabricRoutes.Surroundings mesh) {
        this.mesh = mesh;
        unread = new UnreadAnswers(mesh.streams());
        denials = new Denials(mesh.audit(), mesh.clock());
    }

    /// A crossing by someone who was let in.
    Visit visit(RoutingContext context, Entrance.Entered entered) {
        return new Visit(mesh, unread, denials, context, entered);
    }

    /// Ends a response outside the fabric that is as large; false where its agent leaves too much unread.
    boolean ends(AgentId agent, HttpServerRequest request, byte[] body) {
        if (!unread.hasRoom(agent, body.length)) {
            return false;
        }
        unread.write(agent, request, body);
        return true;
    }

    /// Adds a route whose requests say all in path and query.
    void plain(
            Router router,
            HttpMethod method,
            String path,
            Permission permission,
            Crossing crossing,
            BiConsumer<Visit, Input> handler) {
        Routes.add(
                router,
                method,
                path,
                permission,
                context -> mesh.entrance().enter(context, entered -> {
                    Visit visit = visit(context, entered);
                    if (isWithinRate(visit, crossing)) {
                        handler.accept(visit, new Input(context.request().params(), null));
                    }
                }));
    }

    /// Adds a route whose requests carry a JSON object that may name its sender, who must then be the caller.
    void json(
            Router router,
            HttpMethod method,
            String path,
            Permission permission,
            Crossing crossing,
            BiConsumer<Visit, Input> handler) {
        bodied(router, method, path, permission, crossing, Input.BODY_BYTES, checked(handler));
    }

    /// Adds a route like [#json], whose requests may also carry nothing, which stands for an empty object.
    void jsonOrNothing(
            Router router,
            HttpMethod method,
            String path,
            Permission permission,
            Crossing crossing,
            BiConsumer<Visit, Input> handler) {
        BiConsumer<Visit, byte[]> checked = checked(handler);
        bodied(
                router,
                method,
                path,
                permission,
                crossing,
                Input.BODY_BYTES,
                (visit, body) -> checked.accept(visit, body.length == 0 ? NOTHING : body));
    }

    private static BiConsumer<Visit, byte[]> checked(BiConsumer<Visit, Input> handler) {
        return (visit, body) -> {
            Members members = members(visit, body);
            if (members == null) {
                return;
            }
            if (members.has("agent_id") && !visit.agent().value().equals(members.string("agent_id"))) {
                visit.deny(
                        new Decision.Denied(
                                "identity",
                                visit.fleet().revision(),
                                "The token belongs to another agent than agent_id says"),
                        "identity",
                        "agent_id");
                return;
            }
            handler.accept(visit, new Input(visit.request().params(), members));
        };
    }

    /// Adds a route that takes a body as it is.
    void bodied(
            Router router,
            HttpMethod method,
            String path,
            Permission permission,
            Crossing crossing,
            int maxBytes,
            BiConsumer<Visit, byte[]> handler) {
        Routes.add(
                router,
                method,
                path,
                permission,
                context -> mesh.entrance().enter(context, entered -> {
                    if (isWithinRate(visit(context, entered), crossing)) {
                        read(context, entered, maxBytes, handler);
                    }
                }));
    }

    private void read(
            RoutingContext context, Entrance.Entered entered, int maxBytes, BiConsumer<Visit, byte[]> handler) {
        mesh.entrance().read(context, entered, maxBytes, (still, body) -> handler.accept(visit(context, still), body));
    }

    /// The members of a body; null where it is no object, which has been answered.
    static @Nullable Members members(Visit visit, byte[] body) {
        return switch (Members.read(body)) {
            case Members.Read read -> read.members();
            case Members.Malformed malformed -> {
                visit.refuse(400, malformed.why());
                yield null;
            }
            case Members.NotAnObject no -> {
                visit.refuse(422, "The body must be a JSON object");
                yield null;
            }
        };
    }

    /// Whether nothing is wrong with what was read; where something is, it has been answered.
    static boolean isSound(Visit visit, Input input) {
        Input.Flaw flaw = input.flaw();
        if (flaw != null) {
            visit.refuse(flaw.status(), flaw.detail());
        }
        return flaw == null;
    }

    private boolean isWithinRate(Visit visit, Crossing crossing) {
        long seconds = mesh.rates().charge(visit.agent(), crossing);
        if (seconds > 0) {
            overruns.merge(new Overrun(visit.agent(), crossing), 1, Integer::sum);
            visit.later(429, "Rate limit exceeded for " + crossing.settingName(), seconds);
        }
        return seconds == 0;
    }

    /// Time has passed; see [InboxReaders#TICKS_A_SECOND].
    void onTick() {
        unread.onTick();
    }

    /// A second has passed: records what was only counted in it.
    void onSecond(long revision) {
        denials.onSecond(revision);
        recordOverruns(revision);
    }

    /// Records the refusals for their rate, one entry an agent and operation. What the audit has no room for now stays.
    private void recordOverruns(long revision) {
        overruns.entrySet()
                .removeIf(counted -> mesh.audit()
                        .offer(new AuditEntry(
                                mesh.clock().millis(),
                                counted.getKey().agent().value(),
                                "rate_limit",
                                counted.getKey().crossing().settingName(),
                                "refused: " + counted.getValue() + " requests beyond the rate",
                                "rate_limits",
                                revision,
                                "",
                                "",
                                0)));
    }
}
