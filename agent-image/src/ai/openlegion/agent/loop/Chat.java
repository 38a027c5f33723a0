package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.model.Answer;
import ai.openlegion.agent.model.ModelFailure;
import ai.openlegion.agent.self.CleanText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// A conversation with whoever chats with the agent; one turn at a time, which is the caller's to see to.
public final class Chat {

    private static final int TOOL_ROUNDS = 10;

    private final Agent agent;
    private final List<Map<String, Object>> definitions;
    private final Steers steers = new Steers();
    private Dialogue dialogue;

    /// How a turn ended.
    ///
    /// @param toolOutputs `{tool, input, output}` of each call
    public record Turn(String response, List<Map<String, Object>> toolOutputs, long tokensUsed) {

        /// As `POST /chat` answers it.
        public Map<String, Object> toJson() {
            return Map.of("response", response, "tool_outputs", toolOutputs, "tokens_used", tokensUsed);
        }
    }

    public Chat(Agent agent) {
        this.agent = agent;
        definitions = agent.definitions();
        dialogue = fresh();
    }

    /// Answers a message: at most ten rounds of tools, then one last call without any.
    ///
    /// @param ended asked when the turn is interrupted: why, which is the answer then; empty if the agent stops
    public Turn say(String message, RunEvents events, Supplier<Optional<String>> ended)
            throws ModelFailure, InterruptedException {
        var spending = new Spending(new Members(Map.of()));
        var outputs = new ToolOutputs(events);
        var tools = new ToolRunner(agent.tools(), agent.context(), outputs);
        dialogue.conversation().ask(CleanText.of(message));
        String response;
        try {
            response = rounds(spending, tools, events);
        } catch (RunEnded limit) {
            response = String.valueOf(limit.getMessage());
        } catch (InterruptedException interrupted) {
            response = ended.get().orElseThrow(() -> interrupted);
        }
        dialogue.conversation().add(List.of(Conversation.message("assistant", response)));
        return new Turn(response, outputs.all(), spending.tokens());
    }

    /// Tells the turn that runs, or else the next one; false if too many such words wait. Any thread may call it.
    public boolean steer(String message) {
        return steers.add(message);
    }

    /// Forgets the conversation.
    public void reset() {
        dialogue = fresh();
    }

    /// Roughly how many tokens the conversation takes.
    public long tokens() {
        return dialogue.conversation().tokens();
    }

    private String rounds(Spending spending, ToolRunner tools, RunEvents events)
            throws ModelFailure, RunEnded, InterruptedException {
        for (int round = 0; round < TOOL_ROUNDS; round++) {
            dialogue.steer(steers);
            Answer answer = dialogue.next(definitions, spending, events.text());
            if (answer.calls().isEmpty()) {
                return said(answer);
            }
            dialogue.conversation().add(tools.run(answer));
        }
        dialogue.steer(steers);
        return said(dialogue.next(List.of(), spending, events.text()));
    }

    /// Never blank: no provider takes a message without text.
    private static String said(Answer answer) {
        String text = answer.text().isBlank() ? "(no answer)" : answer.text();
        return text + answer.cut().map(why -> "\n[not whole: " + why + "]").orElse("");
    }

    private Dialogue fresh() {
        return agent.dialogue(
                List.of(Conversation.message("system", Prompts.system(agent.context().settings()))));
    }
}
