package ai.openlegion.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Policy;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Hook;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.store.Database;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a signature when the message it was for may or may not be stored.
final class WebhookDoubtTest {

    private static final String SECRET = "a-secret-of-this-test-0123456789abcdef";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-22T10:00:00Z"));
    private static final Webhooks.Rejected AGAIN = new Webhooks.Rejected("the signature was used before");

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final AtomicInteger asked = new AtomicInteger();
    private Database database;

    @BeforeEach
    void start() throws Exception {
        database = Database.open(folder.resolve("mesh.db"), vertx);
        Fleet fleet = new Fleet(
                1,
                Map.of(),
                Policy.of(1, Map.of(), null, Map.of()),
                Catalogue.of(List.of(), List.of()),
                Vault.of(Map.of("key", Secret.of(SECRET))),
                TokenTable.of(Map.of()),
                Map.of("lead", new Hook("lead", "key", new AgentId("writer"), null)),
                Limits.NONE,
                Map.of());
        var _ = vertx.deployVerticle(new WebhookVerticle(bus, database, () -> fleet, CLOCK))
                .await(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        database.close();
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_call_of_which_nobody_can_tell_whether_it_was_stored_does_not_count_again(boolean answered) throws Exception {
        serve(() -> answered
                ? Future.succeededFuture(new Messaging.Unavailable())
                : Future.failedFuture("stored, and lost on the way back"));
        assertThat(call()).isEqualTo(new Webhooks.Unavailable());
        assertThat(call()).isEqualTo(AGAIN);
        assertThat(asked).hasValue(1);
    }

    @Test
    void a_call_that_surely_did_nothing_may_come_again() throws Exception {
        assertThat(call()).as("nobody serves inboxes").isEqualTo(new Webhooks.Unavailable());
        List<Messaging.Sent> answers =
                List.of(new Messaging.InboxFull(), new Messaging.UnknownRecipient(), new Messaging.Stored("msg_1", 1));
        AtomicInteger next = new AtomicInteger();
        serve(() -> Future.succeededFuture(answers.get(next.getAndIncrement())));
        assertThat(call()).isEqualTo(new Webhooks.InboxFull());
        assertThat(call()).isEqualTo(new Webhooks.NoSuchHook());
        assertThat(call()).isEqualTo(new Webhooks.Accepted("msg_1"));
        assertThat(call()).isEqualTo(AGAIN);
    }

    private void serve(Supplier<Future<Messaging.Sent>> answer) throws Exception {
        bus.serve(Messaging.SEND, _ -> {
                    asked.incrementAndGet();
                    return answer.get();
                })
                .await(30, TimeUnit.SECONDS);
    }

    private Webhooks.Outcome call() throws Exception {
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        String time = Long.toString(CLOCK.millis() / 1000);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((time + ".").getBytes(StandardCharsets.UTF_8));
        var proof = new Webhooks.Proof(time, "v1=" + HexFormat.of().formatHex(mac.doFinal(body)));
        return bus.ask(Webhooks.RECEIVE, new Webhooks.Received(Webhooks.Target.HOOK, "lead", proof, body))
                .await(30, TimeUnit.SECONDS);
    }
}
