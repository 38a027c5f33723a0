package ai.openlegion.workflow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.store.Database;
import ai.openlegion.store.Transaction;
import ai.openlegion.task.Tasks;
import ai.openlegion.workflow.Workflows.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs whose store is slow, fails, or has what cannot be read, and whose inputs and crowds are at their bounds.
@Timeout(120)
final class RunFaultsTest {

    private static final String ASKS = ",\"requires_approval\":true,\"approval_timeout\":60";

    @TempDir
    private Path folder;

    private final RunRig.MovedClock clock = new RunRig.MovedClock();
    private final RigAgents agents = new RigAgents("one", "two");
    private final Trouble trouble = new Trouble();
    private RunRig rig;

    /// A store of runs whose next write is answered late, or as failed though it was done.
    private static final class Trouble {
        private final AtomicReference<@Nullable Promise<Boolean>> slow = new AtomicReference<>();
        private final AtomicReference<@Nullable Promise<Boolean>> doubtful = new AtomicReference<>();

        /// @return completes once the write is under way
        Future<Boolean> slowNext(Promise<Boolean> release) {
            Promise<Boolean> begun = Promise.promise();
            hold = release;
            slow.set(begun);
            return begun.future();
        }

        private final AtomicBoolean fails = new AtomicBoolean();
        private volatile @Nullable Promise<Boolean> hold;

        void failNext() {
            fails.set(true);
        }

        void doubtNext() {
            doubtful.set(Promise.promise());
        }

        Runs.Disk over(Database database) {
            return new Runs.Disk() {
                @Override
                public <T extends @Nullable Object> Future<T> write(Transaction<T> work) {
                    if (fails.getAndSet(false)) {
                        return Future.failedFuture("the store has no room");
                    }
                    Promise<Boolean> begun = slow.getAndSet(null);
                    if (begun != null) {
                        Promise<Boolean> release = requireNonNull(hold);
                        begun.complete(true);
                        return release.future().compose(_ -> database.write(work));
                    }
                    return doubtful.getAndSet(null) == null
                            ? database.write(work)
                            : database.write(work).compose(_ -> Future.failedFuture("nobody can tell"));
                }
            };
        }
    }

