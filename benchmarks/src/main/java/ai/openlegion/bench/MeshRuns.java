package ai.openlegion.bench;

import ai.openlegion.bench.WorkflowsCompare.Watch;
import ai.openlegion.bench.WorkflowsCompare.Wave;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/// The mesh's workflows, driven as an operator does.
final class MeshRuns {
    private static final Pattern USED = Pattern.compile("(?<!Metaspace )\\bused (\\d+)K");
    private static final long MOST_NANOS = 120_000_000_000L;

    private final Mesh mesh;
    private final InstantAgents agents;
    private final String operator;
    private final InstantAgents.Target target;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    MeshRuns(WorkflowHome home, Mesh mesh, InstantAgents agents) throws IOException {
        this.mesh = mesh;
        this.agents = agents;
        operator = home.operator();
        Map<String, String> tokens = new HashMap<>();
        for (int number = 0; number < home.agents(); number++) {
            tokens.put(WorkflowHome.agent(number), home.token(number));
        }
        target = new InstantAgents.Target(mesh.port(), tokens);
    }

    long pid() {
        return mesh.pid();
    }

    long lost() {
        return agents.lost();
    }

    /// A run of each workflow, all at once, to their ends; each must be complete.
    Wave wave() throws IOException, InterruptedException {
        agents.report(target);
        long cpu = Cpu.micros(pid());
        long begun = System.nanoTime();
        long already = agents.tasks();
        List<CompletableFuture<String>> started = new ArrayList<>();
        for (int number = 0; number < WorkflowsCompare.runs(); number++) {
            started.add(start(number));
        }
        List<String> ids = started.stream().map(CompletableFuture::join).toList();
        while (agents.tasks() - already < (long) ids.size() * WorkflowHome.STEPS) {
            pause(begun);
        }
        for (String id : ids) {
            awaitComplete(id, begun);
        }
        long nanos = System.nanoTime() - begun;
        return Wave.of(nanos, agents.gapsMicros(), Cpu.micros(pid()) - cpu);
    }

    /// One run, begun before its watchers come, and going on once all of them are there.
    Watch watched(Vertx vertx, int count) throws IOException, InterruptedException {
        agents.report(target);
        agents.hold();
        long already = agents.tasks();
        long before = Cpu.residentMebibytes(pid());
        long begun = System.nanoTime();
        String id = start(0).join();
        while (agents.tasks() == already) {
            pause(begun);
        }
        var where = WorkflowsCompare.where(
                mesh.controlPort(),
                "/control/runs/" + id + "/events",
                Map.of("authorization", "Bearer " + operator, "accept", "text/event-stream"));
        try (var watchers = Watchers.open(vertx, count, where)) {
            long with = Cpu.residentMebibytes(pid());
            long cpu = Cpu.micros(pid());
            long released = System.nanoTime();
            agents.release();
            while (agents.tasks() - already < WorkflowHome.STEPS) {
                pause(released);
            }
            long last = System.nanoTime();
            long ended = watchers.awaitEnd();
            String[] frames = watchers.frames();
            if (!frames[frames.length - 1].contains("event: run.finished")) {
                throw new IOException("the last frame is " + frames[frames.length - 1]);
            }
            double used = Cpu.micros(pid()) - cpu;
            return new Watch(
                    frames,
                    (ended - released) / 1e6,
                    Math.max(0, ended - last) / 1e6,
                    used / count / frames.length,
                    before,
                    with);
        }
    }

    /// What is left on its heap after a full collection, which it is asked for twice.
    long heapMebibytes() throws IOException, InterruptedException {
        var _ = jcmd("GC.run");
        var _ = jcmd("GC.run");
        long kibibytes = 0;
        for (String line : jcmd("GC.heap_info").lines().toList()) {
            var used = USED.matcher(line);
            if (!line.contains("Metaspace") && !line.contains("class space") && used.find()) {
                kibibytes += Long.parseLong(used.group(1));
            }
        }
        return kibibytes / 1024;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        String tool = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        var process = new ProcessBuilder(tool, "" + pid(), command)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said);
        }
        return said;
    }

    private CompletableFuture<String> start(int number) {
        var request = request("/control/workflows/" + WorkflowHome.workflow(number) + "/runs")
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"input\":{\"text\":\"go\"}}"))
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenApply(answer -> {
            if (answer.statusCode() != 202) {
                throw new IllegalStateException(answer.statusCode() + " " + answer.body());
            }
            return new JsonObject(answer.body()).getString("execution_id");
        });
    }

    private void awaitComplete(String id, long since) throws IOException, InterruptedException {
        while (true) {
            var answer = http.send(request("/control/runs/" + id).build(), HttpResponse.BodyHandlers.ofString());
            String status = new JsonObject(answer.body()).getString("status");
            if (status.equals("complete")) {
                return;
            }
            if (!status.equals("running")) {
                throw new IOException("run " + id + " is " + status + ": " + answer.body());
            }
            pause(since);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.controlPort() + path))
                .header("authorization", "Bearer " + operator);
    }

    private static void pause(long since) throws IOException, InterruptedException {
        if (System.nanoTime() - since > MOST_NANOS) {
            throw new IOException("not within two minutes");
        }
        Thread.sleep(2);
    }
}
