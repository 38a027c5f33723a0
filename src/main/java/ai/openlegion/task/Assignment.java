package ai.openlegion.task;

import ai.openlegion.budget.Usd;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A task in the words in which an agent gets it.
final class Assignment {

    /// Of input and context together, in bytes: a run's input, and room for what goes with it.
    private static final int MOST_BYTES = 288 * 1024;

    private static final int NAME_CHARS = 128;
    private static final int MOST_SECONDS = 7 * 86_400;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

    private Assignment() {}

    /// What is wrong with a dispatch; null = nothing.
    static @Nullable String flaw(Tasks.Dispatch ask) {
        if (!ID.matcher(ask.taskId()).matches()) {
            return "the id must be 1 to 128 of A-Z a-z 0-9 _ . : -";
        }
        if (ask.taskType().length() > NAME_CHARS
                || ask.workflowId().length() > NAME_CHARS
                || ask.stepId().length() > NAME_CHARS) {
            return "a name may have at most " + NAME_CHARS + " characters";
        }
        if (ask.timeoutSeconds() < 1 || ask.timeoutSeconds() > MOST_SECONDS) {
            return "timeout must be 1 to " + MOST_SECONDS + " seconds";
        }
        if (isNegative(ask.maxTokens()) || isNegative(ask.maxPico()) || isNegative(ask.runMaxPico())) {
            return "a budget has no negative part";
        }
        byte[] input = ask.inputData().getBytes(StandardCharsets.UTF_8);
        byte[] context = ask.context().getBytes(StandardCharsets.UTF_8);
        if (input.length + context.length > MOST_BYTES) {
            return "input_data and context may have " + MOST_BYTES + " bytes together";
        }
        boolean objects = Members.read(input) instanceof Members.Read && Members.read(context) instanceof Members.Read;
        return objects ? null : "input_data and context must be JSON objects";
    }

    private static boolean isNegative(@Nullable Long amount) {
        return amount != null && amount < 0;
    }

    /// The item of the agent's inbox, which ends after this many seconds.
    static Messaging.Send item(Tasks.Dispatch ask, long seconds) {
        return new Messaging.Send(
                Messaging.Kind.TASK, "mesh", ask.agent(), ask.taskId(), "task", of(ask), null, null, seconds);
    }

    /// The body of `POST /task`, on one line.
    static String of(Tasks.Dispatch ask) {
        return "{\"task_id\":" + Members.quoted(ask.taskId())
                + ",\"workflow_id\":" + orNull(ask.workflowId())
                + ",\"step_id\":" + orNull(ask.stepId())
                + ",\"task_type\":" + Members.quoted(ask.taskType())
                + ",\"input_data\":" + line(ask.inputData())
                + ",\"context\":" + line(ask.context())
                + ",\"timeout\":" + ask.timeoutSeconds()
                + ",\"token_budget\":" + budget(ask) + '}';
    }

    private static String budget(Tasks.Dispatch ask) {
        Long tokens = ask.maxTokens();
        Long pico = ask.maxPico();
        if (tokens == null && pico == null) {
            return "null";
        }
        return "{\"max_tokens\":" + (tokens == null ? "null" : tokens.toString()) + ",\"max_usd\":"
                + (pico == null ? "null" : Usd.decimal(pico)) + '}';
    }

    /* Line breaks stand between the tokens of a JSON text only. */
    private static String line(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }

    private static String orNull(String text) {
        return text.isEmpty() ? "null" : Members.quoted(text);
    }
}
