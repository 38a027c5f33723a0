package ai.openlegion.runtime.process;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A home, the runtime under test, and what a test wants to know of the processes that it starts.
final class ProcessRig implements AutoCloseable {

    /// A script that goes on until it is stopped.
    static final String STAY = "while :; do sleep 1; done";

    static final String TOKEN = "olt_test-token";

    final Vertx vertx = Vertx.vertx();
    final ProcessSettings settings;
    final ProcessRuntime runtime;

    ProcessRig(Path home, boolean ownUsers) throws IOException {
        Path data = Files.createDirectories(home.resolve("data"));
        settings = new ProcessSettings(
                home, data, "127.0.0.1", ownUsers, ownUsers ? ProcessSettings.SYSTEM_STATE : data.resolve("agents"));
        runtime = new ProcessRuntime(vertx, settings);
    }

    /// Users of their own need root: skipped, and said so, without; a failure where the environment says `CI`, since
    /// nobody reads there what was skipped.
    static void needRoot() {
        boolean isRoot =
                ProcessSettings.of(Path.of("/"), Path.of("/"), "127.0.0.1").ownUsers();
        if (!isRoot && System.getenv("CI") != null) {
            throw new AssertionError("CI runs these tests as root: users of their own need it");
        }
        assumeTrue(isRoot, "users of their own need root");
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    Instance start(String agent, String script) throws Exception {
        return start(agent, Resources.DEFAULTS, List.of("/bin/sh", "-c", script));
    }

    Instance start(String agent, Resources resources, List<String> command) throws Exception {
        return await(runtime.start(launch(agent, resources, command, Map.of("MESH_AUTH_TOKEN", TOKEN))));
    }

    static Launch launch(String agent, Resources resources, List<String> command, Map<String, String> environment) {
        return new Launch(
                new AgentId(agent),
                UUID.randomUUID().toString(),
                new Agent.Program(null, command, resources, true),
                new HashMap<>(environment));
    }

    Condition condition(Instance instance) {
        try {
            return await(runtime.look(instance.id()));
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }

    static long pid(Instance instance) {
        return Long.parseLong(instance.id().replaceFirst("-.*", ""));
    }

    Path work(String agent) throws IOException {
        return place(agent).work();
    }

    Quarters.Place place(String agent) throws IOException {
        return java.util.Objects.requireNonNull(new Quarters(settings).existing(new AgentId(agent)));
    }

    /// The ids of all processes that have a text in their environment, as a root that looks everywhere sees it.
    static List<Long> processesWith(String text) {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(path -> String.valueOf(path.getFileName()).matches("[0-9]+"))
                    .filter(path -> environment(path).contains(text))
                    .map(path -> Long.valueOf(String.valueOf(path.getFileName())))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static String environment(Path process) {
        try {
            return Files.readString(process.resolve("environ"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    @Override
    public void close() throws IOException {
        done(runtime.close());
        Quarters quarters = new Quarters(settings);
        for (Quarters.Place place : quarters.ofThisHome()) {
            quarters.remove(place);
        }
        done(vertx.close());
    }

    private static void done(Future<?> future) {
        try {
            var _ = await(future);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }
}
