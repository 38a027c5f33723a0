package ai.openlegion.runtime.docker;

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
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Agents in hardened containers of a Docker engine, under runc or an OCI runtime with a kernel of its own.
public final class DockerRuntime implements AgentRuntime {

    private static final Logger LOG = System.getLogger("openlegion.runtime.docker");
    private static final String RUNC = "runc";
    private static final int TAIL_MAX = 10_000;

    /// How often the filter is looked at: a firewall that is loaded anew takes our rules away.
    private static final long GUARD_MILLIS = 15_000;

    private static final List<String> LIMITS = List.of("MemoryLimit", "SwapLimit", "CpuCfsQuota", "PidsLimit");

    private static final Pattern SHIM = Pattern.compile("io\\.containerd\\.(\\w+)\\.(v\\d)");

    private final Vertx vertx;
    private final DockerSettings settings;
    private final String name;
    private final String oci;
    private final Marks marks;
    private final Engine engine;
    private final Containers containers;
    private final HostFilter filter;
    private final AgentImage image;
    private final Endings endings;

    /// Containers that could not be removed when they had to be; by name.
    private final Set<String> doomed = ConcurrentHashMap.newKeySet();

    private volatile @Nullable Standing standing;
    private long guard = -1;

    /// The network, and where the mesh is in it.
    private record Standing(FleetNetwork network, int port) {
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
        String runtime = settings.ociRuntime();
        this.oci = runtime == null ? RUNC : runtime;
        this.name = runtime == null || runtime.equals(RUNC) ? "docker" : isKata() ? "kata" : oci;
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
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Boundary boundary() {
        if (oci.equals(RUNC)) {
            return Boundary.SHARED_KERNEL;
        }
        return isKata() ? Boundary.HYPERVISOR : Boundary.USER_SPACE_KERNEL;
    }

    @Override
    public Future<Void> check() {
        return engine.order("asking what it can do", talk -> {
            engine.reach();
            JsonObject info = talk.get("/info");
            List<String> security = Confinement.texts(Confinement.array(info, "SecurityOptions"));
            if (!Confinement.object(info, "Runtimes").containsKey(oci) && !isShim(oci)) {
                throw Fault.missing("the Docker engine has no OCI runtime " + oci
                        + ": install it and register it in /etc/docker/daemon.json");
            }
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
                    FleetNetwork network = FleetNetwork.ensure(talk, marks, FleetNetwork.candidates(marks, routes()));
                    if (settings.hostFilter()) {
                        var _ = filter.ensure(network.gateway(), meshPort);
                    } else {
                        dropFilter();
                    }
                    standing = new Standing(network, meshPort);
                    boolean due = image.isDue(Containers.image(talk, settings.image()));
                    for (String other : images) {
                        if (!other.equals(settings.image())
                                && Containers.image(talk, other).isEmpty()) {
                            tell.accept("there is no image " + other + ": docker pull " + other + ", or build it");
                        }
                    }
                    return due;
                })
                .compose(due -> due ? build(tell) : Future.succeededFuture())
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
        ContainerSpec asked = new ContainerSpec(
                marks,
                launch.agent(),
                launch.start(),
                name,
                oci,
                wanted == null ? settings.image() : wanted,
                launch.program().command(),
                launch.program().resources(),
                launch.environment(),
                now.mesh());
        String network = now.network().id();
        return engine.call("making a container", talk -> {
                    if (settings.hostFilter()) {
                        var _ = filter.ensure(now.network().gateway(), now.port());
                    }
                    return containers.make(talk, asked, network);
                })
                .compose(id -> engine.call(
                        "starting a container",
                        settings.engineDeadline().multipliedBy(2),
                        talk -> containers.run(talk, asked, network, id)))
                .recover(failure -> discard(asked.name()).transform(_ -> Future.failedFuture(failure)));
    }

    @Override
    public Future<Void> stop(String instance, Duration grace) {
        return engine.order("stopping a container", settings.engineDeadline().plus(grace), talk -> {
                    containers.halt(talk, instance, grace);
                })
                .transform(_ -> engine.order("removing a container", talk -> {
                    containers.remove(talk, instance);
                }));
    }

    @Override
    public Future<List<Instance>> survivors() {
        Standing now = standing;
        return engine.call("listing containers", talk -> {
            FleetNetwork network = FleetNetwork.find(talk, marks).orElse(null);
            List<Instance> found = new ArrayList<>();
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
        return engine.call("measuring a volume", talk -> {
            Optional<Path> volume = containers.volume(talk, instance);
            if (volume.isEmpty()) {
                throw Fault.unavailable("there is no such container, or it has no volume");
            }
            try {
                return VolumeSize.of(volume.get(), () -> !Thread.currentThread().isInterrupted());
            } catch (AccessDeniedException notRoot) {
                return VolumeSize.asked(talk, instance);
            } catch (DirectoryIteratorException broken) {
                throw broken.getCause();
            }
        });
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

    private boolean isKata() {
        return oci.contains("kata");
    }

    /// Newer engines take the name of any of containerd's shims that is installed, and list none of them.
    private static boolean isShim(String oci) {
        Matcher shim = SHIM.matcher(oci);
        return shim.matches() && Command.isInstalled("containerd-shim-" + shim.group(1) + "-" + shim.group(2));
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

    private Future<Void> build(Consumer<String> tell) {
        return engine.order("building the image " + settings.image(), AgentImage.BUILD_LIMIT, _ -> {
            tell.accept("building the image " + settings.image() + " …");
            image.build(tell);
        });
    }

    private Future<Void> discard(String container) {
        doomed.add(container);
        return engine.order("removing a container", talk -> {
            containers.clear(talk, container);
            doomed.remove(container);
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
        if (settings.hostFilter()) {
            engine.call(
                            "looking at the host filter",
                            _ -> filter.ensure(now.network().gateway(), now.port()))
                    .onSuccess(changed -> {
                        if (changed) {
                            LOG.log(Level.WARNING, "event=host_filter_restored chain=" + marks.chain());
                        }
                    })
                    .onFailure(why -> LOG.log(Level.ERROR, "event=host_filter_lost why=\"" + why.getMessage() + '"'));
        }
        doomed.forEach(container -> discard(container)
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
