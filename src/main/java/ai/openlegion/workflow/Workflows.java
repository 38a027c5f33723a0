package ai.openlegion.workflow;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The door of the workflows on the bus: definitions that agents' tasks are run by, and their runs.
///
/// Who asks has decided that the caller may do it. Ids of runs are `wf_` and twelve hex digits.
public final class Workflows {

    /// Starts a run; answered once that is stored.
    public static final Endpoint<Run, RunOutcome> RUN = Endpoint.cluster("workflow.run", Run.class, RunOutcome.class);

    /// Starts a run that takes over what another one finished, but for one step and all that depends on it.
    public static final Endpoint<Rerun, RunOutcome> RERUN =
            Endpoint.cluster("workflow.rerun", Rerun.class, RunOutcome.class);

    /// Ends a run; the agents that work for it are told.
    public static final Endpoint<Cancel, Change> CANCEL =
            Endpoint.cluster("workflow.cancel", Cancel.class, Change.class);

    /// Approves or rejects what a step is about to ask of an agent.
    public static final Endpoint<Decide, Change> DECIDE =
            Endpoint.cluster("workflow.decide", Decide.class, Change.class);

    /// One run as it stands.
    public static final Endpoint<Read, Found> READ = Endpoint.cluster("workflow.read", Read.class, Found.class);

    /// How one run stands, without its steps: cheap, however much they gave.
    public static final Endpoint<ReadLine, FoundLine> LINE =
            Endpoint.cluster("workflow.line", ReadLine.class, FoundLine.class);

    /// Runs, newest first.
    public static final Endpoint<ListRuns, RunPage> LIST =
            Endpoint.cluster("workflow.list", ListRuns.class, RunPage.class);

    /// What happened in a run, as it is stored.
    public static final Endpoint<ReadEvents, EventPage> EVENTS =
            Endpoint.cluster("workflow.events", ReadEvents.class, EventPage.class);

    /// Makes these definitions the ones that new runs are made of; asked by the host at start and on reload.
    public static final Endpoint<Configure, Configured> CONFIGURE =
            Endpoint.cluster("workflow.configure", Configure.class, Configured.class);

    /// The definitions that new runs are made of, by name.
    public static final Endpoint<ReadDefinitions, Definitions> DEFINITIONS =
            Endpoint.cluster("workflow.definitions", ReadDefinitions.class, Definitions.class);

    /// Something happened in a run; told after it is stored, in order for each run.
    public static final Topic<Happened> HAPPENED = Topic.cluster("workflow.happened", Happened.class);

    /// Of a run's input, in bytes.
    public static final int MOST_INPUT_BYTES = 256 * 1024;

    private Workflows() {}

    /// Asks for a run.
    ///
    /// @param by an agent id, `schedule`, `webhook`, `operator`, or `topic NAME from SOURCE`
    /// @param input the text of a JSON object
    public record Run(String workflow, String input, String by) implements Wire {}

    /// Asks for a run like another, which is over, from one of its steps on.
    public record Rerun(String runId, String fromStep, String by) implements Wire {}

    /// What became of the wish for a run.
    public sealed interface RunOutcome extends Wire {}

    /// The run that was started, durably.
    public record Started(String executionId) implements RunOutcome {}

    /// There is no such workflow, run or step.
    ///
    /// @param why in words
    public record Unknown(String why) implements RunOutcome {}

    /// It cannot be: the input is no JSON object or too large, or the run to repeat is not over.
    ///
    /// @param why in words
    public record Refused(String why) implements RunOutcome {}

    /// As many runs as there may be are under way.
    public record TooMany(int limit) implements RunOutcome {}

    /// The store cannot take it now.
    public record Unavailable() implements RunOutcome {}

    /// Asks for the end of a run.
    public record Cancel(String runId, String by) implements Wire {}

    /// Decides on a step that waits for approval.
    ///
    /// @param digest of the request that is decided on, as its event shows it; null = whatever waits now
    public record Decide(
            String runId,
            String step,
            boolean approved,
            String comment,
            @Nullable String digest,
            String by) implements Wire {}

    /// What became of a change to a run.
    public enum Outcome {
        /// It is stored.
        DONE,
        /// There is no such run or step.
        UNKNOWN,
        /// The run is over, or being ended; the step does not wait; another request waits.
        CONFLICT,
        /// The store cannot take it now.
        UNAVAILABLE
    }

    /// What became of a change to a run.
    ///
    /// @param why in words; empty where it was done
    public record Change(Outcome outcome, String why) implements Wire {}