    @BeforeEach
    void open() throws Exception {
        rig = new RunRig(folder.resolve("mesh.db"), clock, agents, trouble::over);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    private String status(String run) throws Exception {
        return RunRig.await(rig.bus.ask(Workflows.LIST, new Workflows.ListRuns(null, null, null, 100))).runs().stream()
                .filter(line -> line.id().equals(run))
                .findFirst()
                .orElseThrow()
                .status();
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("mesh.db"));
                Statement sql = connection.createStatement()) {
            assertThat(sql.executeUpdate(statement)).isPositive();
        }
    }

    @Test
    void a_deadline_that_passes_while_a_write_is_under_way_counts_behind_it() throws Exception {
        agents.doing(_ -> null);
        rig.configure(Yarn.of("flow")
                .step("a", "one", List.of(), "")
                .step("b", "two", List.of(), ASKS)
                .text());
        String id = rig.started("flow", "{}");
        RunRig.until(() -> agents.ran().size() == 1 && rig.step(id, "b").request() != null);
        Promise<Boolean> release = Promise.promise();
        Future<Boolean> begun = trouble.slowNext(release);
        agents.tell(id + ":a:1", "{\"task_id\":\"" + id + ":a:1\",\"status\":\"complete\",\"result\":{}}");
        RunRig.await(begun);
        clock.advance(Duration.ofSeconds(61));
        release.complete(true);
        // nobody asks for the run itself, which would let it go on
        RunRig.until(() -> status(id).equals("failed"));
        assertThat(rig.step(id, "b").status()).isEqualTo("timeout");
    }

    @Test
    void every_question_behind_a_slow_write_is_answered_and_what_came_behind_them_is_done() throws Exception {
        agents.doing(_ -> null);
        rig.configure(Yarn.of("flow")
                .step("a", "one", List.of(), "")
                .step("b", "two", List.of(), "")
                .text());
        String id = rig.started("flow", "{}");
        RunRig.until(() -> agents.ran().size() == 2);
        Promise<Boolean> release = Promise.promise();
        Future<Boolean> begun = trouble.slowNext(release);
        agents.tell(id + ":a:1", "{\"task_id\":\"" + id + ":a:1\",\"status\":\"complete\",\"result\":{}}");
        RunRig.await(begun);
        List<Future<Workflows.Found>> questions = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            questions.add(rig.bus.ask(Workflows.READ, new Workflows.Read(id)));
        }
        release.complete(true);
        RunRig.await(Future.all(questions));
        agents.tell(id + ":b:1", "{\"task_id\":\"" + id + ":b:1\",\"status\":\"complete\",\"result\":{}}");
        RunRig.until(() -> status(id).equals("complete"));
    }

    @Test
    void what_a_write_stored_that_seemed_to_fail_is_told_and_audited() throws Exception {
        rig.configure(Yarn.of("asks").step("a", "one", List.of(), ASKS).text());
        String id = rig.started("asks", "{}");
        RunRig.until(() -> rig.step(id, "a").request() != null);
        trouble.doubtNext();
        assertThat(rig.decide(id, "a", true, null).outcome()).isEqualTo(Outcome.UNAVAILABLE);
        RunRig.until(() -> status(id).equals("complete"));
        RunRig.until(() -> rig.audited.contains("operator workflow.approve " + id + ":a allowed"));
        List<Workflows.RunEvent> events = rig.events(id, 0);
        RunRig.until(() -> rig.happened.equals(events));
    }

    @Test
    void a_run_that_cannot_be_read_ends_as_failed_and_its_tasks_are_cancelled() throws Exception {
        agents.doing(_ -> null);
        String flow = Yarn.of("flow").step("a", "one", List.of(), "").text();
        rig.configure(flow);
        String id = rig.started("flow", "{}");
        RunRig.until(() -> agents.ran().size() == 1);
        sql("UPDATE run_event SET transition = '{\"kind\":\"none\"}' WHERE seq = 2");
        rig = rig.restart().configure(flow);
        RunRig.until(() -> status(id).equals("failed"));
        RunRig.until(() -> rig.items("one").stream().anyMatch(item -> "cancel".equals(item.type())));
    }

    @Test
    void a_result_as_deep_as_may_be_does_not_hinder_the_approved_step_behind_it() throws Exception {
        int levels = 62;
        String deep = "{\"a\":".repeat(levels) + "1" + "}".repeat(levels);
        agents.doing(task -> RigAgents.complete(task, task.step().equals("a") ? deep : "{}"));
        rig.configure(Yarn.of("flow")
                .step("a", "one", List.of(), "")
                .step("b", "two", List.of("a"), ASKS)
                .text());
        String id = rig.started("flow", "{}");
        RunRig.until(() -> rig.step(id, "b").request() != null);
        assertThat(rig.decide(id, "b", true, null).outcome()).isEqualTo(Outcome.DONE);
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(agents.given(id + ":b:1").raw("context")).contains("{\"omitted\":\"too deep\"}");
    }

    @Test
    void the_largest_input_reaches_its_step() throws Exception {
        rig.configure(Yarn.of("flow").step("a", "one", List.of(), "").text());
        String frame = "{\"x\":\"\"}";
        String id = rig.started("flow", "{\"x\":\"" + "y".repeat(Workflows.MOST_INPUT_BYTES - frame.length()) + "\"}");
        assertThat(rig.ended(id).status()).isEqualTo("complete");
    }

    @Test
    void a_fan_out_collects_no_more_than_may_be_kept() throws Exception {
        String large = "{\"x\":\"" + "y".repeat(250_000) + "\"}";
        String items = "[" + "0,".repeat(39) + "0]";
        agents.doing(
                task -> RigAgents.complete(task, task.step().equals("list") ? "{\"items\":" + items + "}" : large));
        rig.configure(Yarn.of("flow")
                .step("list", "one", List.of(), "")
                .step("each", "two", List.of("list"), ",\"for_each\":\"list.result.items\",\"max_parallel\":8")
                .text());
        String id = rig.started("flow", "{}");
        assertThat(rig.ended(id).status()).isEqualTo("failed");
        assertThat(rig.step(id, "each").error()).contains("8388608 characters");
    }

    @Test
    void at_a_full_house_an_event_starts_none_of_its_workflows_and_is_not_stored() throws Exception {
        rig.configure(
                Yarn.of("asks").step("a", "one", List.of(), ASKS).text(),
                Yarn.of("first")
                        .with(",\"trigger\":\"news\"")
                        .step("a", "one", List.of(), ASKS)
                        .text(),
                Yarn.of("second")
                        .with(",\"trigger\":\"news\"")
                        .step("a", "one", List.of(), ASKS)
                        .text());
        List<String> open = new ArrayList<>();
        for (int i = 1; i < RunRig.SETTINGS.running(); i++) {
            open.add(rig.started("asks", "{}"));
        }
        for (int i = 0; i < 3; i++) {
            assertThat(rig.publish("operator", "news", "{}")).isInstanceOf(Messaging.Unavailable.class);
        }
        assertThat(count()).isEqualTo(open.size());
        assertThat(rig.cancel(open.getFirst()).outcome()).isEqualTo(Outcome.DONE);
        RunRig.until(() -> rig.view(open.getFirst()).finishedAtMillis() > 0);
        RunRig.until(() -> rig.publish("operator", "news", "{}") instanceof Messaging.Delivered);
        assertThat(count()).isEqualTo(open.size() + 2);
    }

    @Test
    void an_event_that_is_published_once_more_starts_what_is_missing_and_nothing_twice() throws Exception {
        List<String> texts = new ArrayList<>();
        for (String name : List.of("first", "second", "third")) {
            texts.add(Yarn.of(name)
                    .with(",\"trigger\":\"news\"")
                    .step("a", "one", List.of(), ASKS)
                    .text());
        }
        rig.configure(texts.toArray(String[]::new));
        // one of the three is not stored, though its publisher's event is
        trouble.failNext();
        assertThat(rig.publish("operator", "news", "{}")).isInstanceOf(Messaging.Unavailable.class);
        assertThat(count()).isEqualTo(2);
        assertThat(rig.publish("operator", "news", "{\"other\":1}")).isInstanceOf(Messaging.Delivered.class);
        assertThat(count()).isEqualTo(2 + 3);
        assertThat(rig.publish("operator", "news", "{}")).isInstanceOf(Messaging.Delivered.class);
        assertThat(count()).isEqualTo(3 + 3);
        // what was answered is no repetition any more
        assertThat(rig.publish("operator", "news", "{}")).isInstanceOf(Messaging.Delivered.class);
        assertThat(count()).isEqualTo(3 + 3 + 3);
        // one of them is stored though it seems not to be
        trouble.doubtNext();
        assertThat(rig.publish("operator", "news", "{}")).isInstanceOf(Messaging.Unavailable.class);
        assertThat(rig.publish("operator", "news", "{}")).isInstanceOf(Messaging.Delivered.class);
        assertThat(count()).isEqualTo(3 + 3 + 3 + 3);
        // with a key of its own it is known after a restart, too
        var keyed = new Messaging.Publish("mesh", "news", "{}", "wf_0123456789ab");
        assertThat(RunRig.await(rig.bus.ask(Messaging.PUBLISH, keyed))).isInstanceOf(Messaging.Delivered.class);
        rig = rig.restart();
        rig.configure(texts.toArray(String[]::new));
        assertThat(RunRig.await(rig.bus.ask(Messaging.PUBLISH, keyed))).isInstanceOf(Messaging.Delivered.class);
        assertThat(count()).isEqualTo(3 + 3 + 3 + 3 + 3);
    }

    private int count() throws Exception {
        return RunRig.await(rig.bus.ask(Workflows.LIST, new Workflows.ListRuns(null, null, null, 100)))
                .runs()
                .size();
    }

    @Test
    void a_stored_task_that_nobody_has_is_taken_up_when_it_is_dispatched_again() throws Exception {
        sql("INSERT INTO task (id, agent, workflow, step, type, input, context, timeout_s, dispatched_by, status,"
                + " queued_ms, started_ms, ended_ms, item)"
                + " VALUES ('t-1', 'one', '', '', 'work', '{}', '{}', 60, 'operator', 'queued', 1, 0, 0, 0)");
        var again = new Tasks.Dispatch(
                "t-1", new AgentId("one"), "", "", "work", "{}", "{}", 60, null, null, null, "operator");
        assertThat(RunRig.await(rig.bus.ask(Tasks.DISPATCH, again)).outcome()).isEqualTo(Tasks.Outcome.DUPLICATE);
        RunRig.until(() -> agents.ran().contains("t-1"));
    }
}
