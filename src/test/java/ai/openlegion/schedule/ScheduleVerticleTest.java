package ai.openlegion.schedule;

import static ai.openlegion.schedule.ScheduleRig.READER;
import static ai.openlegion.schedule.ScheduleRig.WRITER;
import static ai.openlegion.schedule.ScheduleRig.message;
import static ai.openlegion.schedule.ScheduleRig.workflow;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.schedule.ScheduleRig.HandClock;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs over the bus, beside real inboxes, on a real database.
final class ScheduleVerticleTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private final HandClock clock = new HandClock();
    private ScheduleRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new ScheduleRig(folder.resolve("mesh.db"), clock).configure(Map.of(), WRITER, READER);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void a_job_puts_its_message_into_the_inbox_when_it_is_due() throws Exception {
        Job job = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, "say \"hi\"\nnow"));
        assertThat(job.id()).matches("cron_[0-9a-f]{12}");
        assertThat(job.nextRunMillis())
                .isEqualTo(Instant.parse("2026-11-22T12:01:00Z").toEpochMilli());
        clock.set("2026-11-22T12:01:00Z");
        Inbox.Item item = rig.inbox(WRITER, 1).getFirst();
        assertThat(item.kind()).isEqualTo(Messaging.Kind.MESSAGE);
        assertThat(item.from()).isEqualTo("mesh");
        assertThat(item.type()).isEqualTo("cron");
        assertThat(new JsonObject(item.payload()))
                .isEqualTo(new JsonObject()
                        .put("job", job.id())
                        .put("message", "say \"hi\"\nnow")
                        .put("scheduled_for", "2026-11-22T12:01:00Z")
                        .put("probes", List.of()));
        Job after = rig.job(job.id());
        assertThat(after.runs()).isEqualTo(1);
        assertThat(after.errors()).isZero();
        assertThat(after.lastRunMillis()).isEqualTo(clock.millis());
        assertThat(after.nextRunMillis())
                .isEqualTo(Instant.parse("2026-11-22T12:02:00Z").toEpochMilli());
    }

    @Test
    void nonsense_is_invalid_and_the_others_run_on() throws Exception {
        Job good = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        assertThat(why(message("*/0 * * * *", Misfire.SKIP, WRITER, ""))).startsWith("The schedule must have a step");
        assertThat(why(message("61 * * * *", Misfire.SKIP, WRITER, ""))).startsWith("The schedule must have one of");
        assertThat(why(message("every 0s", Misfire.SKIP, WRITER, ""))).startsWith("The schedule must leave at least");
        assertThat(why(message("* * * * *", Misfire.SKIP, READER, "")))
                .isEqualTo("A job of an agent sends its messages to that agent itself");
        assertThat(why(new Spec("* * * * *", "Mars", Misfire.SKIP, WRITER, null, "", "{}", false, List.of(), true)))
                .startsWith("The zone must be");
        assertThat(why(new Spec("* * * * *", "UTC", Misfire.SKIP, WRITER, "w", "", "{}", false, List.of(), true)))
                .contains("one of the two");
        assertThat(why(workflow("* * * * *", "w", "[1]"))).isEqualTo("The input must be a JSON object");
        assertThat(why(new Spec("* * * * *", "UTC", Misfire.SKIP, null, "w", "", "{}", true, List.of(), true)))
                .startsWith("A heartbeat wakes");
        assertThat(why(ScheduleRig.heartbeat(WRITER, new Schedule.HttpStatus("http://10.0.0.1/", 0))))
                .startsWith("Only config/schedules.yaml");
        assertThat(why(ScheduleRig.heartbeat(WRITER, new Schedule.BlackboardMatch("[a"))))
                .startsWith("The pattern of a blackboard probe has a [");
        assertThat(why(message("* * * * *", Misfire.SKIP, WRITER, "x".repeat(4097))))
                .isEqualTo("The message must have at most 4096 characters");
        assertThat(why(workflow("* * * * *", "w", "{\"a\":\"" + "x".repeat(16 * 1024) + "\"}")))
                .isEqualTo("The input must have at most 16 KiB");
        assertThat(why(new Spec(
                        "* * * * *", "UTC", Misfire.SKIP, WRITER, null, "", "{\"a\":1}", false, List.of(), true)))
                .startsWith("An input is of a workflow");
        assertThat(why(ScheduleRig.heartbeat(WRITER, new Schedule.BlackboardMatch("x".repeat(129)))))
                .isEqualTo("The pattern of a blackboard probe must have at most 128 characters");
        clock.advance(MINUTE);
        assertThat(rig.inbox(WRITER, 1))
                .singleElement()
                .satisfies(item -> assertThat(item.payload()).contains(good.id()));
    }

    private String why(Spec spec) throws Exception {
        return switch (rig.add(WRITER, spec)) {
            case Schedule.Invalid(String why) -> why;
            case Schedule.Changed other -> throw new AssertionError(other);
        };
    }

    @Test
    void an_owner_sees_and_touches_its_own_jobs_only() throws Exception {
        Job job = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, "a"));
        rig.configure(Map.of("morning", message("0 9 * * *", Misfire.SKIP, READER, "b")), WRITER, READER);
        assertThat(rig.jobs(READER)).isEmpty();
        assertThat(rig.jobs(WRITER)).extracting(Job::id).containsExactly(job.id());
        assertThat(rig.jobs(null)).extracting(Job::id).containsExactly(job.id(), "morning");
        assertThat(ScheduleRig.await(rig.bus.ask(Schedule.REMOVE, new Schedule.Remove(READER, job.id()))))
                .isEqualTo(new Schedule.UnknownJob());
        assertThat(ScheduleRig.await(rig.bus.ask(
                        Schedule.CHANGE, new Schedule.Change(READER, job.id(), null, null, null, "mine", null))))
                .isEqualTo(new Schedule.UnknownJob());
        assertThat(ScheduleRig.await(rig.bus.ask(Schedule.REMOVE, new Schedule.Remove(READER, "morning"))))
                .isEqualTo(new Schedule.UnknownJob());
        assertThat(ScheduleRig.await(rig.bus.ask(Schedule.REMOVE, new Schedule.Remove(null, "morning"))))
                .isEqualTo(new Schedule.InFile());
        assertThat(ScheduleRig.await(rig.bus.ask(
                        Schedule.CHANGE, new Schedule.Change(null, "morning", null, null, null, null, false))))
                .isEqualTo(new Schedule.InFile());
        assertThat(ScheduleRig.await(rig.bus.ask(Schedule.REMOVE, new Schedule.Remove(WRITER, job.id()))))
                .isInstanceOf(Schedule.Done.class);
        assertThat(rig.jobs(WRITER)).isEmpty();
    }

    @Test
    void a_change_keeps_what_it_does_not_name_and_a_paused_job_is_silent() throws Exception {
        Job job = rig.added(WRITER, message("* * * * *", Misfire.ONCE, WRITER, "a"));
        assertThat(change(job, new Schedule.Change(WRITER, job.id(), "61 * * * *", null, null, null, null)))
                .isInstanceOf(Schedule.Invalid.class);
        assertThat(changed(job, new Schedule.Change(WRITER, job.id(), null, null, null, null, false))
                        .nextRunMillis())
                .isZero();
        clock.set("2026-11-22T15:30:00Z");
        Job resumed = changed(job, new Schedule.Change(WRITER, job.id(), "0 * * * *", "Asia/Kolkata", null, "b", true));
        assertThat(resumed.spec().misfire()).isEqualTo(Misfire.ONCE);
        // the pause is not made up for; full hours in Kolkata are half hours in UTC
        assertThat(resumed.nextRunMillis())
                .isEqualTo(Instant.parse("2026-11-22T16:30:00Z").toEpochMilli());
        rig = rig.restart().configure(Map.of(), WRITER, READER);
        assertThat(rig.job(job.id())).isEqualTo(resumed);
        clock.set("2026-11-22T16:30:00Z");
        assertThat(rig.inbox(WRITER, 1))
                .singleElement()
                .satisfies(item -> assertThat(item.payload()).contains("\"message\":\"b\""));
    }

    private Schedule.Changed change(Job job, Schedule.Change change) throws Exception {
        return ScheduleRig.await(rig.bus.ask(Schedule.CHANGE, change));
    }

    private Job changed(Job job, Schedule.Change change) throws Exception {
        return switch (change(job, change)) {
            case Schedule.Done(Job now) -> now;
            case Schedule.Changed other -> throw new AssertionError(other);
        };
    }

    @Test
    void an_owner_has_so_many_jobs_and_no_more() throws Exception {
        for (int i = 0; i < ScheduleRig.LIMITS.jobs(); i++) {
            rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        }
        assertThat(rig.add(WRITER, message("* * * * *", Misfire.SKIP, WRITER, "")))
                .isEqualTo(new Schedule.TooMany(ScheduleRig.LIMITS.jobs()));
        rig.added(READER, message("* * * * *", Misfire.SKIP, READER, ""));
        rig.added(null, message("* * * * *", Misfire.SKIP, READER, ""));
    }

    @Test
    void a_target_that_is_gone_an_inbox_that_is_full_and_a_missing_workflow_are_errors_and_the_rest_runs()
            throws Exception {
        rig.close();
        rig = new ScheduleRig(folder.resolve("full.db"), clock, new InboxLimits(1, 1 << 20, 30, 5, 3, 1 << 20))
                .configure(Map.of("file", message("* * * * *", Misfire.SKIP, READER, "")), WRITER, READER);
        Job full = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        Job flow = rig.added(WRITER, workflow("* * * * *", "nightly", "{}"));
        Job gone = rig.added(null, message("* * * * *", Misfire.SKIP, READER, ""));
        clock.advance(MINUTE);
        rig.afterRuns(full.id(), 1);
        rig.inbox(WRITER, 1);
        ScheduleRig.await(rig.bus.ask(Messaging.CONFIGURE, new Messaging.Configure(java.util.Set.of(WRITER))));
        for (int i = 0; i < 2; i++) {
            clock.advance(MINUTE);
            rig.afterErrors(full.id(), i + 1);
            rig.afterErrors(gone.id(), i + 1);
            rig.afterErrors("file", i + 1);
            rig.afterErrors(flow.id(), i + 2);
        }
        assertThat(rig.job(full.id()).lastError()).isEqualTo("the agent's inbox is full");
        assertThat(rig.job(gone.id()).lastError()).isEqualTo("there is no such agent any more");
        assertThat(rig.job("file").lastError()).isEqualTo("there is no such agent any more");
        assertThat(rig.job(flow.id()).lastError()).isEqualTo("this mesh does not serve what the job needs");
    }

    @Test
    void a_workflow_is_started_with_its_input() throws Exception {
        BlockingQueue<Workflows.Run> started = new LinkedBlockingQueue<>();
        ScheduleRig.await(rig.bus.serve(Workflows.RUN, run -> {
            started.add(run);
            return Future.succeededFuture(new Workflows.Started("wf_1"));
        }));
        Job job = rig.added(WRITER, workflow("* * * * *", "nightly", "{\"a\":1.50}"));
        clock.advance(MINUTE);
        assertThat(started.take()).isEqualTo(new Workflows.Run("nightly", "{\"a\":1.50}", "schedule"));
        assertThat(rig.job(job.id()).errors()).isZero();
    }

    @Test
    void a_job_of_an_owner_that_may_not_any_more_does_not_run() throws Exception {
        Job message = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        Job flow = rig.added(WRITER, workflow("* * * * *", "nightly", "{}"));
        rig.allow(true, List.of());
        clock.advance(MINUTE);
        assertThat(rig.afterErrors(flow.id(), 1).lastError()).isEqualTo("Agent writer cannot run workflow nightly");
        rig.inbox(WRITER, 1);
        rig.allow(false, List.of("nightly"));
        clock.advance(MINUTE);
        assertThat(rig.afterErrors(message.id(), 1).lastError()).isEqualTo("Agent writer cannot manage cron");
        assertThat(rig.items(WRITER)).hasSize(1);
        rig.allow(true, List.of());
        clock.advance(MINUTE);
        rig.inbox(WRITER, 2);
    }

    @Test
    void a_run_that_the_mesh_slept_through_follows_misfire_also_for_the_file() throws Exception {
        Map<String, Spec> file = Map.of(
                "once", message("0 * * * *", Misfire.ONCE, READER, "once"),
                "skip", message("0 * * * *", Misfire.SKIP, READER, "skip"));
        rig.configure(file, WRITER, READER);
        Job once = rig.added(WRITER, message("*/20 * * * *", Misfire.ONCE, WRITER, ""));
        Job skip = rig.added(WRITER, message("*/20 * * * *", Misfire.SKIP, WRITER, ""));
        rig = rig.restart();
        // nothing runs before the fleet is known, whatever the time
        clock.set("2026-11-22T18:10:00Z");
        assertThat(rig.jobs(WRITER)).hasSize(2);
        rig.configure(file, WRITER, READER);
        assertThat(rig.inbox(WRITER, 1).getFirst().payload()).contains("\"scheduled_for\":\"2026-11-22T12:20:00Z\"");
        assertThat(rig.inbox(READER, 1).getFirst().payload()).contains("\"message\":\"once\"");
        ScheduleRig.until(() -> rig.job(skip.id()).nextRunMillis() > clock.millis());
        ScheduleRig.until(() -> rig.job("skip").nextRunMillis() > clock.millis());
        assertThat(rig.job(skip.id()).runs()).isZero();
        assertThat(rig.job("skip").runs()).isZero();
        assertThat(rig.job(once.id()).nextRunMillis())
                .isEqualTo(Instant.parse("2026-11-22T18:20:00Z").toEpochMilli());
        clock.set("2026-11-22T18:20:00Z");
        assertThat(rig.inbox(WRITER, 3)).hasSize(3);
    }

    @Test
    void a_clock_that_goes_back_repeats_nothing_also_over_a_restart() throws Exception {
        Job job = rig.added(WRITER, message("*/10 * * * *", Misfire.ONCE, WRITER, ""));
        Job beat = rig.added(WRITER, message("every 10m", Misfire.ONCE, WRITER, ""));
        clock.set("2026-11-22T12:10:31Z");
        rig.afterRuns(job.id(), 1);
        rig.afterRuns(beat.id(), 1);
        clock.set("2026-11-22T12:01:00Z");
        ScheduleRig.until(() -> rig.job(beat.id()).nextRunMillis()
                == Instant.parse("2026-11-22T12:11:00Z").toEpochMilli());
        rig = rig.restart().configure(Map.of(), WRITER, READER);
        clock.set("2026-11-22T12:11:00Z");
        rig.afterRuns(beat.id(), 2);
        assertThat(rig.job(job.id()).runs()).isEqualTo(1);
        assertThat(rig.job(job.id()).nextRunMillis())
                .isEqualTo(Instant.parse("2026-11-22T12:20:00Z").toEpochMilli());
    }

    @Test
    void a_kill_right_after_a_run_does_not_run_it_again() throws Exception {
        Job job = rig.added(WRITER, message("0 * * * *", Misfire.ONCE, WRITER, ""));
        clock.set("2026-11-22T13:00:00Z");
        rig.inbox(WRITER, 1);
        rig = rig.crash().configure(Map.of(), WRITER, READER);
        Job witness = rig.added(WRITER, message("every 1s", Misfire.SKIP, WRITER, ""));
        clock.set("2026-11-22T13:00:01Z");
        rig.afterRuns(witness.id(), 1);
        assertThat(rig.job(job.id()).runs()).isEqualTo(1);
        assertThat(rig.items(WRITER))
                .filteredOn(item -> item.payload().contains(job.id()))
                .hasSize(1);
    }

    @Test
    void what_a_removed_agent_made_is_gone_for_good() throws Exception {
        Job job = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        Job operators = rig.added(null, message("* * * * *", Misfire.SKIP, WRITER, ""));
        rig.configure(Map.of(), READER);
        rig = rig.restart().configure(Map.of(), WRITER, READER);
        assertThat(rig.jobs(null))
                .extracting(Job::id)
                .containsExactly(operators.id())
                .doesNotContain(job.id());
        rig.configure(Map.of(), READER);
        assertThat(rig.add(WRITER, message("* * * * *", Misfire.SKIP, WRITER, "")))
                .isEqualTo(new Schedule.Invalid("There is no agent of this name"));
    }

    @Test
    void a_reload_keeps_how_the_file_s_jobs_stand_and_times_anew_what_changed() throws Exception {
        Spec same = message("0 * * * *", Misfire.SKIP, WRITER, "a");
        rig.configure(Map.of("same", same, "new", same, "gone", same), WRITER, READER);
        clock.set("2026-11-22T13:00:00Z");
        for (String name : List.of("same", "new", "gone")) {
            rig.afterRuns(name, 1);
        }
        rig.configure(
                Map.of(
                        "same",
                        message("0 * * * *", Misfire.SKIP, WRITER, "b"),
                        "new",
                        message("30 * * * *", Misfire.SKIP, WRITER, "b")),
                WRITER,
                READER);
        assertThat(rig.jobs(null)).extracting(Job::id).containsExactly("new", "same");
        assertThat(rig.job("same").runs()).isEqualTo(1);
        assertThat(rig.job("same").spec().message()).isEqualTo("b");
        assertThat(rig.job("new").nextRunMillis())
                .isEqualTo(Instant.parse("2026-11-22T13:30:00Z").toEpochMilli());
        rig.configure(Map.of("gone", same), WRITER, READER);
        assertThat(rig.job("gone").runs()).isZero();
    }

    @Test
    void a_row_that_nobody_can_read_keeps_no_other_job_from_running() throws Exception {
        Job good = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        Job bad = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        ScheduleRig.await(rig.database.write(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("UPDATE cron_job SET spec = ? WHERE id = ?")) {
                statement.setString(1, "{\"schedule\":\"*/0 * * * *\",\"zone\":7}");
                statement.setString(2, bad.id());
                return statement.executeUpdate();
            }
        }));
        rig = rig.restart();
        rig.configure(
                Map.of("worse", new Spec("*/0 * * * *", "", Misfire.SKIP, null, null, "", "", false, List.of(), true)),
                WRITER,
                READER);
        clock.advance(MINUTE);
        rig.afterRuns(good.id(), 1);
        assertThat(rig.jobs(null)).extracting(Job::id).containsExactly(good.id());
    }

    @Test
    void a_run_under_way_when_the_mesh_stops_still_arrives() throws Exception {
        Job job = rig.added(WRITER, message("0 * * * *", Misfire.SKIP, WRITER, ""));
        for (int hour = 13; hour < 18; hour++) {
            clock.set("2026-11-22T" + hour + ":00:00Z");
            rig.afterRuns(job.id(), hour - 12);
            rig = rig.restart().configure(Map.of(), WRITER, READER);
            assertThat(rig.items(WRITER)).hasSize(hour - 12);
        }
        assertThat(rig.job(job.id()).errors()).isZero();
    }

    @Test
    void while_the_database_is_closed_nothing_runs_and_changes_are_refused() throws Exception {
        Job job = rig.added(WRITER, message("* * * * *", Misfire.SKIP, WRITER, ""));
        rig.database.close();
        clock.advance(MINUTE);
        assertThat(rig.add(WRITER, message("* * * * *", Misfire.SKIP, WRITER, "")))
                .isEqualTo(new Schedule.Unavailable());
        assertThat(ScheduleRig.await(rig.bus.ask(Schedule.REMOVE, new Schedule.Remove(WRITER, job.id()))))
                .isEqualTo(new Schedule.Unavailable());
        assertThat(rig.job(job.id())).isEqualTo(job);
    }
}
