package ai.openlegion.push;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Fleets;
import ai.openlegion.fleet.Presence;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The verticle of the push lanes: one an agent that has an address, each on its own, following the fleet as it
/// changes.
public final class PushVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.push");

    private final Bus bus;
    private final Supplier<Fleet> fleet;
    private final Function<AgentId, String> inboundToken;
    private final InstantSource clock;
    private final PushSettings settings;

    private final Map<AgentId, Lane> lanes = new HashMap<>();
    private @Nullable Courier courier;
    private Bus.@Nullable Subscription changes;
    private Future<?> following = Future.succeededFuture();
    private boolean stopped;

    /// @param inboundToken the token by which an agent knows the mesh; asked off the event loop, when the fleet changes
    public PushVerticle(
            Bus bus,
            Supplier<Fleet> fleet,
            Function<AgentId, String> inboundToken,
            InstantSource clock,
            PushSettings settings) {
        this.bus = bus;
        this.fleet = fleet;
        this.inboundToken = inboundToken;
        this.clock = clock;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        Courier posts = new Courier(vertx, settings.timeoutMillis());
        courier = posts;
        changes = bus.subscribe(Fleets.CHANGED, _ -> {
            var _ = follow(posts);
        });
        return follow(posts);
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        lanes.values().forEach(Lane::close);
        lanes.clear();
        Future<?> deaf = changes == null ? Future.succeededFuture() : changes.cancel();
        Courier posts = courier;
        return posts == null ? deaf : deaf.eventually(posts::close);
    }

    /// Brings the lanes in line with the fleet, one change after another.
    private Future<?> follow(Courier posts) {
        following = following
                .transform(_ -> vertx.executeBlocking(this::addresses))
                .onSuccess(addresses -> follow(posts, addresses))
                .onFailure(cause -> {
                    LOG.log(Level.ERROR, "no token for the push endpoints; they are tried again", cause);
                    if (!stopped) {
                        vertx.setTimer(settings.longestBackOffMillis(), _ -> {
                            var _ = follow(posts);
                        });
                    }
                })
                .otherwiseEmpty();
        return following;
    }

    private Map<AgentId, Address> addresses() {
        Map<AgentId, Address> addresses = new HashMap<>();
        Fleet fleet = this.fleet.get();
        for (Agent agent : fleet.agents().values()) {
            URI push = agent.push();
            if (push != null) {
                addresses.put(agent.id(), new Address(push, inboundToken.apply(agent.id())));
            }
            Presence presence = fleet.presences().get(agent.id());
            URI own = presence == null ? null : presence.address();
            if (presence != null && own != null && agent.program().hasServer()) {
                addresses.put(agent.id(), new Address(own, presence.inbound().reveal()));
            }
        }
        return addresses;
    }

    private void follow(Courier posts, Map<AgentId, Address> addresses) {
        if (stopped) {
            return;
        }
        lanes.entrySet().removeIf(lane -> {
            boolean gone = !addresses.containsKey(lane.getKey());
            if (gone) {
                lane.getValue().close();
            }
            return gone;
        });
        addresses.forEach((agent, address) -> {
            Lane lane = lanes.get(agent);
            if (lane != null) {
                lane.moveTo(address);
                return;
            }
            Lane opened = new Lane(
                    vertx, bus, posts, clock, settings, agent, address, "push:" + agent + ':' + UUID.randomUUID());
            lanes.put(agent, opened);
            opened.open();
        });
    }
}
