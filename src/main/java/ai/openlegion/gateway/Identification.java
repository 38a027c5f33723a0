package ai.openlegion.gateway;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Caller;
import ai.openlegion.listener.ClientConnection;
import ai.openlegion.listener.Connections;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who calls: the one token of a request and the agent it belongs to.
final class Identification {

    private static final List<String> KEY_HEADERS = List.of("x-api-key", "x-goog-api-key");
    private static final String BEARER = "bearer ";

    private final Loop loop;
    private int failures;
    private final Map<AgentId, Integer> crowded = new HashMap<>();
    private Refusal refusal = unknown();

    /// Who claimed to be another agent since the last tick, and how often: an entry a request could fill the audit.
    private final Map<AgentId, Integer> claims = new HashMap<>();

    Identification(Loop loop) {
        this.loop = loop;
    }

    /// A caller and the token that proved it.
    record Known(Caller caller, String token) {}

    /// The caller, whose connection this is from here on; null when there is no token, a wrong one, two that differ, or
    /// when the caller has too many connections already: [#refusal] says which.
    @Nullable
    Known identify(HttpServerRequest request, Fleet fleet) {
        String token = token(request.headers());
        Caller caller = token == null ? null : fleet.tokens().find(token);
        ClientConnection connection = Connections.of(request.connection());
        if (token == null || caller == null) {
            failed();
            refusal = unknown();
            leaveBody(request);
            connection.fails(request);
            return null;
        }
        if (!connection.isOf(caller.agent(), token)) {
            refusal = Refusal.later(Refusal.Kind.UNAVAILABLE, "This agent has too many connections", 1);
            crowded.merge(caller.agent(), 1, Integer::sum);
            leaveBody(request);
            connection.leavesAfter(request);
            return null;
        }
        return new Known(caller, token);
    }

    /// A request came without a token that opens the door, or with one that died before its body was there.
    void failed() {
        failures++;
    }

    /// Why a query that names an agent is refused; null where it names none, or the caller each time.
    @Nullable
    Refusal foreignClaim(HttpServerRequest request, Caller caller) {
        List<String> claimed = claims(request);
        if (claimed == null) {
            return Refusal.of(Refusal.Kind.MALFORMED, "The query is malformed");
        }
        String id = caller.agent().value();
        if (claimed.stream().allMatch(id::equals)) {
            return null;
        }
        claims.merge(caller.agent(), 1, Integer::sum);
        return Refusal.of(Refusal.Kind.DENIED, "The token belongs to another agent than agent_id says");
    }

    /// The agents that a query names as the caller; null where it is malformed.
    static @Nullable List<String> claims(HttpServerRequest request) {
        if (request.query() == null) {
            return List.of();
        }
        try {
            return request.params().getAll("agent_id");
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    /// Why there was no caller the last time.
    Refusal refusal() {
        return refusal;
    }

    static Refusal unknown() {
        return Refusal.of(
                Refusal.Kind.UNAUTHENTICATED,
                "Send your agent's token as Authorization: Bearer or x-api-key; `openlegion token AGENT` prints it");
    }

    /// A stream of HTTP/2 whose body nobody reads would stay as long as its client likes; it ends after the answer.
    private void leaveBody(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2 && !request.isEnded()) {
            loop.context().runOnContext(_ -> {
                if (!request.isEnded()) {
                    var _ = request.response().reset();
                }
            });
        }
    }

    private static @Nullable String token(MultiMap headers) {
        String token = null;
        for (String value : headers.getAll("authorization")) {
            if (!value.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    || (token != null
                            && !token.equals(value.substring(BEARER.length()).strip()))) {
                return null;
            }
            token = value.substring(BEARER.length()).strip();
        }
        for (String header : KEY_HEADERS) {
            if (!headers.contains(header)) {
                continue; // which saves a list in nearly every call
            }
            for (String value : headers.getAll(header)) {
                if (token != null && !token.equals(value)) {
                    return null;
                }
                token = value;
            }
        }
        return token;
    }

    /// Records what was refused since the last tick: one entry for the failures, so that a flood of wrong tokens cannot
    /// fill the audit, and one an agent for its claims and its connections. What the audit has no room for stays.
    void onTick() {
        if (failures > 0
                && isRecorded(
                        "unknown",
                        "authenticate",
                        "agent listener",
                        failures + " requests without a valid token",
                        "")) {
            failures = 0;
        }
        claims.entrySet()
                .removeIf(claim -> isRecorded(
                        claim.getKey().value(),
                        "identity",
                        "agent_id",
                        claim.getValue() + " requests in another agent's name",
                        "identity"));
        crowded.entrySet()
                .removeIf(crowd -> isRecorded(
                        crowd.getKey().value(),
                        "authenticate",
                        "agent listener",
                        crowd.getValue() + " connections too many",
                        ""));
    }

    private boolean isRecorded(String who, String action, String resource, String what, String rule) {
        return loop.audit()
                .offer(new AuditEntry(
                        loop.clock().millis(),
                        who,
                        action,
                        resource,
                        "denied: " + what,
                        rule,
                        loop.fleets().current().revision(),
                        "",
                        "",
                        0));
    }
}
