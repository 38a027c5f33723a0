package ai.openlegion.workflow.run;

import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A random workflow, and all that agents and operators will do about it, fixed by a seed.
final class World {

    private static final int MOST_MILLIS = 5_000_000;

    final long seed;
    final Workflow workflow;
    /// When the operator cancels, from the begin; [Long#MAX_VALUE] = never.
    final long cancelAfterMillis;

    World(long seed) {
        this.seed = seed;
        var random = new Random(seed);
        boolean hasApprovals = random.nextBoolean();
        int steps = 2 + random.nextInt(11);
        List<Flow.Part> parts = new ArrayList<>();
        List<String> lists = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            String id = "s" + i;
            boolean isFanOut = !lists.isEmpty() && random.nextInt(4) == 0;
            List<String> needs = new ArrayList<>();
            for (String earlier : ids) {
                if (random.nextInt(3) == 0) {
                    needs.add(earlier);
                }
            }
            String list = isFanOut ? lists.get(random.nextInt(lists.size())) : "";
            if (isFanOut && !needs.contains(list)) {
                needs.add(list);
            }
            Flow.Part part = Flow.step(id, needs.toArray(String[]::new));
            boolean hasCondition = !needs.isEmpty() && random.nextInt(4) == 0;
            if (hasCondition) {
                String on = needs.get(random.nextInt(needs.size()));
                part = part.condition(List.of(on + ".v > 0", on + ".v == null", "not (" + on + ".v > 0)")
                        .get(random.nextInt(3)));
            }
            int policy = random.nextInt(8);
            part = switch (policy) {
                case 0, 1, 2 -> part.skip();
                case 3, 4 -> part.retry(random.nextInt(4));
                case 5, 6 -> part.fallback("spare");
                default -> part; // open: a random number
            };
            if (isFanOut) {
                boolean isDelayed = policy == 3 || policy == 4;
                part = part.forEach(list + ".list", isDelayed ? 64 : 1 + random.nextInt(3));
            } else if (!hasCondition && policy > 2) {
                lists.add(id);
            }
            parts.add(hasApprovals && random.nextInt(4) == 0 ? part.approval() : part);
            ids.add(id);
        }
        Flow flow = Flow.flow();
        for (Flow.Part part : parts) {
            flow = flow.with(part);
        }
        boolean hasTimeout = !hasApprovals && random.nextInt(4) == 0;
        workflow = flow.timeout(hasTimeout ? 1 + random.nextInt(10_000) : 100_000_000)
                .build();
        cancelAfterMillis = random.nextInt(6) == 0 ? 1 + random.nextInt(3 * MOST_MILLIS) : Long.MAX_VALUE;
    }

    private Random at(String what, String step, int item, int attempt) {
        var mixed = new Random(seed * 31 + (what + step + ":" + item + ":" + attempt).hashCode());
        mixed.nextInt();
        return mixed;
    }

    /// Whether an attempt cannot be prepared; told after [#millis] of `unprepared`.
    boolean isUnprepared(Step step, int item, int attempt) {
        return step.forEach() == null
                && at("unprepared", step.id(), item, attempt).nextInt(12) == 0;
    }

    /// How the task of an attempt ends.
    String outcome(Step step, int item, int attempt) {
        int failures = step.onFailure() == OnFailure.ABORT ? 1 : step.forEach() == null ? 4 : 3;
        int drawn = at("outcome", step.id(), item, attempt).nextInt(10);
        return drawn >= failures ? "complete" : drawn == 1 ? "timeout" : "failed";
    }

    /// How long something takes, hardly ever as long as anything else.
    long millis(String what, Step step, int item, int attempt) {
        return 1L + at(what, step.id(), item, attempt).nextInt(MOST_MILLIS);
    }

    String result(Step step, int item, int attempt) {
        var random = at("result", step.id(), item, attempt);
        return "{\"v\":" + random.nextInt(3) + ",\"list\":[" + "1,".repeat(random.nextInt(4)) + "2]}";
    }

    /// What the operator says after [#millis] of `decision`: 0 = no, 1 = nothing, else yes.
    int decision(Step step) {
        return at("decide", step.id(), 0, 0).nextInt(8);
    }
}
