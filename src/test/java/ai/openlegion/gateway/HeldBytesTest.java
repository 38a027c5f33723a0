package ai.openlegion.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import org.junit.jupiter.api.Test;

class HeldBytesTest {

    private static final AgentId ONE = new AgentId("one");
    private static final AgentId TWO = new AgentId("two");
    private static final AgentId THREE = new AgentId("three");

    private final HeldBytes held = new HeldBytes(100);

    @Test
    void one_agent_gets_half_and_all_get_no_more_than_there_is() {
        assertThat(held.share(ONE).take(30)).isTrue();
        assertThat(held.share(ONE).take(21)).isFalse();
        assertThat(held.share(ONE).take(20)).isTrue();
        assertThat(held.share(TWO).take(50)).isTrue();
        assertThat(held.share(THREE).take(1)).isFalse();
    }

    @Test
    void what_is_given_back_is_there_again_once() {
        HeldBytes.Share share = held.share(ONE);
        assertThat(share.take(50)).isTrue();
        assertThat(held.share(TWO).take(50)).isTrue();

        share.giveBack();
        share.giveBack();

        assertThat(share.take(1)).isFalse();
        assertThat(held.share(THREE).take(51)).isFalse();
        assertThat(held.share(THREE).take(50)).isTrue();
        assertThat(held.share(ONE).take(1)).isFalse();
    }
}
