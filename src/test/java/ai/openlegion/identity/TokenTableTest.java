package ai.openlegion.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TokenTableTest {

    @Test
    void each_of_a_thousand_tokens_finds_its_own_agent_and_nothing_else_does() {
        Map<AgentId, String> tokens = new HashMap<>();
        for (int i = 0; i < 1_000; i++) {
            tokens.put(new AgentId("agent" + i), "ol_token_" + i);
        }
        TokenTable table = TokenTable.of(tokens);

        tokens.forEach((agent, token) -> assertThat(table.find(token)).isEqualTo(new Caller(agent)));
        assertThat(table.find("ol_token_1000")).isNull();
        assertThat(table.find("ol_token_")).isNull();
        assertThat(table.find("OL_token_1")).isNull();
        assertThat(table.find(" ol_token_1")).isNull();
    }

    @Test
    void an_empty_table_knows_nobody() {
        TokenTable table = TokenTable.of(Map.of());

        assertThat(table.find("")).isNull();
        assertThat(table.find("anything")).isNull();
    }

    @Test
    void a_token_of_more_than_256_characters_is_nobodys() {
        String longest = "x".repeat(256);
        String longer = "x".repeat(257);
        TokenTable table = TokenTable.of(Map.of(new AgentId("a"), longest, new AgentId("b"), longer));

        assertThat(table.find(longest)).isEqualTo(new Caller(new AgentId("a")));
        assertThat(table.find(longer)).isNull();
    }

    @Test
    void two_agents_cannot_share_a_token() {
        assertThatThrownBy(() -> TokenTable.of(Map.of(new AgentId("a"), "same", new AgentId("b"), "same")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("same token")
                .hasMessageContaining("share a token");
    }

    @Test
    void a_digest_matches_its_token_only_and_never_prints_it() {
        TokenDigest digest = TokenDigest.of("the operator's token");

        assertThat(digest.matches("the operator's token")).isTrue();
        assertThat(digest.matches("the operator's tokem")).isFalse();
        assertThat(digest.matches("")).isFalse();
        assertThat(digest).hasToString("***");
    }
}
