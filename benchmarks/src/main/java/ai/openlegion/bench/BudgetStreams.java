package ai.openlegion.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/// P8: 128 clients of one agent stream answers of log-normal length until the agent's 20,000 tokens are gone, and the
/// upstream, not the mesh, says how many it generated.
///
/// A client that is refused while other streams still hold money waits for one of them to end and asks again, as an
/// agent
/// with work left would; refused with nothing held, it stops.
final class BudgetStreams {
    static final int BUDGET = 20_000;
    static final int CLIENTS = 128;
    static final int MOST_RUNS = 5;
    static final String KEY = "sk-sim-0123456789abcdef0123456789abcdef";

    private static final Pattern GENERATED = Pattern.compile("\"output_tokens\"\\s*:\\s*(\\d+)");
    private static final int MOST_CALLS_A_CLIENT = 2_000;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI chat;
    private final URI simulator;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong streams = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private int open;
    private long endings;
    private boolean over;

    private BudgetStreams(Mesh mesh, int simulatorPort) {
        chat = URI.create("http://127.0.0.1:" + mesh.port() + "/v1/chat/completions");
        simulator = URI.create("http://127.0.0.1:" + simulatorPort + "/_sim/");
    }

    /// What one run gave.
    ///
    /// @param generated output tokens, counted at the upstream
    record Outcome(long generated, long streams, long refused, long failed) {
        double share() {
            return (double) generated / BUDGET;
        }

        long overshoot() {
            return Math.max(0, generated - BUDGET);
        }
    }

    /// Spends the budget of that agent.
    static Outcome run(Mesh mesh, int simulatorPort, int run) throws IOException, InterruptedException {
        var streams = new BudgetStreams(mesh, simulatorPort);
        String token = mesh.token("streamer" + run);
        streams.send(
                HttpRequest.newBuilder(streams.simulator.resolve("reset")).POST(HttpRequest.BodyPublishers.noBody()));
        var clients = new Phaser(1);
        for (int i = 0; i < CLIENTS; i++) {
            clients.register();
            int number = i;
            Thread.ofVirtual().start(() -> {
                try {
                    streams.spend(token, run * 1_000_000 + number * 1_000);
                } finally {
                    clients.arriveAndDeregister();
                }
            });
        }
        clients.arriveAndAwaitAdvance();
        String counts = streams.send(HttpRequest.newBuilder(streams.simulator.resolve("counts"))
                        .GET())
                .body();
        return new Outcome(total(counts), streams.streams.get(), streams.refused.get(), streams.failed.get());
    }

    private void spend(String token, int seed) {
        try {
            for (int call = 0; call < MOST_CALLS_A_CLIENT; call++) {
                long seen = begin();
                int status = stream(token, seed + call);
                end(status);
                if (status == 402) {
                    refused.incrementAndGet();
                    if (!awaitAnEnding(seen)) {
                        return;
                    }
                } else if (status == 200) {
                    streams.incrementAndGet();
                } else {
                    failed.incrementAndGet();
                    return;
                }
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int stream(String token, int seed) throws IOException, InterruptedException {
        String body = """
                {"model":"sim/small","stream":true,"max_tokens":1024,"messages":[{"role":"user",\
                "content":"[[sim lognormal=150:0.8:%d pace=2]]"}]}""".formatted(seed);
        var request = HttpRequest.newBuilder(chat)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return send(request).statusCode();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private long begin() {
        lock.lock();
        try {
            open++;
            return endings;
        } finally {
            lock.unlock();
        }
    }

    /// Only a stream that held money wakes those who wait. Refused with no other call open: nothing is left to wait
    /// for.
    private void end(int status) {
        lock.lock();
        try {
            open--;
            if (status == 200) {
                endings++;
                ended.signalAll();
            } else if (open == 0) {
                over = true;
                ended.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitAnEnding(long seen) throws InterruptedException {
        lock.lock();
        try {
            while (endings == seen && !over) {
                ended.await();
            }
            return !over;
        } finally {
            lock.unlock();
        }
    }

    private static long total(String counts) {
        var key = counts.substring(Math.max(0, counts.indexOf(KEY)));
        var number = GENERATED.matcher(key);
        return number.find() ? Long.parseLong(number.group(1)) : 0;
    }
}
