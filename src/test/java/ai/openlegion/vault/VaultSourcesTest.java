package ai.openlegion.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.vault.Vault.Source;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VaultSourcesTest {

    private static final String COMMON = "the quick brown fox";

    private final Vault given = Vault.load(
            Map.of("OPENLEGION_CRED_A", "file-value-of-a", "OPENLEGION_CRED_B", "file-value-of-b"),
            Map.of("OPENLEGION_CRED_A", "variable-value-of-a"),
            flaw -> {});

    private final Vault all = given.withStored(Map.of(
            "a", operator("stored-value-of-a"),
            "b", agent("agents-value-of-b"),
            "c", operator("stored-value-of-c"),
            "d", agent(COMMON)));

    @Test
    void the_environment_wins_over_the_file_and_the_file_over_what_is_stored() {
        assertThat(all.get("a")).contains(Secret.of("variable-value-of-a"));
        assertThat(all.get("b")).contains(Secret.of("file-value-of-b"));
        assertThat(all.get("C")).contains(Secret.of("stored-value-of-c"));
        assertThat(all.source("A")).contains(Source.ENVIRONMENT);
        assertThat(all.source("b")).contains(Source.ENV_FILE);
        assertThat(all.source("c")).contains(Source.OPERATOR);
        assertThat(all.source("d")).contains(Source.AGENT);
        assertThat(all.source("e")).isEmpty();
        assertThat(all.names()).containsExactly("a", "b", "c");
        assertThat(all.allNames()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void what_an_agent_stored_opens_nothing_and_stands_behind_its_handle_only() {
        assertThat(all.get("d")).isEmpty();
        assertThat(all.forHandle("D")).contains(Secret.of(COMMON));
        assertThat(all.stored("d").orElseThrow().agent()).contains(new AgentId("scribe"));
        assertThat(all.forHandle("b")).contains(Secret.of("file-value-of-b"));
        assertThat(all.forHandle("e")).isEmpty();
    }

    @Test
    void the_operators_values_are_looked_for_everywhere_also_those_that_another_one_hides() {
        for (String value : new String[] {
            "variable-value-of-a", "file-value-of-a", "stored-value-of-a", "file-value-of-b", "stored-value-of-c"
        }) {
            assertThat(leaks(all.scan(), value)).as(value).isTrue();
            assertThat(all.redact("<" + value + ">")).as(value).isEqualTo("<***>");
        }
    }

    @Test
    void an_agents_value_is_looked_for_only_where_its_name_is_covered() {
        assertThat(leaks(all.scan(), COMMON)).isFalse();
        assertThat(all.redact(COMMON)).isEqualTo(COMMON);
        assertThat(leaks(all.scan(name -> false), COMMON)).isFalse();
        assertThat(leaks(all.scan(name -> name.equals("d")), COMMON)).isTrue();
        assertThat(leaks(all.scan(name -> name.equals("d")), "stored-value-of-c"))
                .isTrue();
        assertThat(leaks(all.scan(name -> true), "agents-value-of-b"))
                .as("the file's value stands there; the agent's is used by nobody")
                .isFalse();
        assertThat(all.scan(name -> name.equals("d"))).isSameAs(all.scan(name -> name.startsWith("d")));
    }

    @Test
    void other_stored_values_take_the_place_of_those_before_and_an_agents_leaves_the_search_as_it_is() {
        Vault next = all.withStored(Map.of("c", operator("another-value-of-c"), "f", agent("agents-value-of-f")));

        assertThat(next.get("c")).contains(Secret.of("another-value-of-c"));
        assertThat(next.forHandle("d")).isEmpty();
        assertThat(leaks(next.scan(), "stored-value-of-c")).isFalse();
        Vault more = next.withStored(Map.of("c", operator("another-value-of-c"), "g", agent("agents-value-of-g")));
        assertThat(more.scan()).isSameAs(next.scan());
    }

    @Test
    void what_one_agent_stores_leaves_the_searches_of_those_that_may_not_use_it() {
        Vault before = given.withStored(Map.of("d", agent(COMMON)));
        assertThat(before.madeScan(name -> name.equals("d"))).isEmpty();
        LeakScan made = before.scan(name -> name.equals("d"));

        Vault after = before.withStored(Map.of("d", agent(COMMON), "e", agent("agents-value-of-e")));
        assertThat(after.madeScan(name -> name.equals("d"))).containsSame(made);
        assertThat(after.madeScan(name -> true)).isEmpty();
        assertThat(leaks(after.scan(name -> true), "agents-value-of-e")).isTrue();
        Vault another = after.withStored(Map.of("d", agent("agents-value-of-d")));
        assertThat(leaks(another.scan(name -> true), COMMON)).isFalse();
        assertThat(leaks(another.scan(name -> true), "agents-value-of-d")).isTrue();
    }

    @Test
    void all_that_one_agent_may_store_makes_a_search_of_a_bounded_size() {
        Map<String, Stored> costly = new TreeMap<>();
        for (int i = 0; i < CredentialStore.AGENT_VALUES; i++) {
            costly.put(
                    "n" + i, agent("%02d-._~*/!'()*;,?:@&=+$# %%\"".formatted(i).repeat(300)));
        }
        Vault vault = Vault.of(Map.of()).withStored(costly);
        // each in at most 33 forms of at most 64 bytes
        assertThat(vault.scan(name -> true).formBytes()).isBetween(1L, CredentialStore.AGENT_VALUES * 33 * 64L);
        assertThat(CredentialStore.ALL_VALUES).isLessThanOrEqualTo(1_000);
    }

    @Test
    void a_long_value_of_an_agent_is_found_by_its_beginning_and_struck_out_whole() {
        String value = "0123456789abcdef-".repeat(30);
        LeakScan scan = given.withStored(Map.of("d", agent(value))).scan(name -> true);
        assertThat(leaks(scan, value)).isTrue();
        assertThat(leaks(scan, value.substring(0, 64))).isTrue();
        assertThat(leaks(scan, value.substring(0, 63))).isFalse();
        assertThat(scan.redact("bad key " + value + "!")).isEqualTo("bad key ***!");
    }

    private static boolean leaks(LeakScan scan, String value) {
        byte[] bytes = ("{\"text\":\"" + value + "\"}").getBytes(UTF_8);
        boolean whole = scan.leaks(bytes, 0, bytes.length);
        boolean inPieces = scan.byteWatch().completes(bytes, 0, bytes.length);
        assertThat(inPieces).isEqualTo(whole);
        return whole;
    }

    private static Stored operator(String value) {
        return new Stored(Secret.of(value), Stored.OPERATOR, 1);
    }

    private static Stored agent(String value) {
        return new Stored(Secret.of(value), "scribe", 1);
    }
}
