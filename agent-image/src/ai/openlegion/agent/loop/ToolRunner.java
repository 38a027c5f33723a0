package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.model.Answer;
import ai.openlegion.agent.model.ToolCall;
import ai.openlegion.agent.self.CleanText;
import ai.openlegion.agent.self.Redaction;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.agent.tools.ToolContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The tool calls of one run, each with a result whatever the model asks for and whatever the tool does.
final class ToolRunner {

    private static final Logger LOG = Logger.getLogger(ToolRunner.class.getName());
    private static final Duration GRACE = Duration.ofSeconds(2);
    /* In characters: all results of a round, and what each may have however many there are. */
    private static final int MOST_CHARS = 120_000;
    private static final int LEAST_CHARS = 1_000;
    private static final int MOST_CALLS = 32;

    private final Map<String, Tool> tools;
    private final ToolContext context;
    private final RunEvents events;
    private final LoopDetector detector = new LoopDetector();
    private final Redaction redaction;
    private final int mostChars;

    ToolRunner(List<Tool> tools, ToolContext context, RunEvents events) {
        this.tools = new LinkedHashMap<>();
        tools.forEach(tool -> this.tools.put(tool.name(), tool));
        this.context = context;
        this.events = events;
        redaction = new Redaction(context.settings());
        mostChars = Math.min(MOST_CHARS, context.settings().contextTokens());
    }

    /// Runs the calls of an answer one after the other.
    ///
    /// @return the answer and the results, a round of the conversation
    /// @throws RunEnded if the run goes round in circles
    List<Map<String, Object>> run(Answer answer) throws RunEnded, InterruptedException {
        List<Map<String, Object>> round = new ArrayList<>();
        round.add(answer.toMessage());
        int left = mostChars;
        for (ToolCall call : answer.calls()) {
            String result = round.size() > MOST_CALLS
                    ? Json.write(Tool.error("At most " + MOST_CALLS + " calls in one answer"))
                    : run(call, Math.max(LEAST_CHARS, left));
            left -= result.length();
            round.add(Conversation.result(call.id(), result));
        }
        return round;
    }

    private String run(ToolCall call, int most) throws RunEnded, InterruptedException {
        Object input;
        Object output;
        String key;
        try {
            Map<String, Object> arguments = Json.object(call.arguments().isBlank() ? "{}" : call.arguments());
            input = arguments;
            key = Json.write(sorted(arguments));
        } catch (JsonException malformed) {
            input = call.arguments();
            key = call.arguments();
        }
        LoopDetector.Verdict verdict = detector.judge(call.name(), key);
        if (verdict == LoopDetector.Verdict.END) {
            throw new RunEnded("Stuck in a loop: " + CleanText.of(Conversation.head(call.name(), 64))
                    + " was called again and again with the same arguments");
        }
        events.toolStarts(call.name(), input);
        boolean blocked = verdict == LoopDetector.Verdict.BLOCK;
        output = blocked
                ? Tool.error("Blocked: this call gave the same result three times. Do something else, or answer.")
                : redaction.ofValue(CleanText.ofValue(result(call.name(), input, most)));
        String text = Json.write(Shortened.of(output, most));
        boolean repeats = detector.repeats(call.name(), key, blocked ? "" : text);
        events.toolEnded(call.name(), output);
        return repeats && !blocked
                ? "[Warning: the same call gave the same result before. Do something else, or answer.]\n" + text
                : text;
    }

    private Object result(String name, Object input, int most) throws InterruptedException {
        Tool tool = tools.get(name);
        if (tool == null) {
            return Tool.error("There is no tool of that name. Tools: " + String.join(", ", tools.keySet()));
        }
        if (!(input instanceof Map<?, ?>)) {
            return Tool.error("The arguments are not a JSON object");
        }
        Map<String, Object> arguments = Members.of(input).orElseThrow().all();
        var schema = new Members(tool.parameters());
        Map<String, Object> known = schema.object("properties").all();
        for (String argument : arguments.keySet()) {
            if (!known.containsKey(argument)) {
                return Tool.error("Unknown argument " + argument + ". Arguments: " + String.join(", ", known.keySet()));
            }
        }
        for (Object required : schema.list("required")) {
            if (!arguments.containsKey(String.valueOf(required))) {
                return Tool.error("Missing argument " + required);
            }
        }
        return inTime(tool, context.withRoom(most), arguments);
    }

    /// Runs it on a thread of its own, which is interrupted when its time is over or the run's is.
    private Object inTime(Tool tool, ToolContext context, Map<String, Object> arguments) throws InterruptedException {
        var result = new CompletableFuture<Object>();
        Thread thread = Thread.ofVirtual().name("tool-" + tool.name()).start(() -> {
            try {
                Object value = tool.call(context, arguments);
                var _ = Json.write(value);
                var _ = result.complete(value);
                // whatever a tool throws is the model's to read, and ends neither the run nor the agent
            } catch (Throwable thrown) {
                var _ = result.completeExceptionally(thrown);
            }
        });
        try {
            return result.get(tool.limit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            return Tool.error("Timed out after " + tool.limit().toSeconds() + " s");
        } catch (ExecutionException failed) {
            LOG.log(Level.FINE, "agent.tool_failed tool=" + tool.name(), failed.getCause());
            return Tool.error(String.valueOf(failed.getCause()));
        } finally {
            if (!result.isDone()) {
                thread.interrupt();
                var _ = thread.join(GRACE);
            }
        }
    }

    private static Object sorted(Object value) {
        return switch (value) {
            case Map<?, ?> members -> {
                Map<String, Object> sorted = new TreeMap<>();
                members.forEach((name, member) -> sorted.put(String.valueOf(name), sorted(member)));
                yield sorted;
            }
            case List<?> items -> items.stream().map(ToolRunner::sorted).toList();
            default -> // open: nothing else has an order
                value;
        };
    }
}
