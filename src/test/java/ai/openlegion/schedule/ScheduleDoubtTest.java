package ai.openlegion.schedule;

import static ai.openlegion.schedule.ScheduleRig.WRITER;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.schedule.JobTable.StoredJob;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.ScheduleRig.HandClock;
import ai.openlegion.store.Database;
import ai.openlegion.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Changes that were stored although they were told to be not: what is remembered and what is stored agree again.
final class ScheduleDoubtTest {

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Jobs jobs = new Jobs();
    private final JobStore store = new JobStore(this::write, jobs);
    private final JobChanges changes = new JobChanges(jobs, store, new HandClock(), ScheduleRig.LIMITS);
    private Database database;
    private boolean untold;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("mesh.db"), vertx);
        changes.among(Set.of(WRITER));
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        ScheduleRig.await(vertx.close());
    }

    @Test
    void a_job_that_was_refused_is_not_there_after_the_next_write() throws Exception {
        untold = true;
        assertThat(add("a")).isEqualTo(new Schedule.Unavailable());
        assertThat(stored()).hasSize(1);
        assertThat(store.owesAnything()).isTrue();
        untold = false;
        ScheduleRig.await(store.settle());
        assertThat(stored()).isEmpty();
        assertThat(jobs.all()).isEmpty();
        assertThat(store.owesAnything()).isFalse();
    }

    @Test
    void a_change_and_a_removal_that_were_refused_are_undone_with_the_next_write() throws Exception {
        Job job = added("a");
        List<StoredJob> before = stored();
        untold = true;
        assertThat(ScheduleRig.await(
                        changes.change(new Schedule.Change(WRITER, job.id(), null, null, null, "other", null))))
                .isEqualTo(new Schedule.Unavailable());
        assertThat(stored()).isNotEqualTo(before);
        assertThat(ScheduleRig.await(changes.remove(new Schedule.Remove(WRITER, job.id()))))
                .isEqualTo(new Schedule.Unavailable());
        assertThat(stored()).isEmpty();
        untold = false;
        Job second = added("b");
        assertThat(stored()).hasSize(2).containsAll(before);
        assertThat(jobs.all()).extracting(KeptJob::id).containsExactlyInAnyOrder(job.id(), second.id());
        assertThat(ScheduleRig.await(changes.remove(new Schedule.Remove(WRITER, job.id()))))
                .isInstanceOf(Schedule.Done.class);
        assertThat(stored()).extracting(StoredJob::id).containsExactly(second.id());
    }

    private Job added(String text) throws Exception {
        return switch (add(text)) {
            case Schedule.Done(Job job) -> job;
            case Schedule.Changed other -> throw new AssertionError(other);
        };
    }

    private Schedule.Changed add(String text) throws Exception {
        return ScheduleRig.await(
                changes.add(new Schedule.Add(WRITER, ScheduleRig.message("* * * * *", Misfire.SKIP, WRITER, text))));
    }

    private List<StoredJob> stored() throws Exception {
        return ScheduleRig.await(database.write(JobTable::load)).jobs();
    }

    /* Fails as a commit does of which nobody can tell. */
    private Future<Boolean> write(Transaction<Boolean> work) {
        Future<Boolean> done = database.write(work);
        return untold ? done.compose(_ -> broken()) : done;
    }

    private Future<Boolean> broken() {
        return database.write(connection -> {
            try (PreparedStatement wrong = connection.prepareStatement("SELECT nothing FROM nowhere")) {
                return wrong.execute();
            }
        });
    }
}
