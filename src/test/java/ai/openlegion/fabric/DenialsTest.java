package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.scenario.Eventually;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DenialsTest {

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
    void the_first_denials_of_a_second_are_recorded_in_full_and_the_rest_in_one_entry() {
        var denials = new Denials(rig.shared.audit(), FabricRig.CLOCK);

        deny(denials, BOB, 20 + 153);
        deny(denials, ALICE, 1);
        denials.record(BOB, Denials.REFUSED, entry(BOB, "publish", "news", "refused: inboxes full"));
        denials.onSecond(7);
        deny(denials, BOB, 1);
        denials.onSecond(7);

        Eventually.until("all are audited", () -> rig.audited.size() == 20 + 1 + 2 + 1);
        List<AuditEntry> bob = of(BOB);
        assertThat(bob.subList(0, 20))
                .extracting(AuditEntry::resource)
                .isEqualTo(IntStream.range(0, 20).mapToObj(i -> "open/" + i).toList());
        assertThat(bob.subList(20, 22))
                .extracting(entry -> entry.action() + " " + entry.decision() + " " + entry.revision())
                .containsExactlyInAnyOrder(
                        "blackboard.read denied: 153 further requests 7", "publish refused: 1 further requests 7");
        assertThat(bob.getLast().decision()).as("the next second").isEqualTo("denied");
        assertThat(of(ALICE)).as("another agent").hasSize(1);
    }

    @Test
    void no_denial_of_an_agent_that_knocks_at_every_door_is_lost() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(rig.get(BOB, "/mesh/blackboard/open/" + i).status()).isEqualTo(403);
        }

        Eventually.until(
                "all are audited",
                () -> of(BOB).stream()
                                .filter(entry -> entry.action().equals("blackboard.read"))
                                .mapToInt(entry -> entry.decision().equals("denied")
                                        ? 1
                                        : Integer.parseInt(entry.decision().split(" ")[1]))
                                .sum()
                        == 100);
    }

    private List<AuditEntry> of(AgentId agent) {
        return rig.audited.stream()
                .filter(entry -> entry.actor().equals(agent.value()))
                .toList();
    }

    private static void deny(Denials denials, AgentId agent, int times) {
        for (int i = 0; i < times; i++) {
            denials.record(agent, Denials.DENIED, entry(agent, "blackboard.read", "open/" + i, Denials.DENIED));
        }
    }

    private static AuditEntry entry(AgentId agent, String action, String resource, String decision) {
        return new AuditEntry(FabricRig.NOW, agent.value(), action, resource, decision, "", 7, "req_1", "", 0);
    }
}
