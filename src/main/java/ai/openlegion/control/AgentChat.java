package ai.openlegion.control;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Presence;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.vault.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The operator's talk with an agent: the agent's own answer, whole or as it comes.
///
/// An agent is asked where the mesh itself started it, or where its entry says, never where it says so itself, and with
/// the token by which it knows the mesh. Whatever it answers is hostile: bounded in size and time, read strictly, and
/// written anew.
final class AgentChat {

    private static final Logger LOG = System.getLogger("openlegion.control");
    private static final int CONNECT_MILLIS = 5_000;

    /// Of an agent's head; ours sends a few lines.
    private static final int HEAD_BYTES = 16 * 1024;

    private final FleetRegistry fleets;
    private final OperatorLog log;
    private final Function<AgentId, String> inbound;
    private final ControlSettings settings;
    private @Nullable Talks talks;
    private int open;

    /// What needs an event loop.
    private record Talks(Vertx vertx, HttpClient client) {}

    /// Where an agent is asked, and as whom.
    private record Place(URI base, Future<Secret> token) {}

    /// @param inbound the token by which an external agent knows the mesh; asked off the event loop
    AgentChat(FleetRegistry fleets, OperatorLog log, Function<AgentId, String> inbound, ControlSettings settings) {
        this.fleets = fleets;
        this.log = log;
        this.inbound = inbound;
        this.settings = settings;
    }

    void start(Vertx vertx) {
        HttpClient client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setMaxHeaderSize(HEAD_BYTES)
                        .setMaxInitialLineLength(HEAD_BYTES)
                        .setDecompressionSupported(false)
                        // a connection for each talk: one that an agent of before left open is not the agent's of now
                        .setKeepAlive(false))
                .with(new PoolOptions().setHttp1MaxSize(settings.chats()))
                .build();
        talks = new Talks(vertx, client);
    }

    Future<?> close() {
        Talks now = talks;
        return now == null ? Future.succeededFuture() : now.client().close();
    }

    void add(OperatorRoutes routes) {
        routes.told(HttpMethod.POST, "/control/agents/:agent/chat", this::chat);
        routes.told(HttpMethod.POST, "/control/agents/:agent/chat/reset", this::reset);
    }

    private void chat(RoutingContext context, Members body) {
        String message = body.string("message");
        if (message == null || message.isBlank()) {
            Answers.write(context.response(), Answer.refused(422, "message must be a text"));
            return;
        }
        String accepted = context.request().getHeader(HttpHeaders.ACCEPT);
        boolean streams = accepted != null && accepted.toLowerCase(Locale.ROOT).contains("text/event-stream");
        Buffer said = Buffer.buffer("{\"message\":" + Members.quoted(message) + "}");
        ask(context, "agent.chat", streams ? "/chat/stream" : "/chat", said, streams);
    }

    private void reset(RoutingContext context, Members body) {
        ask(context, "agent.chat_reset", "/chat/reset", Buffer.buffer("{}"), false);
    }

    private void ask(RoutingContext context, String action, String path, Buffer body, boolean streams) {
        HttpServerResponse response = context.response();
        Talks now = talks;
        Fleet fleet = fleets.current();
        AgentId id = AgentRoutes.named(context, fleets);
        Agent agent = id == null ? null : fleet.agents().get(id);
        if (now == null || id == null || agent == null) {
            String name = String.valueOf(context.pathParam("agent"));
            log.record(context, action, name, "refused: unknown agent");
            Answers.write(response, AgentRoutes.unknown(name));
            return;
        }
        Place place = place(now.vertx(), fleet, agent);
        if (place == null) {
            log.record(context, action, id.value(), "refused: unreachable");
            Answers.write(response, Answer.refused(409, unreachable(fleet, agent)));
            return;
        }
        Answer refusal = open < settings.chats() ? log.refusal() : Answer.refused(503, "too many chats are open");
        if (refusal != null) {
            Answers.write(response, refusal);
            return;
        }
        log.record(context, action, id.value(), "allowed");
        open++;
        AgentTalk talk = new AgentTalk(now.vertx(), id, response, settings, () -> open--);
        place.token()
                .onFailure(unreadable -> {
                    LOG.log(Level.ERROR, "no inbound token agent=" + id, unreadable);
                    talk.fail(500, "the token for " + id + " cannot be read; see the mesh's log");
                })
                .onSuccess(token -> now.client()
                        .request(options(place.base(), path))
                        .onComplete(opened -> {
                            if (opened.failed()) {
                                talk.fail(502, id + " does not take connections where it should listen");
                                return;
                            }
                            HttpClientRequest request = opened.result();
                            talk.carries(request);
                            request.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token.reveal())
                                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                                    .putHeader(HttpHeaders.ACCEPT, streams ? "text/event-stream" : "application/json")
                                    .send(body)
                                    .onSuccess(answer -> talk.read(answer, streams))
                                    .onFailure(talk::broken);
                        }));
    }

    private @Nullable Place place(Vertx vertx, Fleet fleet, Agent agent) {
        if (agent.runtime() == RuntimeKind.EXTERNAL) {
            return agent.push() == null
                    ? null
                    : new Place(
                            agent.push(),
                            vertx.executeBlocking(() -> inbound.apply(agent.id()), false)
                                    .map(token -> Secret.of(Objects.requireNonNull(token))));
        }
        Presence presence = fleet.presences().get(agent.id());
        return presence == null || presence.address() == null
                ? null
                : new Place(presence.address(), Future.succeededFuture(presence.inbound()));
    }

    private static String unreachable(Fleet fleet, Agent agent) {
        if (agent.runtime() == RuntimeKind.EXTERNAL) {
            return agent.id() + " is external and has no address: give it one as push: in config/agents.yaml, or leave"
                    + " it a message";
        }
        return fleet.presences().containsKey(agent.id())
                ? agent.id() + " has no address to be asked at: its program serves nothing, or has not come up yet"
                : agent.id() + " does not run; start it with: openlegion agents start " + agent.id();
    }

    private static RequestOptions options(URI base, String path) {
        boolean secure = "https".equals(base.getScheme());
        String prefix = base.getRawPath() == null ? "" : base.getRawPath();
        if (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(base.getHost())
                .setPort(base.getPort() > 0 ? base.getPort() : secure ? 443 : 80)
                .setSsl(secure)
                .setFollowRedirects(false)
                .setConnectTimeout(CONNECT_MILLIS)
                .setURI(prefix + path);
    }
}
