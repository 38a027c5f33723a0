package ai.openlegion.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a run used and cost, wherever it is shown.
@Timeout(60)
final class RunFiguresTest {

    @TempDir
    private Path folder;

    @Test
    void a_list_shows_what_the_ledger_has_of_a_run_also_what_was_charged_behind_its_end() throws Exception {
        Path file = folder.resolve("mesh.db");
        RunRig rig = new RunRig(file, new RunRig.MovedClock(), new RigAgents("one"));
        try {
            rig.configure(Yarn.of("flow")
                    .step("a", "one", List.of(), "")
                    .step("b", "one", List.of("a"), "")
                    .text());
            String free = rig.started("flow", "{}");
            String id = rig.started("flow", "{}");
            assertThat(rig.ended(free).status()).isEqualTo("complete");
            assertThat(rig.ended(id).status()).isEqualTo("complete");
            charge(file, id + ":a:1", 20_000, 5);
            charge(file, id + ":a:1", 20_001, 6);
            charge(file, id + ":b:1", 20_001, 7);

            Workflows.RunView view = rig.view(id);
            assertThat(view.tokens()).isEqualTo(36);
            assertThat(view.spentPico()).isEqualTo(18_000);
            var page = RunRig.await(rig.bus.ask(Workflows.LIST, new Workflows.ListRuns(null, null, null, 10)));
            assertThat(page.runs()).extracting(Workflows.RunLine::id).containsExactly(id, free);
            assertThat(page.runs()).extracting(Workflows.RunLine::tokens).containsExactly(36L, 0L);
            assertThat(page.runs()).extracting(Workflows.RunLine::spentPico).containsExactly(18_000L, 0L);
            var line = RunRig.await(rig.bus.ask(Workflows.LINE, new Workflows.ReadLine(id)));
            assertThat(line.run()).isEqualTo(page.runs().getFirst());
            assertThat(RunRig.await(rig.bus.ask(Workflows.LINE, new Workflows.ReadLine("wf_none")))
                            .run())
                    .isNull();
        } finally {
            rig.close();
        }
    }

    private static void charge(Path file, String task, long day, long amount) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO usage_task (task, agent, day, calls,"
                                + " input_tokens, output_tokens, cached_tokens, doubt_tokens, spent, unreconciled)"
                                + " VALUES (?, 'one', ?, 1, ?, ?, 0, 0, ?, 0)")) {
            insert.setString(1, task);
            insert.setLong(2, day);
            insert.setLong(3, amount);
            insert.setLong(4, amount);
            insert.setLong(5, amount * 1_000);
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
    }
}
