package ai.openlegion.cli;

import ai.openlegion.config.Home;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.host.MeshHost;
import ai.openlegion.host.StartOptions;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/// `rehearse`: a demo mesh in a temporary home that answers a few calls and stops.
///
/// The launcher runs it once after a build, while the JVM records which classes a start and a command load, so
/// that
/// later
/// ones find them ready.
@Command(name = "rehearse", hidden = true, description = "Runs a mesh in a temporary home for a moment.")
final class RehearseCommand implements Callable<Integer> {
    private static final long READY_SECONDS = 30;
    private static final long GLANCE_MILLIS = 20;
    private static final int CALLS = 20;

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("openlegion-rehearsal");
        try (PrintStream silence = new PrintStream(PrintStream.nullOutputStream())) {
            Home home = new Home(folder);
            StartOptions demo = new StartOptions(home, 0, 0, RuntimeKind.EXTERNAL, true);
            CompletableFuture<Integer> mesh =
                    CompletableFuture.supplyAsync(() -> MeshHost.run(demo, Map.of(), silence, silence));
            Ready ready = await(home, mesh);
            talk(home, ready);
            try (MeshClient operator = MeshClient.of(home)) {
                operator.demand("GET", "/control/status", null);
                operator.demand("GET", "/control/budgets", null);
                operator.demand("POST", "/control/stop", null);
            }
            return mesh.get(READY_SECONDS, TimeUnit.SECONDS);
        } finally {
            remove(folder);
        }
    }

    private static Ready await(Home home, CompletableFuture<Integer> mesh)
            throws CommandFailure, InterruptedException, ExecutionException {
        for (long waited = 0; waited < TimeUnit.SECONDS.toMillis(READY_SECONDS); waited += GLANCE_MILLIS) {
            Ready ready = Ready.read(home);
            if (ready != null) {
                return ready;
            }
            if (ends(mesh)) {
                throw CommandFailure.failed("the mesh ended early with " + mesh.get());
            }
        }
        throw CommandFailure.failed("the mesh did not become ready");
    }

    private static boolean ends(CompletableFuture<Integer> mesh) throws InterruptedException, ExecutionException {
        try {
            mesh.get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException runsOn) {
            return false;
        }
    }

    private static void talk(Home home, Ready ready) throws IOException, InterruptedException {
        String token = Tokens.open(home.data()).external(new AgentId("researcher"));
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (int call = 0; call < CALLS; call++) {
                String body = "{\"model\":\"demo/small\",\"stream\":" + (call % 2 == 0)
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim tokens=20 pace=0]]\"}]}";
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + ready.port() + "/v1/chat/completions"))
                        .timeout(Duration.ofSeconds(READY_SECONDS))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build();
                http.send(request, BodyHandlers.discarding());
            }
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
