package ai.openlegion.runtime.docker;

import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import com.github.dockerjava.api.model.Container;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Agents in hardened containers of a Docker engine, under runc or an OCI runtime with a kernel of its own.
public final class DockerRuntime implements AgentRuntime {

    private static final Logger LOG = System.getLogger("openlegion.runtime.docker");
    private static final int TAIL_MAX = 10_000;

    /// How often the filter is looked at: a firewall that is loaded anew takes our rules away.
    private static final long GUARD_MILLIS = 15_000;

    private static final List<String> LIMITS = List.of("MemoryLimit", "SwapLimit", "CpuCfsQuota", "PidsLimit");

    private final Vertx vertx;
    private final DockerSettings settings;
    private final String name;
    private final OciRuntime oci;
    private final Marks marks;
    private final Engine engine;
    private final Containers containers;
    private final HostFilter filter;
    private final AgentImage image;
    private final Endings endings;
    private final VolumeMeter meter;
    private final BridgedTraffic bridged = new BridgedTraffic();

    /// Containers that could not be removed when they had to be.
    private final Set<Doomed> doomed = ConcurrentHashMap.newKeySet();

    /// Why there is no image of the agent that comes along; null where there is one, as far as is known.
    private volatile @Nullable RuntimeFault imageless;

    private volatile @Nullable Standing standing;
    private long guard = -1;

    /// A start that failed. A later one of the same agent has the same name, and must not be taken for it.
    private record Doomed(String container, String start) {}

    /// The network, where the mesh is in it, and how many processors the engine has; 0 = it does not tell.
    private record Standing(FleetNetwork network, int port, int processors) {
        String mesh() {
            return network.gateway() + ":" + port;
        }
    }

    /// Reaches nobody yet; several may stand side by side, one for each OCI runtime.
    ///
    /// @throws UncheckedIOException when the home does not exist
    public DockerRuntime(Vertx vertx, DockerSettings settings) {
        this(vertx, settings, List.of());
    }

