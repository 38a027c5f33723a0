package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Jobs and a clock that jumps, forwards, back, and by daylight saving: what was missed follows `misfire`.
@Timeout(120)
class CronClockTest {

    private static final String CLOCK = "the clock's own";
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @Test
    void missed_runs_follow_misfire_over_jumps_daylight_saving_and_a_stop() throws Exception {
        // Time stands still for the rate limit too, and half a year is longer than an inbox keeps things.
        MeshHome home = MeshHome.withoutUpstream()
                .mesh("rate_limits: {per_minute: 10000000}\nlimits: {inbox_days: 3650}\n")
                .member("alpha", "\"can_manage_cron\": true");
        try (ClockedMesh mesh = ClockedMesh.start(home, "2026-10-24T12:30:00Z")) {
            add(mesh, "every 1s", "UTC", "once", CLOCK);
            add(mesh, "15 * * * *", "UTC", "skip", "hourly, skip");
            add(mesh, "15 * * * *", "UTC", "once", "hourly, once");
            add(mesh, "30 2 * * *", "Europe/Berlin", "skip", "berlin, skip");
            add(mesh, "30 2 * * *", "Europe/Berlin", "once", "berlin, once");
            settle(mesh);
            assertThat(runs(mesh)).as("before anything is due").isEmpty();

            assertRuns(mesh, "2026-10-24T13:15:00Z", 1, 1, 0, 0, "on time");
            assertRuns(mesh, "2026-10-24T17:45:00Z", 1, 2, 0, 0, "four hours were missed");
            assertRuns(mesh, "2026-10-24T18:15:00Z", 2, 3, 0, 0, "on time again");
            assertRuns(mesh, "2026-10-24T17:50:00Z", 2, 3, 0, 0, "the clock went back");
            assertRuns(mesh, "2026-10-24T18:15:00Z", 2, 3, 0, 0, "an hour that was run already");
            assertRuns(mesh, "2026-10-24T19:15:00Z", 3, 4, 0, 0, "the hour after it");
            assertRuns(mesh, "2026-10-25T00:30:00Z", 3, 5, 1, 1, "02:30 in summer time");
            assertRuns(mesh, "2026-10-25T01:30:00Z", 3, 6, 1, 1, "02:30 again, in winter time");

            mesh.stop();
            mesh.set("2027-03-27T12:30:00Z");
            mesh.startAgain();
            assertRuns(mesh, "2027-03-27T12:31:00Z", 3, 7, 1, 2, "half a year was missed");
            assertRuns(mesh, "2027-03-28T01:00:30Z", 3, 8, 1, 3, "02:30 did not exist that day");
            assertRuns(mesh, "2027-03-29T00:30:00Z", 3, 9, 2, 4, "the day after");
        }
    }

    private static void assertRuns(
            ClockedMesh mesh, String at, int hourlySkip, int hourlyOnce, int berlinSkip, int berlinOnce, String why) {
        mesh.set(at);
        settle(mesh);
        Map<String, Long> runs = runs(mesh);
        assertThat(new long[] {
                    runs.getOrDefault("hourly, skip", 0L),
                    runs.getOrDefault("hourly, once", 0L),
                    runs.getOrDefault("berlin, skip", 0L),
                    runs.getOrDefault("berlin, once", 0L)
                })
                .as("%s: %s", at, why)
                .containsExactly(hourlySkip, hourlyOnce, berlinSkip, berlinOnce);
    }

    private static void add(ClockedMesh mesh, String schedule, String zone, String misfire, String message) {
        Reply added = mesh.client("alpha")
                .post(
                        "/mesh/cron",
                        new JsonObject()
                                .put("schedule", schedule)
                                .put("zone", zone)
                                .put("misfire", misfire)
                                .put("message", message));
        assertThat(added.status()).as(added.body()).isEqualTo(200);
    }

    /// Moves the clock by a second until the job of every second has run, twice: whatever was due when this was called
    /// has been run or passed over. After a jump the first second may pass before the scheduler has seen the jump.
    private static void settle(ClockedMesh mesh) {
        for (int i = 0; i < 2; i++) {
            long before = count(mesh);
            long[] moved = {0};
            Eventually.until("the scheduler has looked", () -> {
                if (System.nanoTime() - moved[0] > PATIENCE.toNanos()) {
                    mesh.advance(Duration.ofSeconds(1));
                    moved[0] = System.nanoTime();
                }
                return count(mesh) > before;
            });
        }
    }

    private static long count(ClockedMesh mesh) {
        return mesh.client("alpha").items(0).stream()
                .filter(item ->
                        item.getJsonObject("payload").getString("message").equals(CLOCK))
                .count();
    }

    private static Map<String, Long> runs(ClockedMesh mesh) {
        return mesh.client("alpha").items(0).stream()
                .map(item -> item.getJsonObject("payload").getString("message"))
                .filter(message -> !message.equals(CLOCK))
                .collect(Collectors.groupingBy(message -> message, Collectors.counting()));
    }
}
