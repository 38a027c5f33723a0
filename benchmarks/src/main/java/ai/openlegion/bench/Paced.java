package ai.openlegion.bench;

import ai.openlegion.bench.Row.Verdict;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Streams whose tokens come one by one: what each costs (P3), what ten thousand hold (P5), and how soon one is cut
/// (P9).
final class Paced {
    private static final long SEED = 20261122;
    private static final int STREAMS = 1_000;
    private static final int PACE_MILLIS = 50;
    private static final int CROWD = 10_000;
    private static final int CROWD_MILLIS = 2_000;
    private static final int CROWD_DELTAS = 25; // the first stream is still there when the last one begins
    private static final int CROWD_CONNECTION = 1_000;
    private static final int CUT_PACE_MILLIS = 5;

    private final Rig rig;
    private final Plan plan;
    private final int upstreamPort;

    private Paced(Rig rig, Plan plan, int upstreamPort) {
        this.rig = rig;
        this.plan = plan;
        this.upstreamPort = upstreamPort;
    }

    static Paced start(Rig rig, Plan plan) throws IOException, InterruptedException {
        int port = Children.freePort();
        rig.children()
                .serve(
                        "paced",
                        List.of(
                                Rig.java(),
                                "-XX:+UseSerialGC",
                                "-Xmn64m",
                                "-cp",
                                Rig.classPath(),
                                PacedUpstream.class.getName(),
                                "" + port),
                        port);
        return new Paced(rig, plan, port);
    }

    /// One window of one peer.
    private record Window(double microsPerDelta, PacedStreams.Figures figures) {}

    /// P3.
    Row trickle() throws IOException, InterruptedException {
        int count = (plan.pacedSeconds() + 5) * 1_000 / PACE_MILLIS;
        String pace = "/" + count + "/" + PACE_MILLIS;
        var mesh = mesh("trickle", upstreamPort, pace, 16_384);
        var ours = mesh.peer("caller", "paced/small");
        var nginx = rig.nginx("nginx-paced", upstreamPort);
        var peers = new ArrayList<>(List.of(ours, nginx));
        window(ours, Peer.CHAT); // warms it
        var ratios = new ArrayList<Double>();
        long deltas = 0;
        long stalls = 0;
        long nginxStalls = 0;
        double least = Double.MAX_VALUE;
        boolean isMore = false;
        var random = new Random(SEED);
        for (int round = 1; round <= plan.pacedRounds(); round++) {
            Collections.shuffle(peers, random);
            Window we = null;
            Window they = null;
            for (var peer : peers) {
                if (peer.equals(ours)) {
                    we = window(peer, Peer.CHAT);
                } else {
                    they = window(peer, pace + Peer.CHAT);
                }
            }
            ratios.add(we.microsPerDelta / they.microsPerDelta);
            deltas += we.figures.deltas();
            stalls += we.figures.stalls();
            nginxStalls += they.figures.stalls();
            isMore |= we.figures.stalls() > they.figures.stalls();
            least = Math.min(least, we.figures.deltas() / we.figures.seconds());
            System.out.println("P3: round " + round + " of " + plan.pacedRounds() + ": " + we + " " + they);
        }
        var ratio = Spread.of(ratios.stream().mapToDouble(Double::doubleValue));
        var verdict = Verdict.atMost(ratio.median(), 2.0, 1.2);
        return new Row(
                "P3",
                "1,000 streams × 20 tokens/s for 30 s: CPU/delta ÷ nginx; stalls > 200 ms beside nginx's",
                "≤ 2.0; no more",
                "≤ 1.2; no more",
                String.format(
                        Locale.ROOT,
                        "%s; %,d stalls of %,d deltas (nginx: %,d); at least %,.0f deltas a second",
                        ratio.show(2),
                        stalls,
                        deltas,
                        nginxStalls,
                        least),
                isMore ? Verdict.MISSED : verdict);
    }

    private Window window(Peer peer, String path) throws IOException {
        try (var streams = PacedStreams.open(peer, path, plan.pacedStreams(STREAMS))) {
            long before = Cpu.micros(peer.pid());
            var figures = streams.measure(plan.pacedSeconds());
            long used = Cpu.micros(peer.pid()) - before;
            streams.awaitEnd(60);
            return new Window((double) used / figures.deltas(), figures);
        }
    }

