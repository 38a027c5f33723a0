package ai.openlegion.schedule;

import static ai.openlegion.schedule.ScheduleRig.WRITER;
import static ai.openlegion.schedule.ScheduleRig.workflow;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Audits;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.ScheduleRig.HandClock;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the audit holds of jobs that fail again and again.
final class ScheduleAuditTest {

    @TempDir
    private Path folder;

    @Test
    void a_job_that_fails_each_second_is_audited_at_first_and_once_a_minute() throws Exception {
        HandClock clock = new HandClock();
        ScheduleRig rig = new ScheduleRig(folder.resolve("mesh.db"), clock).configure(Map.of(), WRITER);
        List<String> decisions = new CopyOnWriteArrayList<>();
        var _ = rig.bus.subscribe(
                Audits.RECORDED,
                written -> written.entries().stream()
                        .filter(entry -> entry.action().equals("cron.run"))
                        .map(AuditEntry::decision)
                        .forEach(decisions::add));
        Job job = rig.added(WRITER, workflow("every 1s", "nightly", "{}"));
        for (int second = 1; second <= 125; second++) {
            clock.advance(Duration.ofSeconds(1));
            rig.afterErrors(job.id(), second);
        }
        ScheduleRig.await(rig.bus.serve(Workflows.RUN, _ -> Future.succeededFuture(new Workflows.Started("wf_1"))));
        clock.advance(Duration.ofSeconds(1));
        ScheduleRig.until(() -> decisions.contains("allowed"));
        assertThat(decisions)
                .containsExactly(
                        "failed", "failed: 60 runs since", "failed: 60 runs since", "failed: 4 runs since", "allowed");
        rig.close();
    }
}
