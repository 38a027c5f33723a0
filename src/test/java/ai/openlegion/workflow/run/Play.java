package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;

/// A run played in a world by events, as an engine would: from its begin, or on from what was stored of it.
final class Play {

    private static final long BEGIN_MILLIS = 1_000_000;

    final List<Stored> stored = new ArrayList<>();
    /// How many transitions were stored in the first write.
    int firstWrite;

    private final World world;
    private final Run run;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Set<String> known = new HashSet<>();
    private long nowMillis = BEGIN_MILLIS;

    private record Event(long atMillis, String key, Runnable act) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return Long.compare(atMillis, other.atMillis);
        }
    }

    /// @param prefix of what was stored before a crash, read back from its text; empty = from the begin
    Play(World world, List<Stored> prefix) {
        this.world = world;
        run = Run.of(Rig.ID, world.workflow);
        if (prefix.isEmpty()) {
            store(run.begin("{}", "operator", null));
            firstWrite = stored.size();
        }
        for (Stored each : prefix) {
            Transition again = TransitionJson.read(TransitionJson.write(each.transition()));
            var read = new Stored(each.seq(), each.atMillis(), again);
            stored.add(read);
            run.apply(read);
            nowMillis = each.atMillis();
        }
        if (world.cancelAfterMillis != Long.MAX_VALUE) {
            later(BEGIN_MILLIS + world.cancelAfterMillis, "cancel", () -> {
                if (run.cancel("operator") instanceof Answer.Accepted accepted) {
                    store(accepted.transitions());
                }
            });
        }
        play();
    }

    private void play() {
        store(List.of());
        act();
        while (!run.isOver()) {
            Event next = events.peek();
            long wakeAt = run.wakeAtMillis(nowMillis);
            if (next != null && next.atMillis() <= wakeAt) {
                nowMillis = Math.max(nowMillis, next.atMillis());
                events.remove(next);
                next.act().run();
            } else if (wakeAt == Long.MAX_VALUE) {
                throw new AssertionError("seed " + world.seed + ": nothing happens any more: " + run.steps());
            } else {
                nowMillis = wakeAt;
                store(List.of());
            }
            act();
        }
    }

    private void store(List<Transition> first) {
        for (Transition each : run.settle(first, nowMillis)) {
            var next = new Stored(stored.size() + 1, nowMillis, each);
            stored.add(next);
            run.apply(next);
        }
    }

    private void later(long atMillis, String key, Runnable act) {
        if (known.add(key)) {
            events.add(new Event(Math.max(nowMillis, atMillis), key, act));
        }
    }

    private void act() {
        int before;
        do {
            before = stored.size();
            for (Wish wish : run.wishes(nowMillis)) {
                act(wish);
            }
        } while (stored.size() > before);
        run.steps().stream().filter(step -> step.expiresAtMillis() > 0).forEach(this::decide);
    }

    private void act(Wish wish) {
        switch (wish) {
            case Wish.Prepare prepare -> {
                Step step = step(prepare.step());
                AgentId agent = prepare.fallback() ? step.fallbackAgent() : step.agent();
                if (!world.isUnprepared(step, prepare.item(), prepare.attempt())) {
                    store(run.prepared(prepare, Objects.requireNonNull(agent)));
                } else {
                    long after = world.millis("unprepared", step, prepare.item(), prepare.attempt());
                    later(
                            prepare.sinceMillis() + after,
                            prepare.toString(),
                            () -> store(run.unprepared(prepare, "not permitted")));
                }
            }
            case Wish.AskApproval ask -> store(run.waiting(ask, "{}", "d", nowMillis));
            case Wish.Perform perform -> perform(perform.attempt());
            case Wish.Stop stop ->
                store(run.ended(new TaskEnd(stop.taskId(), stop.agent(), "cancelled", null, null, "", 0, 0)));
            case Wish.Announce _ -> throw new AssertionError("no world has a topic");
        }
    }

    private void perform(Transition.AttemptBegun attempt) {
        Step step = step(attempt.step());
        long begunAt = stored.stream()
                .filter(each -> each.transition().equals(attempt))
                .findFirst()
                .orElseThrow()
                .atMillis();
        String status = world.outcome(step, attempt.item(), attempt.attempt());
        String result = status.equals("complete") ? world.result(step, attempt.item(), attempt.attempt()) : null;
        String error = result == null ? "drawn" : null;
        var end = new TaskEnd(attempt.taskId(), attempt.agent(), status, result, error, "", 1, 1);
        long after = world.millis("task", step, attempt.item(), attempt.attempt());
        later(begunAt + after, attempt.taskId(), () -> store(run.ended(end)));
    }

    private void decide(RunStep waiting) {
        Step step = step(waiting.id());
        int decision = world.decision(step);
        long askedAt = waiting.expiresAtMillis() - step.approvalSeconds() * 1000L;
        if (decision != 1) {
            later(askedAt + world.millis("decision", step, 0, 0), "decide " + step.id(), () -> {
                if (run.decide(step.id(), decision != 0, "operator", "", null, nowMillis)
                        instanceof Answer.Accepted accepted) {
                    store(accepted.transitions());
                }
            });
        }
    }

    private Step step(String id) {
        return world.workflow.steps().stream()
                .filter(step -> step.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /// The final status of the run, then `step status dispatches` of each step.
    List<String> end() {
        List<String> end = new ArrayList<>();
        end.add(run.status().word());
        run.steps().forEach(step -> end.add(step.id() + " " + step.status().word() + " " + step.attempts()));
        return end;
    }

    List<RunStep> steps() {
        return run.steps();
    }
}