    /// @param filterPrefix words before each command of the filter
    DockerRuntime(Vertx vertx, DockerSettings settings, List<String> filterPrefix) {
        this.vertx = vertx;
        this.settings = settings;
        this.oci = new OciRuntime(settings.ociRuntime());
        this.name = oci.shown();
        String address = settings.engine() == null || settings.engine().isBlank()
                ? DockerSettings.USUAL_ENGINE
                : settings.engine();
        this.marks = Marks.of(settings.home());
        this.engine = new Engine(vertx, address, settings.engineDeadline());
        this.containers = new Containers(marks, name, oci);
        this.filter = new HostFilter(marks, filterPrefix);
        this.image = new AgentImage(settings.image(), settings.launcher(), address);
        this.endings =
                new Endings(vertx, engine, marks, label -> !settings.others().contains(label));
        this.meter = new VolumeMeter(engine, containers);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Boundary boundary() {
        return oci.boundary();
    }

    @Override
    public Future<Void> check() {
        return engine.order("asking what it can do", talk -> {
            engine.reach();
            JsonObject info = talk.get("/info");
            List<String> security = Confinement.texts(Confinement.array(info, "SecurityOptions"));
            oci.require(info);
            if (security.stream().noneMatch(option -> option.matches("name=seccomp,profile=(default|builtin).*"))) {
                throw Fault.missing("the Docker engine does not filter system calls by its default seccomp profile");
            }
            if (security.stream().anyMatch(option -> option.startsWith("name=rootless"))) {
                throw Fault.missing("a rootless Docker engine keeps its networks to itself: agents could not reach the"
                        + " mesh; use the engine of the system");
            }
            for (String limit : LIMITS) {
                if (!info.getBoolean(limit, false)) {
                    throw Fault.missing("the Docker engine cannot hold containers to a limit (" + limit
                            + "): the kernel's control groups lack it; boot with cgroup_enable=memory swapaccount=1");
                }
            }
            if (settings.hostFilter()) {
                filter.check();
            }
        });
    }

    @Override
    public Future<Ground> prepare(List<String> images, int meshPort, Consumer<String> progress) {
        Context context = vertx.getOrCreateContext();
        Consumer<String> tell = line -> context.runOnContext(_ -> progress.accept(line));
        return engine.call("making the agents' network", talk -> {
                    engine.reach();
                    JsonObject info = talk.get("/info");
                    oci.require(info);
                    FleetNetwork network = FleetNetwork.ensure(talk, marks, FleetNetwork.candidates(marks, routes()));
                    if (settings.hostFilter()) {
                        var _ = filter.ensure(network.gateway(), meshPort);
                    } else {
                        dropFilter();
                    }
                    var _ = bridged.ensure();
                    standing = new Standing(network, meshPort, info.getInteger("NCPU", 0));
                    for (String other : images) {
                        if (!other.equals(settings.image())
                                && Containers.image(talk, other).isEmpty()) {
                            tell.accept("there is no image " + other + ": docker pull " + other + ", or build it");
                        }
                    }
                    return true;
                })
                .compose(_ -> image(tell))
                .map(_ -> {
                    watch();
                    Standing now = required();
                    return new Ground(now.network().gateway(), now.network().gateway(), remarks());
                });
    }

    @Override
    public Future<Instance> start(Launch launch) {
        Standing now = standing;
        if (now == null) {
            return Future.failedFuture(Fault.unavailable("the agents' network is not prepared"));
        }
        String wanted = launch.program().image();
        Resources resources = launch.program().resources();
        if (now.processors() > 0 && resources.milliCpus() > now.processors() * 1000L) {
            return Future.failedFuture(Fault.unstartable("it may use " + resources.milliCpus() / 1000.0
                    + " processors, and this machine has " + now.processors() + ": lower its cpus"));
        }
        ContainerSpec asked = new ContainerSpec(
                marks,
                launch.agent(),
                launch.start(),
                name,
                oci.name(),
                wanted == null ? settings.image() : wanted,
                launch.program().command(),
                resources,
                launch.environment(),
                now.mesh());
        String network = now.network().id();
        return engine.call("making a container", talk -> {
                    if (wanted == null) {
                        requireImage(talk);
                    }
                    var _ = bridged.ensure();
                    if (settings.hostFilter()) {
                        var _ = filter.ensure(now.network().gateway(), now.port());
                    }
                    return containers.make(talk, asked, network);
                })
                .compose(id -> engine.call(
                        "starting a container",
                        settings.engineDeadline().multipliedBy(2),
                        talk -> containers.run(talk, asked, network, id)))
                .recover(failure ->
                        discard(new Doomed(asked.name(), asked.start())).transform(_ -> Future.failedFuture(failure)));
    }

    @Override
    public Future<Void> stop(String instance, Duration grace) {
        return engine.order("stopping a container", settings.engineDeadline().plus(grace), talk -> {
                    containers.halt(talk, instance, grace);
                })
                .transform(_ -> engine.order("removing a container", talk -> {
                    containers.remove(talk, instance);
                }))
                .onSuccess(_ -> meter.forget(instance));
    }

    @Override
    public Future<List<Instance>> survivors() {
        Standing now = standing;
        return engine.call("listing containers", talk -> {
            FleetNetwork network = FleetNetwork.find(talk, marks).orElse(null);
            List<Instance> found = new ArrayList<>();
            if (oci.isOpen()) {
                var _ = oci.find(talk.get("/info"));
            }
            for (Container container : containers.all(talk)) {
                if (settings.others().contains(container.getLabels().getOrDefault(Marks.RUNTIME, ""))) {
                    continue;
                }
                Optional<Instance> judged =
                        containers.judge(talk, container.getId(), network, now == null ? null : now.mesh());
                if (judged.isPresent()) {
                    found.add(judged.get());
                } else {
                    LOG.log(Level.WARNING, "event=nameless_container_removed id=" + container.getId());
                    containers.remove(talk, container.getId());
                }
            }
            return found;
        });
    }

    @Override
    public Future<Condition> look(String instance) {
        return engine.call("looking at a container", talk -> containers.look(talk, instance));
    }

    @Override
    public Future<Long> diskBytes(String instance) {
        return meter.bytes(instance);
    }

    @Override
    public Future<Void> forget(AgentId agent) {
        return engine.order("removing a volume", talk -> {
            containers.forget(talk, agent);
        });
    }

    @Override
    public Future<LogStream> logs(String instance, int tail, boolean follow) {
        return engine.call("finding a container", talk -> containers.look(talk, instance))
                .compose(_ -> ContainerLogs.open(engine, vertx, instance, Math.clamp(tail, 0, TAIL_MAX), follow));
    }

    @Override
    public void onEnd(Consumer<String> ended) {
        endings.add(ended);
    }

    @Override
    public Future<Void> close() {
        endings.close();
        synchronized (this) {
            vertx.cancelTimer(guard);
        }
        Standing now = standing;
        standing = null;
        Future<Void> released = now == null
                ? Future.succeededFuture()
                : engine.order("removing the agents' network", talk -> {
                    if (containers.all(talk).isEmpty() && FleetNetwork.release(talk, marks)) {
                        dropFilter();
                    }
                });
        return released.transform(_ -> engine.close());
    }

    private Standing required() {
        Standing now = standing;
        if (now == null) {
            throw new IllegalStateException("the runtime was closed while it was prepared");
        }
        return now;
    }

    private List<String> remarks() {
        return settings.hostFilter()
                ? List.of()
                : List.of("host filter is off: agents reach every service that listens on this host");
    }

    /// Builds the image of the agent that comes along where that is due. Agents with images of their own start without
    /// it.
    private Future<Void> image(Consumer<String> tell) {
        return engine.call(
                        "looking for the image " + settings.image(),
                        talk -> image.isDue(Containers.image(talk, settings.image())))
                .compose(due -> due ? build(tell) : Future.succeededFuture())
                .onSuccess(_ -> imageless = null)
                .recover(failure -> {
                    if (failure instanceof RuntimeFault fault && fault.kind() == RuntimeFault.Kind.UNSTARTABLE) {
                        imageless = fault;
                        tell.accept(fault.getMessage());
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(failure);
                });
    }

    private void requireImage(Talk talk) throws IOException, RuntimeFault {
        RuntimeFault why = imageless;
        if (why != null && image.isDue(Containers.image(talk, settings.image()))) {
            throw why;
        }
        imageless = null;
    }

    private Future<Void> build(Consumer<String> tell) {
        return engine.order("building the image " + settings.image(), AgentImage.BUILD_LIMIT, _ -> {
            tell.accept("building the image " + settings.image() + " …");
            image.build(tell);
        });
    }

    private Future<Void> discard(Doomed failed) {
        doomed.add(failed);
        return engine.order("removing a container", talk -> {
            containers.clear(talk, failed.container(), failed.start());
            doomed.remove(failed);
        });
    }

    private synchronized void watch() {
        if (guard < 0) {
            guard = vertx.setPeriodic(GUARD_MILLIS, _ -> keep());
        }
    }

    /// Puts back what others have taken away, and removes what could not be removed when it had to.
    private void keep() {
        Standing now = standing;
        if (now == null) {
            return;
        }
        engine.call("looking at the host filter", _ -> {
                    boolean bridge = bridged.ensure();
                    return (settings.hostFilter() && filter.ensure(now.network().gateway(), now.port())) || bridge;
                })
                .onSuccess(changed -> {
                    if (changed) {
                        LOG.log(Level.WARNING, "event=host_filter_restored chain=" + marks.chain());
                    }
                })
                .onFailure(why -> LOG.log(Level.ERROR, "event=host_filter_lost why=\"" + why.getMessage() + '"'));
        doomed.forEach(failed -> discard(failed)
                .onFailure(
                        why -> LOG.log(Level.WARNING, "event=container_not_removed why=\"" + why.getMessage() + '"')));
    }

    private void dropFilter() {
        try {
            filter.remove();
        } catch (RuntimeFault notAllowed) {
            LOG.log(Level.DEBUG, "event=host_filter_kept why=\"" + notAllowed.getMessage() + '"');
        }
    }

    private static String routes() {
        try {
            return Files.readString(Path.of("/proc/net/route"));
        } catch (IOException unknown) {
            return "";
        }
    }
}
