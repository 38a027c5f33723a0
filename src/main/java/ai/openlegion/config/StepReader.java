package ai.openlegion.config;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Condition;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.Malformed;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.ResultPath;
import ai.openlegion.workflow.model.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The reading of a step of a workflow by itself; how it stands among the others is for [StepGraph] to say.
final class StepReader {

    private static final Pattern ID = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,63}");
    private static final List<String> POLICIES = Arrays.stream(OnFailure.values())
            .map(policy -> policy.name().toLowerCase(Locale.ROOT))
            .toList();

    private static final int TASK_TYPE_CHARS = 128;
    private static final int CAPABILITY_CHARS = 64;
    private static final int TIMEOUT = 120;
    private static final int RETRIES = 3;
    private static final int MOST_RETRIES = 100;
    private static final int APPROVAL_SECONDS = 3_600;
    private static final int MOST_APPROVAL_SECONDS = 30 * 86_400;
    private static final int PARALLEL = 8;
    private static final int MOST_PARALLEL = 64;
    private static final long MOST_TOKENS = 1_000_000_000_000L;

    private final @Nullable Set<AgentId> agents;
    private final int runSeconds;
    private final List<String> warnings;

    /// @param agents null = not known, and any will do
    /// @param runSeconds of the whole run
    StepReader(@Nullable Set<AgentId> agents, int runSeconds, List<String> warnings) {
        this.agents = agents;
        this.runSeconds = runSeconds;
        this.warnings = warnings;
    }

    /// A step as it was read; where it has a problem, its value is not for use.
    ///
    /// @param entry where problems with it belong
    /// @param dependsOn what its step has, with their places
    record Draft(Tree entry, List<Tree.Text> dependsOn, Step step) {}

    /// Reads one item of `steps`.
    Draft read(Tree item) {
        Optional<String> id = item.requiredKey("id") ? id(item) : Optional.empty();
        Tree entry = id.map(name -> item.named("steps." + name)).orElse(item);
        AgentId agent = agent(entry, "agent").orElse(null);
        Optional<String> capability = Names.plain(entry, "capability", CAPABILITY_CHARS);
        if (entry.has("agent") == entry.has("capability")) {
            entry.problem("must have an agent or a capability, one of the two");
        }
        Optional<String> taskType = entry.requiredKey("task_type")
                ? Names.plain(entry, "task_type", TASK_TYPE_CHARS)
                : Optional.<String>empty();
        List<Tree.Text> dependsOn = entry.texts("depends_on");
        OnFailure onFailure = entry.choice("on_failure", POLICIES)
                .map(word -> OnFailure.valueOf(word.toUpperCase(Locale.ROOT)))
                .orElse(OnFailure.ABORT);
        boolean approval = entry.flag("requires_approval", false);
        Tree budget = entry.section("token_budget");
        Step step = new Step(
                id.orElse(""),
                entry.line(),
                agent,
                capability.orElse(null),
                taskType.orElse(""),
                dependsOn.stream().map(Tree.Text::value).toList(),
                input(entry),
                timeout(entry),
                condition(entry),
                onFailure,
                retries(entry, onFailure),
                fallback(entry, onFailure, agent),
                approval,
                approvalSeconds(entry, approval),
                tokens(budget),
                LimitsReader.amount(budget, "max_usd").orElse(null),
                forEach(entry));
        if (entry.has("token_budget") && !budget.has("max_tokens") && !budget.has("max_usd")) {
            entry.problem("token_budget", "must have max_tokens or max_usd");
        }
        budget.end();
        entry.end();
        return new Draft(entry, dependsOn, step);
    }

    private static Optional<String> id(Tree item) {
        Optional<String> id = item.text("id");
        if (id.isPresent() && !ID.matcher(id.get()).matches()) {
            item.problem("id", "must be 1 to 64 letters, digits, _ and -, a letter or _ first");
            return Optional.empty();
        }
        return id;
    }

    private Optional<AgentId> agent(Tree entry, String key) {
        Optional<String> name = entry.text(key);
        Optional<AgentId> agent = name.flatMap(AgentId::parse).filter(id -> agents == null || agents.contains(id));
        if (name.isPresent() && agent.isEmpty()) {
            List<String> names = agents == null
                    ? List.of()
                    : agents.stream().map(AgentId::value).toList();
            entry.problem(key, "config/agents.yaml has no agent of this name" + Nearest.hint(name.get(), names));
        }
        return agent;
    }

    private static InputFrom input(Tree entry) {
        Optional<String> text = entry.text("input_from");
        if (text.isPresent()) {
            try {
                return InputFrom.parse(text.get());
            } catch (Malformed wrong) {
                entry.problem(
                        "input_from",
                        wrong.getMessage()
                                + "; it is trigger.payload, a step, STEP.result.field or blackboard://key_{variable}");
            }
        }
        return new InputFrom.Payload();
    }

    private int timeout(Tree entry) {
        int seconds = entry.integer("timeout", TIMEOUT, 1, WorkflowReader.MOST_SECONDS);
        if (entry.has("timeout") && seconds > runSeconds) {
            warnings.add(entry.remark("timeout", "is longer than the run's, which is " + runSeconds + " s"));
        }
        return seconds;
    }

    private static @Nullable Condition condition(Tree entry) {
        Optional<String> text = entry.text("condition");
        try {
            return text.isPresent() ? Condition.parse(text.get()) : null;
        } catch (Malformed wrong) {
            entry.problem("condition", "is malformed: " + wrong.getMessage());
            return null;
        }
    }

    private int retries(Tree entry, OnFailure onFailure) {
        if (entry.has("max_retries") && onFailure != OnFailure.RETRY) {
            warnings.add(entry.remark("max_retries", "has no effect without on_failure: retry"));
        }
        return entry.integer("max_retries", RETRIES, 0, MOST_RETRIES);
    }

    private @Nullable AgentId fallback(Tree entry, OnFailure onFailure, @Nullable AgentId agent) {
        Optional<AgentId> fallback = agent(entry, "fallback_agent");
        if (onFailure == OnFailure.FALLBACK && !entry.has("fallback_agent")) {
            entry.problem("on_failure", "fallback needs a fallback_agent, who tries in the agent's place");
        } else if (onFailure != OnFailure.FALLBACK && entry.has("fallback_agent")) {
            entry.problem("fallback_agent", "is for on_failure: fallback alone");
        } else if (fallback.isPresent() && fallback.get().equals(agent)) {
            entry.problem("fallback_agent", "must be another agent than agent");
        }
        return fallback.orElse(null);
    }

    private int approvalSeconds(Tree entry, boolean approval) {
        int seconds = entry.integer("approval_timeout", APPROVAL_SECONDS, 1, MOST_APPROVAL_SECONDS);
        if (entry.has("approval_timeout") && !approval) {
            entry.problem("approval_timeout", "is for requires_approval: true alone");
        }
        return seconds;
    }

    private static @Nullable Long tokens(Tree budget) {
        long tokens = budget.integer("max_tokens", 0L, 1, MOST_TOKENS);
        return tokens == 0 ? null : tokens;
    }

    private static @Nullable FanOut forEach(Tree entry) {
        int parallel = entry.integer("max_parallel", PARALLEL, 1, MOST_PARALLEL);
        if (entry.has("max_parallel") && !entry.has("for_each")) {
            entry.problem("max_parallel", "is for a step with for_each alone");
        }
        Optional<String> text = entry.text("for_each");
        if (text.isEmpty()) {
            return null;
        }
        try {
            ResultPath list = ResultPath.parse(text.get());
            if (!list.parts().isEmpty()
                    && list.parts().getFirst() instanceof ResultPath.Field(String name)
                    && ResultPath.OWN.contains(name)
                    && !name.equals("result")) {
                entry.problem("for_each", "must be a list in a step's result, and " + name + " is none");
            }
            return new FanOut(list, parallel);
        } catch (Malformed wrong) {
            entry.problem("for_each", wrong.getMessage() + "; it is the place of a list, such as STEP.result.items");
            return null;
        }
    }
}
