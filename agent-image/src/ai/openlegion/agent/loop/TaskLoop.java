package ai.openlegion.agent.loop;

import ai.openlegion.agent.model.Answer;
import ai.openlegion.agent.model.ModelFailure;
import ai.openlegion.agent.tools.ToolContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Works on a task: calls the model and the tools that it asks for in turn, at most 20 times.
public final class TaskLoop {

    private static final int ITERATIONS = 20;

    private final Agent agent;
    private final List<Map<String, Object>> definitions;

    public TaskLoop(Agent agent) {
        this.agent = agent;
        definitions = agent.definitions();
    }

    /// Runs until there is an answer or a limit is met.
    ///
    /// @param spending counts what is used; whoever gave it may read it at any time
    /// @param steers what is said to this task meanwhile
    /// @param cancelled asked between the steps
    /// @throws InterruptedException if the thread was interrupted; what runs is interrupted too
    public Outcome run(Assignment assignment, Spending spending, Steers steers, BooleanSupplier cancelled)
            throws InterruptedException {
        ToolContext context = agent.context();
        var tools = new ToolRunner(agent.tools(), context, RunEvents.NONE);
        Dialogue dialogue = agent.dialogue(List.of(
                Conversation.message("system", Prompts.system(context.settings())),
                Conversation.message("user", Prompts.task(assignment))));
        try {
            for (int i = 0; i < ITERATIONS; i++) {
                if (cancelled.getAsBoolean()) {
                    return Outcome.cancelled();
                }
                dialogue.steer(steers);
                Answer answer = dialogue.next(definitions, spending, Optional.empty());
                if (answer.calls().isEmpty()) {
                    return outcome(answer, spending);
                }
                dialogue.conversation().add(tools.run(answer));
            }
            return Outcome.failed("Max iterations (" + ITERATIONS + ") reached");
        } catch (RunEnded | ModelFailure ended) {
            return Outcome.failed(String.valueOf(ended.getMessage()));
        }
    }

    private static Outcome outcome(Answer answer, Spending spending) throws RunEnded {
        if (answer.cut().isPresent()) {
            // what is cut where the budget ends failed for want of budget
            spending.check();
            return Outcome.failed("The model's answer is not whole: " + answer.cut().get());
        }
        return answer.text().isBlank() ? Outcome.failed("The model gave no answer") : Outcome.of(answer.text());
    }
}
