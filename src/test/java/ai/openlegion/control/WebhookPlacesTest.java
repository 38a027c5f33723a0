package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditReader;
import ai.openlegion.webhook.Webhooks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What strangers can do to the webhooks without a secret: nothing to the others.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class WebhookPlacesTest {

    private static final int PLACES = 64;
    /// The rig's clock, in seconds.
    private static final String NOW = "1795341600";

    private static final String FORMED =
            "X-OpenLegion-Timestamp: " + NOW + "\r\nX-OpenLegion-Signature: v1=" + "0".repeat(64) + "\r\n";

    @TempDir
    Path folder;

    private final AtomicReference<Webhooks.Outcome> outcome = new AtomicReference<>(new Webhooks.Accepted("msg_1"));
    private final List<RawHttp> senders = new ArrayList<>();
    private ControlRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new ControlRig(folder);
        rig.serve(Webhooks.RECEIVE, outcome);
    }

    @AfterEach
    void stop() throws Exception {
        for (RawHttp sender : senders) {
            sender.close();
        }
        rig.close();
    }

    @Test
    void half_sent_calls_that_are_unsigned_or_stale_or_name_no_hook_take_no_place() throws Exception {
        outcome.set(new Webhooks.Rejected("the call is not signed"));
        String stale = FORMED.replace(NOW, "1000000000");
        for (int i = 0; i < PLACES; i++) {
            assertThat(half("leads", i % 2 == 0 ? "" : stale).receive().status())
                    .isEqualTo(401);
        }
        assertThat(half("nobody", FORMED).receive().status()).isEqualTo(404);
        assertThat(half("nobody", "").receive().status()).isEqualTo(404);
        outcome.set(new Webhooks.Accepted("msg_1"));
        assertThat(whole().status()).isEqualTo(202);
    }

    @Test
    void where_no_place_is_left_the_slowest_gives_way_and_is_cut() throws Exception {
        for (int i = 0; i < PLACES; i++) {
            var _ = half("leads", FORMED);
        }
        RawHttp.Response answer = whole();
        for (int i = 0; i < 10_000 && answer.status() == 503; i++) { // until the first is slow, a second long
            assertThat(answer.header("retry-after")).isEqualTo("1");
            answer = whole();
        }
        assertThat(answer.status()).isEqualTo(202);
        RawHttp.Response cut = senders.getFirst().receive();
        assertThat(cut.status()).isEqualTo(408);
        assertThat(cut.header("connection")).isEqualTo("close");
        assertThat(senders.getFirst().isAtEnd()).isTrue();
    }

    @Test
    void after_a_body_that_is_too_large_the_connection_is_closed() throws Exception {
        try (RawHttp http = new RawHttp(rig.port())) {
            int length = WebhookRoutes.BODY_BYTES + 1;
            http.send("POST /webhook/hook/leads HTTP/1.1\r\nHost: localhost\r\n" + FORMED + "Content-Length: " + length
                    + "\r\n\r\n" + "x".repeat(length));
            assertThat(http.receive().status()).isEqualTo(413);
            assertThat(http.isAtEnd()).isTrue();
        }
    }

    @Test
    void a_strangers_words_are_not_in_the_audit() throws Exception {
        assertThat(half("pay-me-at-evil.example", "").receive().status()).isEqualTo(404);
        assertThat(half("and-me-too", FORMED).receive().status()).isEqualTo(404);
        List<String> audited = audited();
        for (int i = 0; i < 10_000 && audited.isEmpty(); i++) { // denials are recorded four times a second
            audited = audited();
        }
        assertThat(audited)
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry).startsWith("webhook.hook unknown hook denied: no such hook"));
    }

    private List<String> audited() throws Exception {
        return ControlRig.await(rig.database.write(connection -> AuditReader.read(connection, 1, 100))).stream()
                .map(recorded -> recorded.entry())
                .map(entry -> entry.action() + " " + entry.resource() + " " + entry.decision())
                .toList();
    }

    /// A call of whose body not a byte comes.
    private RawHttp half(String hook, String headers) throws Exception {
        RawHttp http = new RawHttp(rig.port());
        senders.add(http);
        http.send("POST /webhook/hook/" + hook + " HTTP/1.1\r\nHost: localhost\r\n" + headers
                + "Content-Length: 100\r\n\r\n");
        return http;
    }

    private RawHttp.Response whole() throws Exception {
        return rig.exchange(
                "POST /webhook/hook/leads HTTP/1.1\r\nHost: localhost\r\n" + FORMED + "Content-Length: 2\r\n\r\n{}");
    }
}
