package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.Agent;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.RuntimeFault.Kind;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.scenario.NeedsDocker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An engine that is not there, hangs, or goes away: told in time and in words, at the cost of a few threads.
@Timeout(120)
class EngineFaultTest {

    private static final Duration BRIEF = Duration.ofMillis(400);

    @TempDir
    Path folder;

    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void shut() throws Exception {
        Fleet.await(vertx.close());
    }

    @Test
    void an_engine_that_accepts_and_never_answers_fails_every_call_in_time() throws Exception {
        try (Door door = new Door(folder.resolve("hung.sock"), null)) {
            DockerRuntime runtime = runtime(door.address(), BRIEF);
            Launch launch = new Launch(new AgentId("alpha"), "s", Agent.Program.OWN, Map.of());
            String id = "0123456789abcdef";

            List<Future<?>> calls = new ArrayList<>(List.of(
                    runtime.check(),
                    runtime.prepare(List.of(), 1, _ -> {}),
                    runtime.survivors(),
                    runtime.look(id),
                    runtime.diskBytes(id),
                    runtime.forget(launch.agent()),
                    runtime.logs(id, 10, true),
                    runtime.stop(id, Duration.ZERO)));
            assertThat(calls).allSatisfy(call -> {
                RuntimeFault fault = Fleet.fault(call);
                assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
                assertThat(fault).hasMessageContaining("did not answer within 0.4 s");
            });
            Fleet.await(runtime.close());
        }
    }

    @Test
    void a_hung_engine_holds_eight_threads_however_many_calls_are_made() throws Exception {
        try (Door door = new Door(folder.resolve("hung.sock"), null)) {
            DockerRuntime runtime = runtime(door.address(), BRIEF);
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                calls.add(runtime.look("0123456789abcdef"));
            }
            assertThat(threads()).isLessThanOrEqualTo(8);
            assertThat(calls)
                    .allSatisfy(call -> assertThat(Fleet.fault(call).kind()).isEqualTo(Kind.UNAVAILABLE));
            assertThat(threads()).isLessThanOrEqualTo(8);

            // what was broken off has freed its thread: the next call is tried, and not left waiting
            int before = door.connections();
            var _ = Fleet.fault(runtime.look("0123456789abcdef"));
            Eventually.until("it was tried", () -> door.connections() > before);
            Fleet.await(runtime.close());
            Eventually.until("no thread is left", () -> threads() == 0);
        }
    }

    @Test
    void an_engine_that_is_not_there_is_missing_and_the_way_to_get_it_is_told() throws Exception {
        DockerRuntime runtime = runtime("unix://" + folder.resolve("none.sock"), BRIEF);

        RuntimeFault fault = Fleet.fault(runtime.check());

        assertThat(fault.kind()).isEqualTo(Kind.MISSING);
        assertThat(fault).hasMessageContaining("none.sock").hasMessageContaining("apt-get install docker.io");
        Fleet.await(runtime.close());
    }

    @Test
    void an_engine_elsewhere_is_refused_in_words() throws Exception {
        for (String address : List.of("tcp://127.0.0.1:2375", "ssh://me@host", "npipe:////./pipe/docker")) {
            DockerRuntime runtime = runtime(address, BRIEF);
            RuntimeFault fault = Fleet.fault(runtime.check());

            assertThat(fault.kind()).isEqualTo(Kind.MISSING);
            assertThat(fault).hasMessageContaining(address).hasMessageContaining("Unix socket");
            Fleet.await(runtime.close());
        }
    }

    @Test
    @NeedsDocker
    void an_oci_runtime_that_the_engine_does_not_know_is_missing() throws Exception {
        try (Fleet fleet = new Fleet("io.containerd.kata.v2")) {
            RuntimeFault fault = Fleet.fault(fleet.runtime.check());

            assertThat(fault.kind()).isEqualTo(Kind.MISSING);
            assertThat(fault).hasMessageContaining("io.containerd.kata.v2").hasMessageContaining("daemon.json");
            assertThat(fleet.runtime.name()).isEqualTo("kata");
            assertThat(fleet.runtime.boundary().shown()).isEqualTo("hypervisor");
        }
    }

    @Test
    @NeedsDocker
    void ends_are_told_also_after_the_connection_to_the_engine_was_lost() throws Exception {
        List<String> ended = new CopyOnWriteArrayList<>();
        try (Fleet fleet = new Fleet(null);
                Door door = new Door(folder.resolve("docker.sock"), Path.of("/var/run/docker.sock"))) {
            fleet.prepare();
            DockerRuntime watcher = new DockerRuntime(
                    fleet.vertx,
                    new DockerSettings(
                            fleet.home, null, Set.of(), NeedsDocker.IMAGE, true, Fleet.CALL, null, door.address()));
            watcher.onEnd(ended::add);
            Eventually.until("it listens", () -> door.connections() >= 2);

            Instance first = fleet.start("first", "sleep", "600");
            Fleet.docker("kill", first.id());
            Eventually.until("the first end is told", () -> ended.contains(first.id()));

            Instance missed = fleet.start("missed", "sleep", "600");
            door.shut();
            Fleet.docker("kill", missed.id());
            door.reopen();
            Eventually.until("what ended meanwhile is told", () -> ended.contains(missed.id()));

            Instance last = fleet.start("last", "true");
            Eventually.until("the last end is told", () -> ended.contains(last.id()));
            Fleet.await(watcher.close());
        }
    }

    private DockerRuntime runtime(String engine, Duration deadline) {
        return new DockerRuntime(
                vertx, new DockerSettings(folder, null, Set.of(), NeedsDocker.IMAGE, false, deadline, null, engine));
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("openlegion-docker"))
                .count();
    }

    /// A Unix socket that leads to the engine, or nowhere.
    private static final class Door implements AutoCloseable {
        private final Path path;
        private final @Nullable Path engine;
        private final List<SocketChannel> open = new CopyOnWriteArrayList<>();
        private volatile ServerSocketChannel server;
        private final AtomicInteger connections = new AtomicInteger();

        Door(Path path, @Nullable Path engine) throws IOException {
            this.path = path;
            this.engine = engine;
            reopen();
        }

        String address() {
            return "unix://" + path;
        }

        int connections() {
            return connections.get();
        }

        void reopen() throws IOException {
            ServerSocketChannel bound = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            bound.bind(UnixDomainSocketAddress.of(path), 256);
            server = bound;
            Thread.ofVirtual().start(() -> accept(bound));
        }

        void shut() throws IOException {
            server.close();
            Files.deleteIfExists(path);
            for (SocketChannel channel : open) {
                channel.close();
            }
            open.clear();
        }

        private void accept(ServerSocketChannel bound) {
            try {
                while (true) {
                    SocketChannel client = bound.accept();
                    open.add(client);
                    connections.incrementAndGet();
                    if (engine != null) {
                        SocketChannel behind = SocketChannel.open(UnixDomainSocketAddress.of(engine));
                        open.add(behind);
                        Thread.ofVirtual().start(() -> pass(client, behind));
                        Thread.ofVirtual().start(() -> pass(behind, client));
                    }
                }
            } catch (IOException closed) {
                // the door is shut
            }
        }

        private static void pass(SocketChannel from, SocketChannel to) {
            try (from;
                    to) {
                ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
                while (from.read(buffer) >= 0) {
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        to.write(buffer);
                    }
                    buffer.clear();
                }
            } catch (IOException closed) {
                // one side has gone
            }
        }

        @Override
        public void close() throws IOException {
            shut();
        }
    }
}
