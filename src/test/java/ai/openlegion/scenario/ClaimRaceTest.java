package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Two hundred claims at once on one key, again and again: of each two hundred one wins.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class ClaimRaceTest {

    private static final int CLAIMS = 200;
    private static final int CONNECTIONS = 4;
    private static final List<String> AGENTS = List.of("alpha", "beta", "gamma", "delta");

    private static Vertx vertx;
    private static Mesh mesh;
    private static List<String> tokens;

    /// An answer to a claim.
    private record Claimed(int claimant, int status, String body) {}

    @BeforeAll
    static void start() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().mesh("rate_limits: {per_minute: 10000000}\n");
        AGENTS.forEach(agent -> home.member(agent, """
                "blackboard_read": ["race/*"], "blackboard_write": ["race/*"]"""));
        mesh = Mesh.start(home);
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setPreferNativeTransport(true));
        tokens = AGENTS.stream().map(agent -> "Bearer " + mesh.token(agent)).toList();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().await(30, TimeUnit.SECONDS);
        mesh.close();
    }

    /// Multiplexed streams on a few connections, all of them written before any is answered.
    @Test
    void of_two_hundred_concurrent_claims_exactly_one_wins_a_thousand_times_over() throws Exception {
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setHttp2ClearTextUpgrade(false)
                        .setHttp2MultiplexingLimit(CLAIMS / CONNECTIONS),
                new PoolOptions().setHttp2MaxSize(CONNECTIONS));
        race(client, "race/h2c", 1_000);
    }

    /// A connection for each claim.
    @Test
    void exactly_one_wins_also_where_each_claim_has_its_own_connection() throws Exception {
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_1_1),
                new PoolOptions().setHttp1MaxSize(CLAIMS));
        race(client, "race/http1", 10);
    }

    private static void race(HttpClient client, String key, int rounds) throws Exception {
        AgentClient owner = AgentClient.of(mesh, "alpha");
        long version = 0;
        for (int round = 0; round < rounds; round++) {
            boolean afresh = round % 20 == 0;
            if (afresh && round > 0) {
                assertThat(owner.delete(key).status()).isEqualTo(204);
            }
            List<Claimed> answers = claimAll(client, key, round, afresh ? 0 : version);
            List<Claimed> winners =
                    answers.stream().filter(answer -> answer.status() == 200).toList();

            assertThat(winners).as("winners of round %s", round).hasSize(1);
            assertThat(answers)
                    .as("round %s", round)
                    .allMatch(answer -> answer.status() == 200 || answer.status() == 409);
            JsonObject won = new JsonObject(winners.getFirst().body());
            int claimant = winners.getFirst().claimant();
            assertThat(won.getJsonObject("value").getInteger("claimant")).isEqualTo(claimant);
            assertThat(won.getString("written_by")).isEqualTo(AGENTS.get(claimant % AGENTS.size()));
            assertThat(won.getLong("version")).as("round %s", round).isGreaterThan(version);
            if (round % 50 == 0) {
                assertThat(owner.get(key).json()).isEqualTo(won);
            }
            version = won.getLong("version");
        }
    }

    private static List<Claimed> claimAll(HttpClient client, String key, int round, long expected) throws Exception {
        List<Future<Claimed>> claims = new ArrayList<>();
        IntStream.range(0, CLAIMS).forEach(claimant -> {
            Buffer body = new JsonObject()
                    .put("key", key)
                    .put("expected_version", expected)
                    .put("value", new JsonObject().put("round", round).put("claimant", claimant))
                    .toBuffer();
            RequestOptions request = new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setHost("127.0.0.1")
                    .setPort(mesh.port())
                    .setURI("/mesh/blackboard/claim")
                    .putHeader("content-type", "application/json")
                    .putHeader("authorization", tokens.get(claimant % tokens.size()));
            // asked for the body within the same turn of its event loop: a body that nobody waits for is dropped
            claims.add(client.request(request)
                    .compose(sent -> sent.send(body)
                            .compose(answer -> answer.body()
                                    .map(text -> new Claimed(
                                            claimant, answer.statusCode(), Canaries.received(text.toString()))))));
        });
        return Future.all(claims).<List<Claimed>>map(all -> all.list()).await(30, TimeUnit.SECONDS);
    }
}
