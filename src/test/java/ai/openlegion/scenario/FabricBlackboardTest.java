package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The blackboard as agents see it: entries, versions, pages, watches, and what is refused.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FabricBlackboardTest {

    private static final JsonObject ONE = new JsonObject().put("n", 1);
    private static final JsonObject TWO = new JsonObject().put("n", 2);

    private static Mesh mesh;
    private static AgentClient alpha;
    private static AgentClient beta;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream().member("alpha", """
                        "blackboard_read": ["*"], "blackboard_write": ["*"]""").member("beta", """
                        "blackboard_read": ["open/*", "watch/*", "mixed/b?-[0-4]*"], "blackboard_write": ["watch/*"]"""));
        alpha = AgentClient.of(mesh, "alpha");
        beta = AgentClient.of(mesh, "beta");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @Test
    void an_entry_has_the_members_that_agents_know() {
        Reply put = alpha.put("open/entry", ONE);
        JsonObject entry = alpha.get("open/entry").json();

        assertThat(put.status()).as(put.body()).isEqualTo(200);
        assertThat(put.json()).isEqualTo(entry);
        assertThat(entry.fieldNames())
                .containsExactlyInAnyOrder(
                        "key", "value", "written_by", "workflow_id", "created_at", "updated_at", "ttl", "version");
        assertThat(entry.getString("key")).isEqualTo("open/entry");
        assertThat(entry.getJsonObject("value")).isEqualTo(ONE);
        assertThat(entry.getString("written_by")).isEqualTo("alpha");
        assertThat(entry.getValue("workflow_id")).isNull();
        assertThat(entry.getValue("ttl")).isNull();
        assertThat(entry.getLong("version")).isEqualTo(1);
        assertThat(Instant.parse(entry.getString("created_at")))
                .isEqualTo(Instant.parse(entry.getString("updated_at")));
        assertThat(put.header("x-request-id")).isNotEmpty();
    }

    @Test
    void an_overwritten_entry_keeps_its_birth_and_counts_on() {
        JsonObject first = alpha.put("open/again", ONE).json();
        JsonObject second = alpha.put("open/again?ttl=3600", TWO).json();

        assertThat(second.getLong("version")).isEqualTo(first.getLong("version") + 1);
        assertThat(second.getString("created_at")).isEqualTo(first.getString("created_at"));
        assertThat(second.getInteger("ttl")).isEqualTo(3600);
        assertThat(alpha.get("open/again").json().getJsonObject("value")).isEqualTo(TWO);
    }

    @Test
    void a_value_comes_back_as_it_was_sent() {
        String exact =
                "{\"big\":12345678901234567890123,\"exp\":1.10e+2,\"text\":\"\\u00e9\\ud83d\\ude00 \\/\",\"deep\":[{}]}";

        assertThat(alpha.request("PUT", "/mesh/blackboard/open/exact", exact).status())
                .isEqualTo(200);
        assertThat(alpha.get("open/exact").body())
                .contains("12345678901234567890123")
                .contains("1.10e+2");
        assertThat(alpha.get("open/exact").json().getJsonObject("value").getString("text"))
                .isEqualTo("é😀 /");
    }

    @Test
    void what_is_not_there_is_404() {
        assertThat(alpha.get("open/never").status()).isEqualTo(404);
        assertThat(alpha.delete("open/never").status()).isEqualTo(404);
    }

    @Test
    void a_deleted_entry_is_gone_and_its_version_never_comes_back() {
        long last = 0;
        for (int round = 0; round < 5; round++) {
            long written = alpha.put("open/phoenix", ONE).json().getLong("version");
            Reply claimed = alpha.claim("open/phoenix", TWO, written);
            assertThat(claimed.status()).isEqualTo(200);
            Reply deleted = alpha.delete("open/phoenix");

            assertThat(written).as("round %s", round).isGreaterThan(last);
            assertThat(claimed.json().getLong("version")).isGreaterThan(written);
            assertThat(deleted.status()).isEqualTo(204);
            assertThat(deleted.body()).isEmpty();
            assertThat(alpha.get("open/phoenix").status()).isEqualTo(404);
            assertThat(alpha.claim("open/phoenix", ONE, written).status())
                    .as("a claim on a version of the past")
                    .isEqualTo(409);
            last = claimed.json().getLong("version");
        }
    }

    @Test
    void a_claim_wins_only_with_the_version_that_stands() {
        Reply created = alpha.claim("open/claimed", ONE, 0);
        Reply createdAgain = alpha.claim("open/claimed", TWO, 0);
        Reply stale = alpha.claim("open/claimed", TWO, 7);
        Reply next = alpha.claim("open/claimed", TWO, created.json().getLong("version"));

        assertThat(created.status()).as(created.body()).isEqualTo(200);
        assertThat(created.json().getString("written_by")).isEqualTo("alpha");
        assertThat(createdAgain.status()).isEqualTo(409);
        assertThat(createdAgain.detail()).isNotBlank();
        assertThat(stale.status()).isEqualTo(409);
        assertThat(next.status()).isEqualTo(200);
        assertThat(alpha.get("open/claimed").json().getJsonObject("value")).isEqualTo(TWO);
        assertThat(alpha.claim("open/nobody", ONE, 1).status()).isEqualTo(409);
    }

    @Test
    void a_claim_that_is_incomplete_or_of_the_wrong_types_is_refused() {
        for (String body : List.of(
                "{\"key\":\"open/x\",\"value\":{}}",
                "{\"value\":{},\"expected_version\":0}",
                "{\"key\":\"open/x\",\"expected_version\":0}",
                "{\"key\":\"open/x\",\"value\":[],\"expected_version\":0}",
                "{\"key\":7,\"value\":{},\"expected_version\":0}",
                "{\"key\":\"open/x\",\"value\":{},\"expected_version\":\"0\"}",
                "{\"key\":\"open/x\",\"value\":{},\"expected_version\":1.5}")) {
            assertThat(alpha.request("POST", "/mesh/blackboard/claim", body).status())
                    .as(body)
                    .isEqualTo(422);
        }
        assertThat(alpha.claim("open/../x", ONE, 0).status()).isEqualTo(400);
        assertThat(alpha.claim("open/x", ONE, -1).status()).isIn(400, 409, 422);
        assertThat(alpha.get("open/x").status()).isEqualTo(404);
    }

    @Test
    void history_is_neither_overwritten_nor_deleted() {
        Reply created = alpha.put("history/2026/run", ONE);

        assertThat(created.status()).as(created.body()).isEqualTo(200);
        assertThat(alpha.put("history/2026/run", TWO).status()).isEqualTo(409);
        assertThat(alpha.claim("history/2026/run", TWO, 1).status()).isEqualTo(409);
        assertThat(alpha.claim("history/2026/run", TWO, 0).status()).isEqualTo(409);
        assertThat(alpha.delete("history/2026/run").status()).isEqualTo(409);
        assertThat(alpha.put("history/2026/fleeting?ttl=1", ONE).status()).isIn(400, 409);
        assertThat(alpha.get("history/2026/run").json().getJsonObject("value")).isEqualTo(ONE);
        assertThat(alpha.get("history/2026/run").json().getLong("version")).isEqualTo(1);
        assertThat(alpha.claim("history/2026/claimed", ONE, 0).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "open/../secret",
                "open/%2e%2e/secret",
                "open/%2E./secret",
                "open%2F..%2Fsecret",
                "..",
                "%2e%2e",
                "../blackboard/open/x",
                "open//x",
                "open%2F%2Fx",
                "/open/x",
                "%2Fopen/x",
                "open/x/",
                "open/%00",
                "open/%0a",
                "open/%7f",
                "open/%C2%85",
                "open/%ff",
                "open/%c0%ae"
            })
    void a_malformed_key_is_400_whatever_is_asked_of_it(String key) {
        assertThat(alpha.get(key).status()).as("GET").isEqualTo(400);
        assertThat(alpha.put(key, ONE).status()).as("PUT").isEqualTo(400);
        assertThat(alpha.delete(key).status()).as("DELETE").isEqualTo(400);
    }

    @Test
    void a_key_is_decoded_once_and_no_more() {
        assertThat(alpha.put("open/a%2Fb", ONE).json().getString("key")).isEqualTo("open/a/b");
        assertThat(alpha.get("open/a/b").status()).isEqualTo(200);
        assertThat(alpha.put("open/%252e%252e", ONE).json().getString("key")).isEqualTo("open/%2e%2e");
        assertThat(alpha.put("open/a+b", ONE).json().getString("key")).isEqualTo("open/a+b");
        assertThat(alpha.put("open/sp%20ace%C3%A9", ONE).json().getString("key"))
                .isEqualTo("open/sp aceé");
        assertThat(alpha.put("open/" + "k".repeat(507), ONE).status()).isEqualTo(200);
        assertThat(alpha.put("open/" + "k".repeat(508), ONE).status()).isEqualTo(400);
        assertThat(alpha.put("open/" + "%C3%A9".repeat(507), ONE).status())
                .as("512 characters, not bytes")
                .isEqualTo(200);
        String longest = "open/" + "%E6%BC%A2".repeat(507);
        assertThat(alpha.put(longest, ONE).status())
                .as("a path of 4.5 KB in the request line")
                .isEqualTo(200);
        assertThat(alpha.get(longest).status()).isEqualTo(200);
    }

    @Test
    void a_value_is_an_object_of_at_most_256_kib() {
        String frame = "{\"text\":\"\"}";
        String largest = "{\"text\":\"" + "x".repeat(256 * 1024 - frame.length()) + "\"}";
        String path = "/mesh/blackboard/open/value";

        assertThat(alpha.request("PUT", path, largest).status()).isEqualTo(200);
        assertThat(alpha.request("PUT", path, largest + " ").status()).isIn(200, 413);
        assertThat(alpha.request("PUT", path, largest.replaceFirst("x", "xx")).status())
                .isEqualTo(413);
        for (String noObject : List.of("[1]", "\"text\"", "1", "null", "true")) {
            assertThat(alpha.request("PUT", path, noObject).status())
                    .as(noObject)
                    .isEqualTo(422);
        }
        for (String noJson : List.of("", "{", "{\"a\":1,\"a\":2}", "{} {}", "[".repeat(100) + "]".repeat(100))) {
            assertThat(alpha.request("PUT", path, noJson).status()).as(noJson).isIn(400, 422);
        }
        assertThat(alpha.get("open/value").json().getLong("version")).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ttl=0", "ttl=-1", "ttl=x", "ttl=1.5", "ttl=99999999999999999999"})
    void a_ttl_that_is_no_number_of_seconds_is_400(String query) {
        assertThat(alpha.put("open/ttl?" + query, ONE).status()).isEqualTo(400);
        assertThat(alpha.get("open/ttl").status()).isEqualTo(404);
    }

    @Test
    void a_list_shows_exactly_what_its_reader_may_read_in_order_and_by_pages() {
        List<String> all = IntStream.range(0, 60)
                .mapToObj(i -> "mixed/%s%s-%s".formatted(i % 3 == 0 ? 'a' : 'b', i % 7, i % 10) + "/" + i)
                .toList();
        all.forEach(key -> assertThat(alpha.put(key, ONE).status()).isEqualTo(200));
        List<String> readable = all.stream()
                .filter(key -> key.matches("mixed/b.-[0-4].*"))
                .sorted()
                .toList();

        assertThat(alpha.keys("prefix=mixed/&limit=1000"))
                .isEqualTo(all.stream().sorted().toList());
        assertThat(beta.keys("prefix=mixed/&limit=1000")).isEqualTo(readable);
        assertThat(pages(beta, "prefix=mixed/", 3)).isEqualTo(readable);
        assertThat(pages(beta, "prefix=", 4))
                .containsAll(readable)
                .allMatch(key -> beta.get(key).status() == 200);
        assertThat(beta.keys("prefix=secret/")).isEmpty();
    }

    /// All keys, page by page; no page but the last is short.
    private static List<String> pages(AgentClient reader, String query, int size) {
        List<String> found = new java.util.ArrayList<>();
        List<String> page = reader.keys(query + "&limit=" + size);
        while (!page.isEmpty()) {
            assertThat(page.size()).isLessThanOrEqualTo(size);
            found.addAll(page);
            page = reader.keys(query + "&limit=" + size + "&after=" + page.getLast());
        }
        return found;
    }

    @Test
    void a_prefix_is_literal_and_case_sensitive() {
        for (String key :
                List.of("lit/a_b", "lit/axb", "lit/a%25b", "lit/A_b", "lit/a*b", "lit/%F0%9F%98%80", "lit/~")) {
            assertThat(alpha.put(key, ONE).status()).isEqualTo(200);
        }
        assertThat(alpha.keys("prefix=lit/a_")).containsExactly("lit/a_b");
        assertThat(alpha.keys("prefix=lit/a%25")).containsExactly("lit/a%b");
        assertThat(alpha.keys("prefix=lit/a*")).containsExactly("lit/a*b");
        assertThat(alpha.keys("prefix=lit/A")).containsExactly("lit/A_b");
        assertThat(alpha.keys("prefix=lit/%F0%9F%98%80")).containsExactly("lit/😀");
        assertThat(alpha.keys("prefix=lit")).hasSize(7);
        assertThat(alpha.request("GET", "/mesh/blackboard?prefix=lit/A", null).array())
                .hasSize(1);
        for (String bad : List.of("limit=0", "limit=-1", "limit=x")) {
            assertThat(alpha.list(bad).status()).as(bad).isEqualTo(400);
        }
    }

    @Test
    void a_watcher_hears_of_the_changes_that_others_make_to_what_it_may_read() {
        assertThat(beta.watch("watch/*").json())
                .isEqualTo(new JsonObject().put("watching", true).put("pattern", "watch/*"));
        assertThat(beta.watch("watch/*").status()).as("twice is once").isEqualTo(200);
        assertThat(beta.watch("*").status()).isEqualTo(200);
        beta.put("watch/own", ONE);
        alpha.put("secret/watched", ONE);
        alpha.put("watch/written", ONE);
        alpha.claim("watch/claimed", ONE, 0);
        alpha.delete("watch/written");

        List<JsonObject> notices = beta.awaitItems(0, 3);
        assertThat(notices)
                .extracting(item -> item.getString("kind") + " " + item.getString("from") + " "
                        + item.getJsonObject("payload").getString("key"))
                .containsExactly("watch alpha watch/written", "watch alpha watch/claimed", "watch alpha watch/written");
    }

    @Test
    void what_the_caller_says_of_itself_in_the_body_of_a_value_is_only_a_value() {
        JsonObject value = new JsonObject().put("agent_id", "beta").put("written_by", "beta");

        assertThat(alpha.put("open/says", value).json().getString("written_by")).isEqualTo("alpha");
        assertThat(alpha.get("open/says").json().getJsonObject("value")).isEqualTo(value);
    }

    @Test
    void a_watched_pattern_must_be_one() {
        assertThat(beta.watch("").status()).isIn(400, 422);
        assertThat(beta.watch("watch/[").status()).isEqualTo(400);
        assertThat(beta.watch("w".repeat(600)).status()).isEqualTo(400);
        assertThat(beta.request("POST", "/mesh/blackboard/watch", "{}").status())
                .isEqualTo(422);
    }
}
