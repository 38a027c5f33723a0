package ai.openlegion.agent.work;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.loop.Assignment;
import ai.openlegion.agent.loop.Outcome;
import ai.openlegion.agent.loop.Spending;
import ai.openlegion.agent.loop.Steers;
import ai.openlegion.agent.loop.TaskLoop;
import ai.openlegion.agent.self.Redaction;
import ai.openlegion.agent.self.Time;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The tasks of this agent: one at a time, each once, and the results of those that ended.
///
/// Any thread may call it.
public final class Tasks {

    private static final Logger LOG = Logger.getLogger(Tasks.class.getName());
    private static final Duration GRACE = Duration.ofSeconds(2);
    /* Of those that ended, how many are known, and how much of their results is kept, as text: parsed, they may be
     * twenty times as large. */
    private static final int KNOWN = 10_000;
    private static final long RESULT_CHARS = 4L << 20;

    /// What the mesh takes as one result, in bytes.
    private static final int RESULT_BYTES = 256 * 1024;

    private final TaskLoop loop;
    private final Redaction redaction;
    private final Time time;
    private final Consumer<Map<String, Object>> onResult;
    private final Set<String> ended = new LinkedHashSet<>();
    private final SequencedMap<String, String> results = new LinkedHashMap<>();
    private long resultChars;
    private Optional<Running> running = Optional.empty();
    private long completed;
    private long failed;

    /// What became of an assignment.
    public enum Taken {
        STARTED,
        KNOWN,
        BUSY
    }

    private final class Running {
        private final Assignment assignment;
        private final Spending spending;
        private final Steers steers = new Steers();
        private final long since = time.nanos();
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private final Thread worker = Thread.ofVirtual().name("task").unstarted(this::work);
        private volatile Optional<Outcome> stop = Optional.empty();

        Running(Assignment assignment) {
            this.assignment = assignment;
            spending = new Spending(assignment.budget());
        }

        void work() {
            try {
                end(loop.run(assignment, spending, steers, () -> stop.isPresent()));
            } catch (InterruptedException interrupted) {
                end(stop.orElseGet(() -> Outcome.failed("The agent is stopping")));
            } catch (RuntimeException | Error fault) {
                LOG.log(Level.SEVERE, "agent.task_fault", fault);
                end(Outcome.failed("The agent failed: " + fault));
            }
        }

        /// Ends it for the reason given unless it ends by itself in time.
        void stop(Outcome reason, Duration grace) throws InterruptedException {
            stop = Optional.of(reason);
            if (!endsWithin(grace)) {
                worker.interrupt();
                if (!endsWithin(GRACE)) {
                    end(reason);
                }
            }
        }

        boolean endsWithin(Duration limit) throws InterruptedException {
            try {
                var _ = outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException late) {
                return false;
            } catch (ExecutionException never) {
                return true;
            }
        }

        private void end(Outcome how) {
            Outcome reached = stop.filter(reason -> !how.status().equals("complete")).orElse(how);
            Map<String, Object> found = payload(reached);
            boolean fits = Json.write(found).getBytes(StandardCharsets.UTF_8).length <= RESULT_BYTES;
            Outcome ended = fits
                    ? reached
                    : Outcome.failed("The result is larger than " + RESULT_BYTES + " bytes, which is all the mesh takes");
            synchronized (Tasks.this) {
                if (outcome.isDone()) {
                    return;
                }
                Map<String, Object> result = fits ? found : payload(ended);
                keep(assignment.taskId(), Json.write(result));
                running = Optional.empty();
                completed += ended.status().equals("complete") ? 1 : 0;
                failed += ended.status().equals("complete") ? 0 : 1;
                if (!steers.take().isEmpty()) {
                    LOG.info("agent.steers_dropped cause=the_task_ended");
                }
                var _ = outcome.complete(ended);
                onResult.accept(result);
            }
        }

        private Map<String, Object> payload(Outcome ended) {
            Map<String, Object> payload = new LinkedHashMap<>();
            payload.put("task_id", assignment.taskId());
            payload.put("status", ended.status());
            payload.put("result", redaction.ofValue(ended.result().orElse(Json.NULL)));
            payload.put("error", ended.error().<Object>map(redaction::of).orElse(Json.NULL));
            payload.put("promote_to_blackboard", redaction.ofValue(ended.promote()));
            payload.put("tokens_used", spending.tokens());
            payload.put("duration_ms", (time.nanos() - since) / 1_000_000);
            return payload;
        }
    }

    /// @param onResult takes each result as it becomes known, quickly
    public Tasks(TaskLoop loop, Redaction redaction, Time time, Consumer<Map<String, Object>> onResult) {
        this.loop = loop;
        this.redaction = redaction;
        this.time = time;
        this.onResult = onResult;
    }

    /// Starts the task unless it is known or another runs.
    public synchronized Taken take(Assignment assignment) {
        String id = assignment.taskId();
        if (ended.contains(id)
                || running.filter(task -> task.assignment.taskId().equals(id)).isPresent()) {
            return Taken.KNOWN;
        }
        if (running.isPresent()) {
            return Taken.BUSY;
        }
        var task = new Running(assignment);
        running = Optional.of(task);
        task.worker.start();
        var _ = Thread.ofVirtual().name("task-timeout").start(() -> limit(task));
        return Taken.STARTED;
    }

    /// Cancels what runs; returns when it has ended, two seconds for a tidy end and two for a hard one at most.
    ///
    /// @param only the task that is meant, if it is still that one; empty = whichever runs
    public void cancel(Optional<String> only) throws InterruptedException {
        Optional<Running> task;
        synchronized (this) {
            task = running.filter(one -> only.isEmpty() || only.get().equals(one.assignment.taskId()));
        }
        if (task.isPresent()) {
            task.get().stop(Outcome.cancelled(), GRACE);
        }
    }

    /// Tells the task that runs; empty if none does, false if too many such words wait.
    public synchronized Optional<Boolean> steer(String message) {
        return running.map(task -> task.steers.add(message));
    }

    /// The result of a task that ended, as JSON; the oldest are forgotten.
    public synchronized Optional<String> result(String taskId) {
        return Optional.ofNullable(results.get(taskId));
    }

    /// The id of the task that runs.
    public synchronized Optional<String> current() {
        return running.map(task -> task.assignment.taskId());
    }

    public synchronized long completed() {
        return completed;
    }

    public synchronized long failed() {
        return failed;
    }

    private void keep(String id, String result) {
        var _ = ended.add(id);
        if (ended.size() > KNOWN) {
            var _ = ended.remove(ended.iterator().next());
        }
        var _ = results.put(id, result);
        resultChars += result.length();
        while (resultChars > RESULT_CHARS) {
            resultChars -= results.pollFirstEntry().getValue().length();
        }
    }

    private static void limit(Running task) {
        try {
            if (!task.endsWithin(task.assignment.timeout())) {
                task.stop(Outcome.timeout(), Duration.ZERO);
            }
        } catch (InterruptedException never) {
            Thread.currentThread().interrupt();
        }
    }
}
