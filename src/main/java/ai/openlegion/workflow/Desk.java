package ai.openlegion.workflow;

import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.run.Answer;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.Taken;
import ai.openlegion.workflow.run.Transition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where wishes for runs, and questions about them, are taken in and answered.
final class Desk {

    private static final Logger LOG = System.getLogger("openlegion.workflow");
    private static final int ID_BYTES = 6;
    private static final int BY_CHARS = 256;

    private final SecureRandom random = new SecureRandom();
    private final Vertx vertx;
    private final Bus bus;
    private final Definitions definitions;
    private final Runs runs;
    private final RunReader reader;
    private final Notes notes;
    private final InstantSource clock;
    private final WorkflowSettings settings;

    Desk(
            Vertx vertx,
            Bus bus,
            Definitions definitions,
            Runs runs,
            RunReader reader,
            Notes notes,
            InstantSource clock,
            WorkflowSettings settings) {
        this.vertx = vertx;
        this.bus = bus;
        this.definitions = definitions;
        this.runs = runs;
        this.reader = reader;
        this.notes = notes;
        this.clock = clock;
        this.settings = settings;
    }

    Future<Workflows.RunOutcome> run(Workflows.Run ask) {
        Definitions.Definition definition = definitions.find(ask.workflow());
        return definition == null
                ? Future.succeededFuture(new Workflows.Unknown("there is no workflow " + ask.workflow()))
                : begin(definition, ask.input(), ask.by(), null, null, settings.running());
    }

    Future<Workflows.RunOutcome> rerun(Workflows.Rerun ask) {
        Execution open = runs.find(ask.runId());
        if (open != null && !open.run().isOver()) {
            return Future.succeededFuture(new Workflows.Refused("the run is not over"));
        }
        return stored(ask.runId(), row -> {
                    Run run = replayed(row);
                    return new Former(
                            Definitions.Definition.of(row.definition()), run, run.isOver(), run.take(ask.fromStep()));
                })
                .compose(former -> former == null
                        ? unknown("there is no run " + ask.runId())
                        : again(former, ask.fromStep(), ask.by()))
                .otherwise(new Workflows.Unavailable());
    }

    /// A run that is to be repeated.
    ///
    /// @param taken what is taken over of it; null where it has no such step
    private record Former(
            Definitions.Definition definition,
            Run run,
            boolean isOver,
            @Nullable Taken taken) {}

    private Future<Workflows.RunOutcome> again(Former former, String step, String by) {
        if (!former.isOver()) {
            return Future.succeededFuture(new Workflows.Refused("the run is not over"));
        }
        Taken taken = former.taken();
        return taken == null
                ? unknown("the run has no step " + step)
                : begin(former.definition(), former.run().input(), by, taken, null, settings.running());
    }

    /* What a run went through may be long: it is gone through where nobody waits behind it. */
    private <T> Future<@Nullable T> stored(String run, Function<RunRow, T> use) {
        return reader.find(run)
                .compose(row -> row == null
                        ? Future.succeededFuture(null)
                        : vertx.executeBlocking(() -> use.apply(row), false));
    }

    private static Future<Workflows.RunOutcome> unknown(String why) {
        return Future.succeededFuture(new Workflows.Unknown(why));
    }

    private static Run replayed(RunRow row) {
        Execution execution = Runs.executionOf(row);
        execution.restore(Runs.history(row));
        return execution.run();
    }

