package ai.openlegion.bench;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.http.action.sse.SseInboundMessage;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Gatling's part of the fabric's load: readers that hold their inbox streams open and acknowledge what came, and
/// publishers at a constant rate. It ends when everything accepted has been delivered, or half a minute after the last
/// publish.
///
/// Parameters are system properties: `home`, `base`, `readers`, `fan_out`, `rate` (publishes a second), `seconds`,
/// `out` (the file the figures go to).
public final class FabricSimulation extends Simulation {
    private static final int RAMP_SECONDS = 15;
    private static final int DRAIN_SECONDS = 30;
    private static final int SLOWEST_MILLIS = 60_000;
    private static final Pattern SEQ = Pattern.compile("\\\\?\"seq\\\\?\":(\\d+)");
    private static final Pattern SENT = Pattern.compile("\\\\?\"sent\\\\?\":\\s*(\\d+)");

    private final int rate = Integer.getInteger("rate");
    private final int seconds = Integer.getInteger("seconds");
    private final FabricHome home = new FabricHome(
            Path.of(System.getProperty("home")), Integer.getInteger("readers"), Integer.getInteger("fan_out"));

    private final AtomicInteger nextReader = new AtomicInteger();
    private final AtomicInteger nextPublish = new AtomicInteger();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder promised = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final LongAdder outOfOrder = new LongAdder();
    private final AtomicIntegerArray millis = new AtomicIntegerArray(SLOWEST_MILLIS + 1);
    private final List<String> readerTokens = new ArrayList<>();
    private final List<String> publisherTokens = new ArrayList<>();
    private final long endsAt = System.currentTimeMillis() + (RAMP_SECONDS + 2L + seconds + DRAIN_SECONDS) * 1_000;
    private final long publishedAt = System.currentTimeMillis() + (RAMP_SECONDS + 3L + seconds) * 1_000;

    public FabricSimulation() throws IOException {
        for (int number = 0; number < home.readers(); number++) {
            readerTokens.add(home.token(FabricHome.reader(number)));
        }
        for (int number = 0; number < FabricHome.PUBLISHERS; number++) {
            publisherTokens.add(home.token(FabricHome.publisher(number)));
        }
        setUp(
                        readers().injectOpen(rampUsers(home.readers()).during(RAMP_SECONDS)),
                        publishers()
                                .injectOpen(
                                        nothingFor(Duration.ofSeconds(RAMP_SECONDS + 2)),
                                        constantUsersPerSec(rate).during(seconds)))
                .protocols(http.baseUrl(System.getProperty("base"))
                        .shareConnections()
                        .contentTypeHeader("application/json")
                        .sseUnmatchedInboundMessageBufferSize(100_000));
    }

    private ScenarioBuilder readers() {
        return scenario("readers")
                .exec(session -> {
                    int number = nextReader.getAndIncrement();
                    return session.set("token", readerTokens.get(number)).set("seq", 0L);
                })
                .exec(http("register")
                        .post("/mesh/register")
                        .header("Authorization", "Bearer #{token}")
                        .body(StringBody("{\"capabilities\": [\"bench\"]}"))
                        .check(status().is(200)))
                .exec(sse("inbox").get("/mesh/inbox/stream").header("Authorization", "Bearer #{token}"))
                .exec(asLongAs(session -> !isOver())
                        .on(exec(sse.processUnmatchedMessages(this::count))
                                .doIf(session -> session.getLong("seq") > session.getLong("acked"))
                                .then(exec(http("ack")
                                                .post("/mesh/inbox/ack")
                                                .header("Authorization", "Bearer #{token}")
                                                .body(StringBody("{\"up_to\": #{seq}}"))
                                                .check(status().is(200)))
                                        .exec(session -> session.set("acked", session.getLong("seq"))))
                                .pause(Duration.ofSeconds(2))))
                .exec(sse.processUnmatchedMessages(this::count))
                .exec(sse("close").close());
    }

    private ScenarioBuilder publishers() {
        return scenario("publishers")
                .exec(session -> {
                    int number = nextPublish.getAndIncrement();
                    return session.set("token", publisherTokens.get(number % FabricHome.PUBLISHERS))
                            .set("topic", "topic" + number % home.topics())
                            .set("sent", System.currentTimeMillis());
                })
                .exec(http("publish")
                        .post("/mesh/publish")
                        .header("Authorization", "Bearer #{token}")
                        .body(
                                StringBody(
                                        "{\"topic\": \"#{topic}\", \"payload\": {\"sent\": #{sent}, \"note\": \"a lead to look at\"}}"))
                        .check(status().is(200))
                        .check(jsonPath("$.subscribers_notified").ofInt().saveAs("notified")))
                .exec(session -> {
                    if (session.contains("notified")) {
                        accepted.increment();
                        promised.add(session.getInt("notified"));
                    }
                    return session;
                });
    }

    /// Latency counts from just before the publish to the moment its frame was read off the socket.
    private Session count(List<SseInboundMessage> messages, Session session) {
        long last = session.getLong("seq");
        for (SseInboundMessage message : messages) {
            Matcher sent = SENT.matcher(message.message());
            Matcher seq = SEQ.matcher(message.message());
            if (!sent.find() || !seq.find()) {
                continue;
            }
            long place = Long.parseLong(seq.group(1));
            if (place <= last) {
                repeated.increment();
                continue;
            }
            if (last > 0 && place != last + 1) { // a stream begins where an earlier run left its inbox
                outOfOrder.increment();
            }
            last = place;
            delivered.increment();
            long took = message.timestamp() - Long.parseLong(sent.group(1));
            millis.incrementAndGet((int) Math.clamp(took, 0, SLOWEST_MILLIS));
        }
        return session.set("seq", last).set("acked", session.contains("acked") ? session.getLong("acked") : 0L);
    }

    private boolean isOver() {
        long now = System.currentTimeMillis();
        return now > endsAt || (now > publishedAt && delivered.sum() >= promised.sum());
    }

    @Override
    public void after() {
        String figures = "accepted=%d promised=%d delivered=%d repeated=%d out_of_order=%d p50=%d p99=%d max=%d%n"
                .formatted(
                        accepted.sum(),
                        promised.sum(),
                        delivered.sum(),
                        repeated.sum(),
                        outOfOrder.sum(),
                        percentile(0.50),
                        percentile(0.99),
                        percentile(1));
        try {
            Files.writeString(Path.of(System.getProperty("out")), figures);
        } catch (IOException unwritable) {
            throw new java.io.UncheckedIOException(unwritable);
        }
    }

    private int percentile(double share) {
        long wanted = (long) Math.ceil(delivered.sum() * share);
        long seen = 0;
        for (int at = 0; at <= SLOWEST_MILLIS; at++) {
            seen += millis.get(at);
            if (seen >= wanted) {
                return at;
            }
        }
        return SLOWEST_MILLIS;
    }
}
