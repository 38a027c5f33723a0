package ai.openlegion.workflow;

import static java.util.Objects.requireNonNull;

import ai.openlegion.blackboard.BlackboardKey;
import ai.openlegion.budget.Usd;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.run.Input;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.RunStep;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds who does an attempt, and what it is handed. An attempt of a step that was approved is handed what was
/// approved.
final class Preparation {

    private static final int MOST_REQUESTS = 16;

    private final Chooser chooser;
    private final BoardInput board;
    private final InstantSource clock;

    /// Those of late, by run and step.
    private final Map<String, Request> requests = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Request> eldest) {
            return size() > MOST_REQUESTS;
        }
    };

    Preparation(Chooser chooser, BoardInput board, InstantSource clock) {
        this.chooser = chooser;
        this.board = board;
        this.clock = clock;
    }

    /// What came of it.
    sealed interface Outcome {}

    /// It can be.
    record Found(AgentId agent, Execution.Task task) implements Outcome {}

    /// It cannot, and trying again will not help.
    record Impossible(String why) implements Outcome {}

    /// Not now.
    record Later() implements Outcome {}

    /// Finds an agent for an attempt, and its input.
    ///
    /// @param item of a fan-out; -1 where the step is none
    /// @param sinceMillis when it could have begun
    Future<Outcome> attempt(Run run, String step, int item, boolean fallback, long sinceMillis) {
        return agent(run, step, fallback, sinceMillis).compose(found -> switch (found) {
            case Chosen(AgentId agent) -> task(run, step, item, agent);
            case Nobody(String why) -> Future.succeededFuture(new Impossible(why));
            case Patience() -> Future.succeededFuture(new Later());
        });
    }

    /// What a task of a step is handed: what was approved, else what its agent may have of its input. Fails where that
    /// cannot be known now.
    Future<Outcome> task(Run run, String step, int item, AgentId agent) {
        Request approved = approved(run, step);
        return input(run, step, item, agent, approved != null).map(outcome -> {
            if (!(outcome instanceof Found found)) {
                return outcome;
            }
            return new Found(
                    agent,
                    approved != null
                            ? approved.task(item)
                            : new Execution.Task(found.task().input(), context(run, step, found)));
        });
    }

    private static String context(Run run, String step, Found found) {
        return run.context(step, bytes(found.task().input()).length);
    }

    /* What was approved is known, but its agent must still be allowed to have it. */
    private Future<Outcome> input(Run run, String step, int item, AgentId agent, boolean isKnown) {
        return switch (run.input(step, item)) {
            case Input.Ready(String input) -> Future.succeededFuture(checked(agent, isKnown ? "{}" : input));
            case Input.Impossible(String why) -> Future.succeededFuture(new Impossible(why));
            case Input.Entry(String key) -> {
                String flaw =
                        BlackboardKey.flaw(key).map(what -> "the key " + what).orElse(null);
                String refusal = flaw == null ? board.denial(agent, key, run.id()) : flaw;
                if (refusal != null) {
                    yield Future.succeededFuture(new Impossible(refusal));
                }
                yield isKnown
                        ? Future.succeededFuture(checked(agent, "{}"))
                        : board.read(key).map(value -> checked(agent, run.entryInput(step, item, value.orElse(null))));
            }
        };
    }

    private static Outcome checked(AgentId agent, String input) {
        byte[] bytes = bytes(input);
        if (bytes.length > Run.MOST_INPUT_BYTES) {
            return new Impossible("the input has more than " + Run.MOST_INPUT_BYTES + " bytes");
        }
        return Members.read(bytes) instanceof Members.Read
                ? new Found(agent, new Execution.Task(input, ""))
                : new Impossible("the input is nested too deep");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// The request of a step, to be approved: exactly what will be asked, and of whom.
    Future<Outcome> request(Run run, String step, boolean fallback, long sinceMillis) {
        int items = run.items(step).size();
        boolean fans = step(run, step).forEach() != null;
        return agent(run, step, fallback, sinceMillis).compose(found -> switch (found) {
            case Nobody(String why) -> Future.succeededFuture(new Impossible(why));
            case Patience() -> Future.succeededFuture(new Later());
            case Chosen(AgentId agent) ->
                fans
                        ? inputs(run, step, items, agent)
                        : task(run, step, -1, agent)
                                .map(outcome -> outcome instanceof Found one
                                        ? new Found(
                                                agent,
                                                new Execution.Task(
                                                        ",\"input_data\":"
                                                                + one.task().input(),
                                                        one.task().context()))
                                        : outcome);
        });
    }

    /* One after the other: the first that cannot be says why none can. All of them get one context. */
    private Future<Outcome> inputs(Run run, String step, int items, AgentId agent) {
        StringBuilder all = new StringBuilder(",\"items\":[");
        Future<Outcome> largest = Future.succeededFuture(new Found(agent, new Execution.Task("", "")));
        for (int item = 0; item < items; item++) {
            int next = item;
            largest = largest.compose(before -> before instanceof Found found
                    ? input(run, step, next, agent, false).map(outcome -> joined(all, next, found, outcome))
                    : Future.succeededFuture(before));
        }
        return largest.map(outcome -> outcome instanceof Found found
                ? new Found(agent, new Execution.Task(all.append(']').toString(), context(run, step, found)))
                : outcome);
    }

    private static Outcome joined(StringBuilder all, int item, Found largest, Outcome outcome) {
        if (!(outcome instanceof Found found)) {
            return outcome;
        }
        String input = found.task().input();
        all.append(item == 0 ? "" : ",").append(input);
        if (Request.isTooLong(all)) {
            return new Impossible("the requests of its items are too large to be approved together");
        }
        return input.length() > largest.task().input().length() ? found : largest;
    }

    /// The text of a request.
    ///
    /// @param found what [#request] found
    static String text(Run run, String stepId, Found found) {
        Step step = step(run, stepId);
        AgentId fallback = step.fallbackAgent();
        Long tokens = step.maxTokens();
        Long pico = step.maxPico();
        return "{\"run\":" + Members.quoted(run.id())
                + ",\"step\":" + Members.quoted(stepId)
                + ",\"agent\":" + Members.quoted(found.agent().value())
                + ",\"fallback_agent\":" + (fallback == null ? "null" : Members.quoted(fallback.value()))
                + ",\"task_type\":" + Members.quoted(step.taskType())
                + ",\"timeout\":" + step.timeoutSeconds()
                + ",\"token_budget\":{\"max_tokens\":" + tokens + ",\"max_usd\":"
                + (pico == null ? "null" : Usd.decimal(pico))
                + '}' + found.task().input()
                + ",\"context\":" + found.task().context() + '}';
    }

    /// SHA-256 of a request, in hex.
    static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /* Read once for all items of a fan-out. */
    private @Nullable Request approved(Run run, String step) {
        RunStep stands = requireNonNull(run.step(step));
        String text = step(run, step).requiresApproval() ? stands.request() : null;
        if (text == null) {
            return null;
        }
        String name = run.id() + ":" + step;
        Request known = requests.get(name);
        if (known != null && known.text().equals(text)) {
            return known;
        }
        Request request = Request.read(text);
        requests.put(name, request);
        return request;
    }

    static Step step(Run run, String id) {
        return run.workflow().steps().stream()
                .filter(step -> step.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private sealed interface Choice {}

    private record Chosen(AgentId agent) implements Choice {}

    private record Nobody(String why) implements Choice {}

    private record Patience() implements Choice {}

    private Future<Choice> agent(Run run, String stepId, boolean fallback, long sinceMillis) {
        Step step = step(run, stepId);
        AgentId named = fallback ? step.fallbackAgent() : named(run, step);
        if (named != null) {
            return Future.succeededFuture(
                    chooser.takesTasks(named)
                            ? new Chosen(named)
                            : new Nobody("there is no agent " + named + " that takes tasks"));
        }
        String capability = requireNonNull(step.capability());
        return chooser.find(capability)
                .map(found -> found.<Choice>map(Chosen::new).orElseGet(() -> {
                    boolean waits = clock.millis() < sinceMillis + step.timeoutSeconds() * 1000L;
                    return waits ? new Patience() : new Nobody("no ready agent offers " + capability);
                }));
    }

    /* Whoever was approved does it, also where another has less to do by now. */
    private @Nullable AgentId named(Run run, Step step) {
        Request approved = approved(run, step.id());
        return approved == null ? step.agent() : approved.agent();
    }
}