    /// P5: in a mesh that has done nothing else.
    Row crowd() throws IOException, InterruptedException {
        int count = plan.pacedStreams(CROWD);
        var mesh = mesh("crowd", upstreamPort, "/" + CROWD_DELTAS + "/" + CROWD_MILLIS, 4 * CROWD);
        var ours = mesh.peer("caller", "paced/small");
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
        try {
            crowd(vertx, ours, 10).awaitEnd();
            long before = Cpu.residentMebibytes(mesh.pid());
            try (var all = crowd(vertx, ours, count)) {
                long open = Cpu.residentMebibytes(mesh.pid());
                all.awaitEnd();
                open = Math.max(open, Cpu.residentMebibytes(mesh.pid()));
                return crowd(count, before, open, settled(mesh, ours));
            }
        } finally {
            var _ = vertx.close();
        }
    }

    /// HTTP/2: the mesh has a connection for each stream to the provider, and a few to its client.
    private static Watchers crowd(Vertx vertx, Peer peer, int count) throws IOException, InterruptedException {
        var options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setHttp2MultiplexingLimit(CROWD_CONNECTION);
        var client = vertx.createHttpClient(options, new PoolOptions().setHttp2MaxSize(CROWD / CROWD_CONNECTION));
        var where = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(peer.ssePort())
                .setURI(peer.path())
                .putHeader("content-type", "application/json");
        for (String header : peer.headers()) {
            where.putHeader(header.substring(0, header.indexOf(':')), header.substring(header.indexOf(':') + 2));
        }
        return Watchers.open(client, count, where, Buffer.buffer(PacedStreams.body(peer)));
    }

    private static Row crowd(int count, long before, long open, long after) {
        System.out.println("P5: " + before + " MiB, with " + count + " streams " + open + ", after them " + after);
        var verdict = Verdict.atMost(open, 600, 250);
        return new Row(
                "P5",
                "10,000 open streams: resident memory; after they end",
                "≤ 600 MiB; back within 10 %",
                "≤ 250 MiB",
                String.format(
                        Locale.ROOT,
                        "%,d streams: %,d MiB; half a minute after they end %,d MiB (%,d before)",
                        count,
                        open,
                        after,
                        before),
                after <= before * 1.1 ? verdict : Verdict.MISSED);
    }

    /// Half a minute of a few calls: a mesh that nobody calls has no reason to tidy up.
    private static long settled(Mesh mesh, Peer ours) throws IOException {
        try (var few = PacedStreams.open(ours, Peer.CHAT, 10)) {
            var _ = few.measure(30);
        }
        return Cpu.residentMebibytes(mesh.pid());
    }

    /// P9.
    Row cut() throws IOException, InterruptedException {
        var upstream = PacedUpstream.here();
        var mesh = mesh("cut", upstream.port(), "/1000/" + CUT_PACE_MILLIS, 1_024);
        var ours = mesh.peer("caller", "paced/small");
        var _ = Cuts.of(ours, upstream, plan.cuts()); // warms it
        var cuts = Cuts.of(ours, upstream, plan.cuts());
        System.out.println("P9: " + cuts);
        return new Row(
                "P9",
                "a cut: limit reached → last byte to the client",
                "same event-loop turn",
                "same",
                cuts.text(),
                cuts.isSameTurn() ? Verdict.MOONSHOT : Verdict.MISSED);
    }

    /// A mesh before a paced provider; accounts so large that no call is ever clamped.
    private Mesh mesh(String name, int port, String pace, int connections) throws IOException, InterruptedException {
        Path home = Files.createDirectories(rig.work().resolve(name));
        Path config = Files.createDirectories(home.resolve("config"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: external}
                limits: {event_loops: 1, connections: %1$d, upstream_connections: %1$d, waiting_requests: %1$d}
                providers:
                  paced: {dialect: openai, base_url: "http://127.0.0.1:%2$d%3$s/v1", credential: paced_api_key}
                models:
                  paced/small: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60, context_tokens: 128000,
                                max_output_tokens: 16384}
                """.formatted(connections, port, pace));
        Files.writeString(
                config.resolve("agents.yaml"),
                "agents:\n  caller: {role: load, model: paced/small, budget: {daily_usd: 9000000, monthly_usd: 9000000}}\n");
        Files.writeString(
                config.resolve("permissions.json"), "{\"permissions\": {\"caller\": {\"allowed_apis\": [\"llm\"]}}}\n");
        Files.writeString(
                home.resolve(".env"), "OPENLEGION_CRED_PACED_API_KEY=sk-paced-0123456789abcdef0123456789abcdef\n");
        return Mesh.start(rig, home);
    }
}