    /// Asks for a run.
    public record Read(String runId) implements Wire {}

    /// A run, or null where there is none of that id.
    public record Found(@Nullable RunView run) implements Wire {}

    /// A run as it stands.
    ///
    /// @param status `running`, `waiting_approval`, `complete`, `failed` or `cancelled`
    /// @param error why it failed; null = it did not
    /// @param finishedAtMillis 0 = not yet
    /// @param tokens of all its tasks, by the ledger's count
    /// @param spentPico of all its tasks, by the ledger's count, in pico-USD
    /// @param unreconciledPico what they may have cost besides
    /// @param maxPico the most it may spend; null = no such limit
    /// @param rerunOf the run it takes results over from; null = none
    /// @param definition the text of its definition, as [ai.openlegion.workflow.model] writes it
    public record RunView(
            String id,
            String workflow,
            String status,
            @Nullable String error,
            String startedBy,
            long startedAtMillis,
            long finishedAtMillis,
            long tokens,
            long spentPico,
            long unreconciledPico,
            @Nullable Long maxPico,
            @Nullable String rerunOf,
            String input,
            String definition,
            List<StepView> steps) {
        public RunView {
            steps = List.copyOf(steps);
        }
    }

    /// A step of a run as it stands.
    ///
    /// @param status a [ai.openlegion.workflow.run.StepStatus], in lower case
    /// @param agent who does it, or did it last; null = not known yet
    /// @param attempts that were made; of a fan-out, of all its items
    /// @param items of a fan-out's list; below 0 = it is none, or not begun
    /// @param result the text of a JSON value; null = none yet
    /// @param request what waits for approval, the text of a JSON object with its `digest`; null = nothing waits
    public record StepView(
            String id,
            String status,
            @Nullable String reason,
            @Nullable String agent,
            int attempts,
            int items,
            int itemsDone,
            long startedAtMillis,
            long finishedAtMillis,
            long tokens,
            long spentPico,
            @Nullable String result,
            @Nullable String error,
            @Nullable String request) {}

    /// Asks for runs.
    ///
    /// @param workflow only of this one; null = of all
    /// @param status only these; null = all
    /// @param before only those that started before the run of this id; null = from the newest on
    public record ListRuns(
            @Nullable String workflow,
            @Nullable String status,
            @Nullable String before,
            int limit) implements Wire {}

    /// A page of runs, without their steps' results.
    public record RunPage(List<RunLine> runs, boolean more) implements Wire {
        public RunPage {
            runs = List.copyOf(runs);
        }
    }

    /// A run on one line.
    ///
    /// @param stepsDone that are complete, skipped or ended otherwise
    public record RunLine(
            String id,
            String workflow,
            String status,
            @Nullable String error,
            String startedBy,
            long startedAtMillis,
            long finishedAtMillis,
            long tokens,
            long spentPico,
            int stepsDone,
            int stepsTotal) {}

    /// Asks how a run stands.
    public record ReadLine(String runId) implements Wire {}

    /// How a run stands, or null where there is none of that id.
    public record FoundLine(@Nullable RunLine run) implements Wire {}

    /// Asks for a run's events after the one of this number; 0 = all.
    public record ReadEvents(String runId, long after) implements Wire {}

    /// Events of a run, in order.
    ///
    /// @param isKnown false where there is no such run
    public record EventPage(boolean isKnown, List<RunEvent> events) implements Wire {
        public EventPage {
            events = List.copyOf(events);
        }
    }

    /// An event of a run, as its watchers get it.
    ///
    /// @param seq rises within a run, with gaps
    /// @param name `run.started`, `step.started`, `step.retrying`, `step.waiting_approval`, `step.finished`,
    ///     `step.skipped` or `run.finished`
    /// @param data the text of a JSON object on one line
    public record RunEvent(long seq, String name, String data) {}

    /// Events of a run that have just been stored.
    public record Happened(String runId, List<RunEvent> events) implements Wire {
        public Happened {
            events = List.copyOf(events);
        }
    }

    /// Definitions as the configuration has them, as [ai.openlegion.workflow.model] writes them.
    public record Configure(List<String> definitions) implements Wire {
        public Configure {
            definitions = List.copyOf(definitions);
        }
    }

    /// The definitions are in force.
    public record Configured() implements Wire {}

    /// Asks for the definitions.
    public record ReadDefinitions() implements Wire {}

    /// The definitions in force.
    public record Definitions(List<String> definitions) implements Wire {
        public Definitions {
            definitions = List.copyOf(definitions);
        }
    }
}