    private Future<Workflows.RunOutcome> begin(
            Definitions.Definition definition,
            String input,
            String by,
            @Nullable Taken taken,
            @Nullable String event,
            int most) {
        String name = definition.workflow().name();
        byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Workflows.MOST_INPUT_BYTES) {
            return refused(by, name, "the input may have " + Workflows.MOST_INPUT_BYTES + " bytes");
        }
        if (!(Members.read(bytes) instanceof Members.Read(Members members))) {
            return refused(by, name, "the input must be a JSON object");
        }
        if (runs.open() >= most) {
            notes.note(by, "workflow.run", name, "refused", "too many runs");
            return Future.succeededFuture(new Workflows.TooMany(settings.running()));
        }
        if (!notes.isOpen()) {
            return Future.succeededFuture(new Workflows.Unavailable());
        }
        Workflow workflow = definition.workflow();
        String who = by.length() <= BY_CHARS ? by : by.substring(0, BY_CHARS);
        String id = "wf_" + hex();
        Execution execution = new Execution(id, workflow);
        RunRow.Birth birth = new RunRow.Birth(
                id,
                workflow.name(),
                definition.hash(),
                definition.text(),
                who,
                clock.millis(),
                workflow.steps().size(),
                event);
        List<Transition> first = execution.run().begin(members.whole(), who, taken);
        notes.note(who, "workflow.run", id, "allowed", workflow.name());
        return runs.begin(birth, execution, first)
                .compose(begun -> switch (begun) {
                    case YES -> Future.<Workflows.RunOutcome>succeededFuture(new Workflows.Started(id));
                    case TAKEN -> begin(definition, input, by, taken, event, most);
                    case REPEATED -> {
                        notes.note(who, "workflow.run", id, "refused", "the event is told again");
                        yield Future.<Workflows.RunOutcome>succeededFuture(
                                new Workflows.Refused("the event has started a run of " + name + " before"));
                    }
                })
                .otherwise(new Workflows.Unavailable());
    }

    private Future<Workflows.RunOutcome> refused(String by, String workflow, String why) {
        notes.note(by, "workflow.run", workflow, "refused", why);
        return Future.succeededFuture(new Workflows.Refused(why));
    }

    private String hex() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    Future<Workflows.Change> cancel(Workflows.Cancel ask) {
        return change(ask.runId(), run -> run.cancel(ask.by())).onSuccess(change -> {
            if (change.outcome() == Workflows.Outcome.DONE) {
                notes.note(ask.by(), "workflow.cancel", ask.runId(), "allowed", "");
            }
        });
    }

    Future<Workflows.Change> decide(Workflows.Decide ask) {
        return change(
                ask.runId(),
                run -> run.decide(ask.step(), ask.approved(), ask.by(), ask.comment(), ask.digest(), clock.millis()));
    }

    /// What a run says to a wish.
    @FunctionalInterface
    private interface Ask {
        Answer of(Run run);
    }

    private Future<Workflows.Change> change(String runId, Ask ask) {
        Execution execution = runs.find(runId);
        if (execution == null) {
            return stored(runId, row -> decision(ask.of(replayed(row))).answer())
                    .map(change -> change == null
                            ? new Workflows.Change(Workflows.Outcome.UNKNOWN, "there is no run " + runId)
                            : change)
                    .otherwise(new Workflows.Change(Workflows.Outcome.UNAVAILABLE, "the store does not answer"));
        }
        return runs.ask(execution, run -> decision(ask.of(run)))
                .otherwise(new Workflows.Change(Workflows.Outcome.UNAVAILABLE, "the store cannot take it now"));
    }

    private static Runs.Decision<Workflows.Change> decision(Answer answer) {
        return switch (answer) {
            case Answer.Accepted(List<Transition> transitions) ->
                new Runs.Decision<>(transitions, new Workflows.Change(Workflows.Outcome.DONE, ""));
            case Answer.Unknown(String why) ->
                new Runs.Decision<>(List.of(), new Workflows.Change(Workflows.Outcome.UNKNOWN, why));
            case Answer.Conflict(String why) ->
                new Runs.Decision<>(List.of(), new Workflows.Change(Workflows.Outcome.CONFLICT, why));
        };
    }

    /* In its turn, so that nothing is shown that is not stored. */
    Future<Workflows.Found> read(Workflows.Read ask) {
        Execution execution = runs.find(ask.runId());
        return execution == null
                ? stored(ask.runId(), row -> view(replayed(row)))
                        .compose(
                                view -> view == null ? Future.succeededFuture(new Workflows.Found(null)) : priced(view))
                : runs.ask(execution, run -> new Runs.Decision<>(List.of(), view(run)))
                        .compose(this::priced);
    }

    /* Asked behind the view, so that what a step cost is there once the step is over. */
    private Future<Workflows.Found> priced(Workflows.RunView view) {
        return bus.ask(Budget.READ_RUN, new Budget.ReadRun(view.id()))
                .map(account -> account.tasks().isEmpty() ? view : Views.with(view, Costs.of(account)))
                .otherwise(view)
                .map(Workflows.Found::new);
    }

    private static Workflows.RunView view(Run run) {
        return Views.of(run, Costs.of(run));
    }

    Future<Workflows.FoundLine> line(Workflows.ReadLine ask) {
        return reader.line(ask.runId());
    }

    Future<Workflows.RunPage> list(Workflows.ListRuns ask) {
        return reader.list(ask);
    }

    Future<Workflows.EventPage> events(Workflows.ReadEvents ask) {
        return reader.events(ask.runId(), ask.after());
    }

    /// Whether there is room for a run of each workflow that a topic starts. Asked before an event is stored, so that
    /// none starts again and again for the sake of another one.
    Future<Messaging.Seen> expected(Messaging.Expected event) {
        int count = definitions.startedBy(event.topic()).size();
        int open = runs.open();
        return Future.succeededFuture(
                new Messaging.Seen(notes.isOpen() && (open == 0 || open + count <= settings.running())));
    }

    /// Starts a run of each workflow that the topic starts, also where the last free place was taken since. Where
    /// one cannot be stored, the publisher is told to publish once more; that starts what is missing alone.
    Future<Messaging.Seen> occurred(Messaging.Occurred event) {
        String input = event.payload().startsWith("{") ? event.payload() : "{\"value\":" + event.payload() + "}";
        String by = "topic " + event.topic() + " from " + event.source();
        List<Future<Workflows.RunOutcome>> started = definitions.startedBy(event.topic()).stream()
                .map(name -> occurred(name, input, by, event.id() + " " + name))
                .toList();
        return Future.join(started)
                .map(_ -> new Messaging.Seen(started.stream().allMatch(one -> isSettled(one.result()))));
    }

    private Future<Workflows.RunOutcome> occurred(String workflow, String input, String by, String event) {
        Definitions.Definition definition = definitions.find(workflow);
        if (definition == null) {
            return unknown("there is no workflow " + workflow);
        }
        return begin(definition, input, by, null, event, Integer.MAX_VALUE).onSuccess(outcome -> {
            if (outcome instanceof Workflows.Refused(String why)) {
                LOG.log(Level.WARNING, "an event starts no run workflow=" + workflow + " by=" + by + ": " + why);
            }
        });
    }

    /* What is refused once is refused again: the input is too large. */
    private static boolean isSettled(Workflows.RunOutcome outcome) {
        return switch (outcome) {
            case Workflows.Started _, Workflows.Unknown _, Workflows.Refused _ -> true;
            case Workflows.TooMany _, Workflows.Unavailable _ -> false;
        };
    }
}
