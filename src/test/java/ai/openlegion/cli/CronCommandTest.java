package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The command `cron` against a demo mesh and its schedule.
@Timeout(240)
final class CronCommandTest {

    @TempDir
    private static Path folder;

    private static LiveMesh mesh;

    @BeforeAll
    static void start() throws Exception {
        mesh = new LiveMesh(folder).demo();
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @Test
    void a_job_is_added_listed_paused_resumed_and_removed() throws Exception {
        Ended added = mesh.command("cron", "add", "0 9 * * 1-5", "--agent", "writer", "--message", "good morning");
        assertThat(added.code()).as(added.err()).isZero();
        String id = added.out().split("[ ;]")[1];
        assertThat(id).startsWith("cron_");
        assertThat(mesh.command("cron").out()).contains(id, "operator", "0 9 * * 1-5", "UTC", "tells writer");
        assertThat(mesh.command("cron", "pause", id).code()).isZero();
        assertThat(mesh.command("cron", "list").out()).containsPattern(id + ".* paused");
        assertThat(mesh.command("cron", "resume", id).out()).startsWith("resumed; the next run is at 20");
        JsonArray jobs = new JsonArray(mesh.command("cron", "--json").out());
        assertThat(jobs.getJsonObject(0).getString("message")).isEqualTo("good morning");
        assertThat(mesh.command("cron", "rm", id).code()).isZero();
        assertThat(mesh.command("cron", "rm", id).code()).isEqualTo(1);
        assertThat(mesh.command("cron").out()).doesNotContain(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/0 * * * *", "61 * * * *", "every 0s", "every 5sheep", "0 0 1 1 * *"})
    void a_schedule_that_makes_no_sense_exits_2_and_says_why(String schedule) throws Exception {
        Ended refused = mesh.command("cron", "add", schedule, "--agent", "writer", "--message", "x");
        assertThat(refused.code()).as(refused.err()).isEqualTo(2);
        assertThat(refused.err().lines()).hasSize(1);
        assertThat(refused.err()).startsWith("openlegion: the mesh refused: ");
    }
}
