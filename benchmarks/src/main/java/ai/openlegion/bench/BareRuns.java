package ai.openlegion.bench;

import ai.openlegion.bench.WorkflowsCompare.Watch;
import ai.openlegion.bench.WorkflowsCompare.Wave;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// The same chains and the same frames by way of [Relay].
final class BareRuns {
    private static final long MOST_NANOS = 60_000_000_000L;

    private final int port;
    private final long pid;
    private final InstantAgents agents;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int waves;

    private BareRuns(int port, long pid, InstantAgents agents) {
        this.port = port;
        this.pid = pid;
        this.agents = agents;
    }

    /// Starts it with the JVM options of the mesh.
    static BareRuns start(Rig rig, List<String> jvmOptions, InstantAgents agents)
            throws IOException, InterruptedException {
        int port = Children.freePort();
        var command = new ArrayList<String>(List.of(Rig.java()));
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-cp", Rig.classPath(), Relay.class.getName(), "" + port, "" + agents.port(), "" + WorkflowHome.STEPS));
        long pid = rig.children().serve("relay", command, port).pid();
        return new BareRuns(port, pid, agents);
    }

    Wave wave() throws IOException, InterruptedException {
        agents.report(new InstantAgents.Target(port, Map.of()));
        int wave = ++waves;
        long cpu = Cpu.micros(pid);
        long begun = System.nanoTime();
        long already = agents.tasks();
        List<CompletableFuture<HttpResponse<String>>> started = new ArrayList<>();
        for (int number = 0; number < WorkflowsCompare.runs(); number++) {
            started.add(post("/start/" + WorkflowHome.agent(number) + "/run" + wave + "x" + number, ""));
        }
        started.forEach(CompletableFuture::join);
        while (agents.tasks() - already < (long) WorkflowsCompare.runs() * WorkflowHome.STEPS) {
            if (System.nanoTime() - begun > MOST_NANOS) {
                throw new IOException("the relay did not end");
            }
            Thread.sleep(2);
        }
        long nanos = System.nanoTime() - begun;
        return Wave.of(nanos, agents.gapsMicros(), Cpu.micros(pid) - cpu);
    }

    /// Frames after the first, one by one, each as soon as the relay has taken the one before.
    Watch watched(Vertx vertx, int count, String[] frames) throws IOException, InterruptedException {
        long before = Cpu.residentMebibytes(pid);
        try (var watchers = Watchers.open(vertx, count, WorkflowsCompare.where(port, "/events", Map.of()))) {
            long with = Cpu.residentMebibytes(pid);
            long cpu = Cpu.micros(pid);
            long released = System.nanoTime();
            for (int frame = 1; frame < frames.length; frame++) {
                var _ = post("/frame", frames[frame] + "\n\n").join();
            }
            long last = System.nanoTime();
            var _ = post("/frame", "").join();
            long ended = watchers.awaitEnd();
            double used = Cpu.micros(pid) - cpu;
            return new Watch(
                    frames,
                    (ended - released) / 1e6,
                    Math.max(0, ended - last) / 1e6,
                    used / count / frames.length,
                    before,
                    with);
        }
    }

    private CompletableFuture<HttpResponse<String>> post(String path, String body) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }
}
