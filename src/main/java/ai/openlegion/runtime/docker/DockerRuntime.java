package ai.openlegion.runtime.docker;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Agents in hardened containers of a Docker engine, under runc or an OCI runtime with a kernel of its own.
public final class DockerRuntime implements AgentRuntime {

    private final String name;
    private final Boundary boundary;

    /// Reaches nobody yet; several may stand side by side, one for each OCI runtime.
    public DockerRuntime(Vertx vertx, DockerSettings settings) {
        String oci = settings.ociRuntime();
        this.name = oci == null ? "docker" : oci.contains("kata") ? "kata" : oci;
        this.boundary = oci == null
                ? Boundary.SHARED_KERNEL
                : oci.contains("kata") ? Boundary.HYPERVISOR : Boundary.USER_SPACE_KERNEL;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Boundary boundary() {
        return boundary;
    }

    @Override
    public Future<Void> check() {
        return notYet();
    }

    @Override
    public Future<Ground> prepare(List<String> images, int meshPort, Consumer<String> progress) {
        return notYet();
    }

    @Override
    public Future<Instance> start(Launch launch) {
        return notYet();
    }

    @Override
    public Future<Void> stop(String instance, Duration grace) {
        return notYet();
    }

    @Override
    public Future<List<Instance>> survivors() {
        return notYet();
    }

    @Override
    public Future<Condition> look(String instance) {
        return notYet();
    }

    @Override
    public Future<Long> diskBytes(String instance) {
        return notYet();
    }

    @Override
    public Future<Void> forget(AgentId agent) {
        return notYet();
    }

    @Override
    public Future<LogStream> logs(String instance, int tail, boolean follow) {
        return notYet();
    }

    @Override
    public void onEnd(Consumer<String> ended) {}

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    private static <T> Future<T> notYet() {
        return Future.failedFuture(new RuntimeFault(RuntimeFault.Kind.MISSING, "containers are not run yet"));
    }
}
