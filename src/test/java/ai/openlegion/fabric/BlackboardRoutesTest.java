package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static ai.openlegion.fabric.FabricRig.NOW;
import static ai.openlegion.fabric.FabricRig.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.scenario.Eventually;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BlackboardRoutesTest {

    private static final String BOARD = "/mesh/blackboard/";
    private static final Blackboard.Entry ENTRY =
            new Blackboard.Entry("open/a", "{\"n\": 1.50}", "bob", null, NOW - 1500, NOW, 60, 7);

    @TempDir
    Path folder;

    private FabricRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new FabricRig(folder);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void an_entry_is_answered_as_it_was_written() throws Exception {
        rig.answer(Blackboard.GET, new Blackboard.Present(ENTRY));

        var reply = rig.get(ALICE, BOARD + "open/a?agent_id=alice");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body())
                .isEqualTo("{\"key\":\"open/a\",\"value\":{\"n\": 1.50},\"written_by\":\"bob\",\"workflow_id\":null,"
                        + "\"created_at\":\"2026-11-22T09:59:58.500Z\",\"updated_at\":\"2026-11-22T10:00:00Z\","
                        + "\"ttl\":60,\"version\":7}");
        assertThat(reply.header("x-request-id")).startsWith("req_");
        assertThat(reply.header("content-type")).isEqualTo("application/json");
    }

    @Test
    void an_absent_entry_is_404_and_a_store_that_cannot_answer_503() throws Exception {
        assertThat(rig.get(ALICE, BOARD + "open/a").status())
                .as("nobody serves")
                .isEqualTo(503);
        rig.answer(Blackboard.GET, new Blackboard.Absent());
        assertThat(rig.get(ALICE, BOARD + "open/a").status()).isEqualTo(404);
        rig.answer(Blackboard.PUT, new Blackboard.Unavailable());
        var reply = rig.send(ALICE, "PUT", BOARD + "open/a", "{}");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.header("retry-after")).isEqualTo("1");
    }

    @Test
    void a_key_is_decoded_once_and_decided_before_anybody_is_asked() throws Exception {
        rig.answer(Blackboard.GET, new Blackboard.Absent());

        var _ = rig.get(ALICE, BOARD + "open/%C3%A4%2Fb%2525");
        assertThat(rig.lastAsked(Blackboard.Get.class).key()).isEqualTo("open/ä/b%25");

        rig.asked.clear();
        var denied = rig.get(BOB, BOARD + "open/a");
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.detail()).isEqualTo("Agent bob cannot read open/a");
        assertThat(rig.asked).isEmpty();
        Eventually.until(
                "the denial is audited",
                () -> rig.audited.stream()
                        .anyMatch(entry -> entry.action().equals("blackboard.read")
                                && entry.decision().equals("denied")
                                && entry.resource().equals("open/a")
                                && !entry.requestId().isEmpty()));
        assertThat(rig.get(ALICE, BOARD + "Open/a").status()).as("case matters").isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "open/../secret",
                "..",
                "../blackboard/open/a",
                "../../v1/models",
                "open/%2e%2e/secret",
                "open/..",
                "open//a",
                "open/",
                "/open",
                "%2Fopen",
                "open/%00",
                "open/%0a",
                "open/%zz",
                "open/%",
                "open/%ff",
                "open/%C3%A4%2F%2E%2E"
            })
    void a_key_that_cannot_be_is_400(String key) throws Exception {
        rig.answer(Blackboard.GET, new Blackboard.Present(ENTRY));
        String head = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token(ALICE);

        assertThat(rig.statusOf("GET " + BOARD + key + head, new byte[0])).isEqualTo(400);
        assertThat(rig.statusOf("PUT " + BOARD + key + head + "\r\nContent-Length: 2", "{}".getBytes(UTF_8)))
                .isEqualTo(400);
        assertThat(rig.statusOf("GET " + BOARD + key + " HTTP/1.1\r\nHost: x\r\nConnection: close", new byte[0]))
                .as("without a token")
                .isEqualTo(401);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void a_key_has_at_most_512_characters() throws Exception {
        rig.answer(Blackboard.GET, new Blackboard.Absent());

        assertThat(rig.get(ALICE, BOARD + "open/" + "k".repeat(507)).status()).isEqualTo(404);
        assertThat(rig.get(ALICE, BOARD + "open/" + "k".repeat(508)).status()).isEqualTo(400);
        assertThat(rig.send(ALICE, "DELETE", BOARD, "").status()).as("no key").isEqualTo(400);
    }

    @Test
    void a_put_stores_the_text_of_its_body() throws Exception {
        rig.answer(Blackboard.PUT, new Blackboard.Stored(ENTRY));

        var reply = rig.send(
                ALICE,
                "PUT",
                BOARD + "open/a?ttl=90",
                "\n{\"big\": 12345678901234567890, \"agent_id\": \"bob\",\n\"e\":\"\\u00e4\"} ");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(rig.lastAsked(Blackboard.Put.class))
                .isEqualTo(new Blackboard.Put(
                        "alice",
                        "open/a",
                        "{\"big\": 12345678901234567890, \"agent_id\": \"bob\", \"e\":\"\\u00e4\"}",
                        90,
                        null));
        Eventually.until(
                "the write is audited",
                () -> rig.audited.stream()
                        .anyMatch(entry -> entry.action().equals("blackboard.write")
                                && entry.decision().equals("allowed")
                                && entry.rule().equals("permissions.alice.blackboard_write[\"open/*\"]")
                                && entry.actor().equals("alice")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1]|422",
                "7|422",
                "null|422",
                "\"x\"|422",
                "''|400",
                "{|400",
                "{}x|400",
                "{\"a\":1,\"a\":2}|400",
                "{'a':1}|400",
                "{\"a\":NaN}|400"
            })
    void a_value_is_a_json_object(String body, int status) throws Exception {
        rig.answer(Blackboard.PUT, new Blackboard.Stored(ENTRY));

        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a", body).status()).isEqualTo(status);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void a_value_is_not_nested_too_deep_nor_other_than_utf_8() throws Exception {
        String head = "PUT " + BOARD + "open/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                + token(ALICE) + "\r\nContent-Length: ";
        byte[] latin = "{\"a\":\"ä\"}".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

        assertThat(rig.statusOf(head + latin.length, latin)).isEqualTo(400);
        String deep = "{\"a\":".repeat(65) + "1" + "}".repeat(65);
        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a", deep).status()).isEqualTo(400);
    }

    @Test
    void a_value_has_at_most_256_kibibytes() throws Exception {
        rig.answer(Blackboard.PUT, new Blackboard.Stored(ENTRY));
        rig.answer(Blackboard.CLAIM, new Blackboard.Stored(ENTRY));
        String fits = "{\"a\":\"" + "x".repeat(256 * 1024 - 8) + "\"}";
        String wide = "{\"a\":\"" + "ä".repeat(128 * 1024) + "\"}";

        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a", fits).status()).isEqualTo(200);
        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a", fits + " ").status())
                .isEqualTo(413);
        assertThat(claim(fits).status()).isEqualTo(200);
        assertThat(claim(wide).status()).isEqualTo(413);
        assertThat(claim("{\"a\":\"" + "x".repeat(300 * 1024) + "\"}").status()).isEqualTo(413);
        String endless = "PUT " + BOARD + "open/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token(ALICE);
        assertThat(rig.statusOf(endless + "\r\nContent-Length: 999999999999", new byte[0]))
                .isEqualTo(413);
        assertThat(rig.statusOf(endless + "\r\nTransfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n".getBytes(UTF_8)))
                .isEqualTo(411);
    }

    private FabricRig.Reply claim(String value) throws Exception {
        return rig.post(ALICE, BOARD + "claim", "{\"key\":\"open/a\",\"expected_version\":0,\"value\":" + value + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "x", "", "315360001", "99999999999999999999"})
    void a_life_time_is_seconds_up_to_ten_years(String ttl) throws Exception {
        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a?ttl=" + ttl, "{}").status())
                .isEqualTo(400);
    }

    @Test
    void outcomes_of_writes_have_their_statuses() throws Exception {
        rig.answer(Blackboard.DELETE, new Blackboard.Deleted(8));
        var gone = rig.send(ALICE, "DELETE", BOARD + "open/a", "");
        assertThat(gone.status()).isEqualTo(204);
        assertThat(gone.body()).isEmpty();

        rig.answer(Blackboard.PUT, new Blackboard.AppendOnly("history is append-only"));
        assertThat(rig.send(ALICE, "PUT", BOARD + "history/a", "{}").status()).isEqualTo(409);
        rig.answer(Blackboard.CLAIM, new Blackboard.Conflict(9));
        var conflict = claim("{}");
        assertThat(conflict.status()).isEqualTo(409);
        assertThat(conflict.detail()).startsWith("Version conflict on key").contains("9");
        Eventually.until(
                "the conflict is audited",
                () -> rig.audited.stream()
                        .anyMatch(entry -> entry.action().equals("blackboard.claim")
                                && entry.decision().equals("refused: version conflict")));
    }

    @Test
    void a_full_board_is_507_and_deleting_what_is_not_there_404() throws Exception {
        rig.answer(Blackboard.PUT, new Blackboard.Full("entries"));
        rig.answer(Blackboard.DELETE, new Blackboard.Absent());

        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a", "{}").status()).isEqualTo(507);
        assertThat(rig.send(ALICE, "DELETE", BOARD + "open/a", "").status()).isEqualTo(404);
        assertThat(rig.send(BOB, "DELETE", BOARD + "open/a", "").detail()).isEqualTo("Agent bob cannot write open/a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|422",
                "{\"key\":1,\"value\":{},\"expected_version\":0}|422",
                "{\"key\":\"open/a\",\"value\":[],\"expected_version\":0}|422",
                "{\"key\":\"open/a\",\"value\":{}}|422",
                "{\"key\":\"open/a\",\"value\":{},\"expected_version\":\"0\"}|422",
                "{\"key\":\"open/a\",\"value\":{},\"expected_version\":1.0}|422",
                "{\"key\":\"open/a\",\"value\":{},\"expected_version\":-1}|400",
                "{\"key\":\"open/../a\",\"value\":{},\"expected_version\":0}|400",
                "{\"key\":\"open/\\ud800\",\"value\":{},\"expected_version\":0}|400",
                "{\"key\":\"shut/a\",\"value\":{},\"expected_version\":0}|403",
                "{\"agent_id\":\"bob\",\"key\":\"open/a\",\"value\":{},\"expected_version\":0}|403",
                "{\"agent_id\":3,\"key\":\"open/a\",\"value\":{},\"expected_version\":0}|403",
                "{\"agent_id\":\"alice\",\"key\":\"open/a\",\"value\":{},\"expected_version\":4}|200",
                "{\"agent_id\":null,\"key\":\"open/a\",\"value\":{},\"expected_version\":4,\"more\":1}|200"
            })
    void a_claim_says_key_value_and_version(String body, int status) throws Exception {
        rig.answer(Blackboard.CLAIM, new Blackboard.Stored(ENTRY));

        assertThat(rig.post(ALICE, BOARD + "claim", body).status()).isEqualTo(status);
        if (status == 200) {
            assertThat(rig.lastAsked(Blackboard.Claim.class))
                    .isEqualTo(new Blackboard.Claim("alice", "open/a", "{}", 4, 0));
        } else {
            assertThat(rig.asked).isEmpty();
        }
    }

    @Test
    void a_list_is_an_array_with_a_link_to_its_next_page() throws Exception {
        rig.answer(Blackboard.LIST, new Blackboard.Page(List.of(ENTRY), true));

        for (String path : List.of("/mesh/blackboard", BOARD)) {
            var reply = rig.get(ALICE, path + "?prefix=open/%26&limit=1&after=A");

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.array()).hasSize(1);
            assertThat(reply.header("link"))
                    .isEqualTo("</mesh/blackboard/?prefix=open%2F%26&limit=1&after=open%2Fa>; rel=\"next\"");
            assertThat(rig.lastAsked(Blackboard.ListEntries.class))
                    .isEqualTo(new Blackboard.ListEntries(ALICE, "open/&", "A", 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=1001", "limit=-3", "limit=x", "agent_id=bob&limit=1", "prefix=%zz"})
    void a_list_that_cannot_be_is_refused(String query) throws Exception {
        String head = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token(ALICE);

        assertThat(rig.statusOf("GET " + BOARD + "?" + query + head, new byte[0]))
                .isEqualTo(query.startsWith("agent_id") ? 403 : 400);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void who_may_read_something_may_watch_any_pattern() throws Exception {
        rig.answer(Blackboard.WATCH, new Blackboard.Watched());

        var reply = rig.post(ALICE, BOARD + "watch", "{\"pattern\":\"tasks/*\"}");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("{\"watching\":true,\"pattern\":\"tasks/*\"}");
        assertThat(rig.post(BOB, BOARD + "watch", "{\"pattern\":\"open/*\"}").detail())
                .isEqualTo("Agent bob cannot read open/*");
        assertThat(rig.post(ALICE, BOARD + "watch", "{\"pattern\":\"open/[a\"}").status())
                .isEqualTo(400);
        assertThat(rig.post(ALICE, BOARD + "watch", "{\"pattern\":\"\"}").status())
                .isEqualTo(400);
        assertThat(rig.post(ALICE, BOARD + "watch", "{}").status()).isEqualTo(422);
    }

    @Test
    void too_many_watches_are_409() throws Exception {
        rig.answer(Blackboard.WATCH, new Blackboard.TooManyWatches(100));

        assertThat(rig.post(ALICE, BOARD + "watch", "{\"pattern\":\"*\"}").status())
                .isEqualTo(409);
    }

    @Test
    void other_methods_are_405() throws Exception {
        assertThat(rig.send(ALICE, "PATCH", BOARD + "open/a", "{}").status()).isEqualTo(405);
        assertThat(rig.post(ALICE, BOARD + "open/a", "{}").status()).isEqualTo(405);
    }
}
