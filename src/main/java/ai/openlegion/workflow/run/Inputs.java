package ai.openlegion.workflow.run;

import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.KeyTemplate.Filled;
import ai.openlegion.workflow.model.KeyTemplate.Refused;
import ai.openlegion.workflow.model.ResultPath;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.StepFacts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the steps of a run are told: made of its input and of what is seen of the steps before them.
final class Inputs {

    /// Of a task's context, in bytes.
    private static final int MOST_CONTEXT_BYTES = 128 * 1024;

    /// Of a task's input and context together, in bytes.
    private static final int MOST_TASK_BYTES = 288 * 1024;

    /// Of what is shown of a dependency: there are levels above it in the request, in the task, and in an inbox.
    private static final int MOST_DEPTH = 56;

    private static final String OMITTED = "{\"omitted\":\"too large\"}";
    private static final String TOO_DEEP = "{\"omitted\":\"too deep\"}";

    private final RunState run;

    Inputs(RunState run) {
        this.run = run;
    }

    /// The list of a step's fan-out; null where it is none.
    @Nullable
    List<?> list(Step step) {
        FanOut forEach = step.forEach();
        Object value = forEach == null
                ? null
                : forEach.list().in(run.facts(forEach.list().step()));
        return value instanceof List<?> list ? list : null;
    }

    String listName(Step step) {
        FanOut forEach = step.forEach();
        return forEach == null ? "" : forEach.list().text();
    }

    List<String> items(Step step) {
        List<?> list = list(step);
        return list == null ? List.of() : list.stream().map(PlainJson::write).toList();
    }

    Input of(Step step, int item) {
        return switch (step.input()) {
            case InputFrom.Unsaid _ -> new Input.Ready(step.forEach() == null ? payload() : ofItem(step, item, null));
            case InputFrom.Payload _ -> new Input.Ready(whole(step, item, payload()));
            case InputFrom.Result result -> result(step, item, result.path());
            case InputFrom.Board board ->
                switch (board.key().fill(PlainJson.readObject(payload()))) {
                    case Filled filled -> new Input.Entry(filled.key());
                    case Refused refused -> new Input.Impossible("input_from: " + refused.why());
                };
        };
    }

    private String payload() {
        return run.begun() == null ? "{}" : run.begun().input();
    }

    /* One that is too large anyway is not written anew for each item. */
    private Input result(Step step, int item, ResultPath path) {
        StepRun from = run.find(path.step());
        String seen = from == null || !path.parts().isEmpty() ? null : from.seen();
        return seen != null && seen.length() > Run.MOST_INPUT_BYTES
                ? new Input.Impossible("the input has more than " + Run.MOST_INPUT_BYTES + " bytes")
                : new Input.Ready(whole(step, item, at(path)));
    }

    /* A step without a result gives an empty object; a missing part of one is a null. */
    private String at(ResultPath path) {
        StepFacts facts = run.facts(path.step());
        Object value = path.in(facts);
        return value == null && path.parts().isEmpty() ? "{}" : PlainJson.write(value);
    }

    /// @param value the text of a JSON value; null = an entry that is not there
    String ofEntry(Step step, int item, @Nullable String value) {
        return whole(step, item, value == null ? "{}" : value);
    }

    private String whole(Step step, int item, String value) {
        if (step.forEach() != null) {
            return ofItem(step, item, value);
        }
        return value.stripLeading().startsWith("{") ? value : "{\"value\":" + value + "}";
    }

    private String ofItem(Step step, int item, @Nullable String input) {
        List<?> list = list(step);
        if (list == null || item < 0 || item >= list.size()) {
            throw new IllegalArgumentException("step " + step.id() + " has no item " + item);
        }
        return "{\"item\":" + PlainJson.write(list.get(item)) + ",\"index\":" + item + ",\"count\":" + list.size()
                + (input == null ? "" : ",\"input\":" + input) + "}";
    }

    String context(Step step, int inputBytes) {
        var text = new StringBuilder("{\"workflow\":")
                .append(Members.quoted(run.workflow().name()))
                .append(",\"execution_id\":")
                .append(Members.quoted(run.id()))
                .append(",\"steps\":{");
        int left = Math.min(MOST_CONTEXT_BYTES, MOST_TASK_BYTES - inputBytes) - bytes(text) - 2;
        int names = step.dependsOn().stream()
                .mapToInt(name -> name.length() + 4 + OMITTED.length())
                .sum();
        left -= names;
        String comma = "";
        for (String dependency : step.dependsOn()) {
            StepRun on = run.find(dependency);
            String seen = on == null ? null : on.seen();
            String shown = seen == null ? "null" : seen;
            int size = shown.length() > MOST_CONTEXT_BYTES
                    ? Integer.MAX_VALUE
                    : Math.max(0, bytes(shown) - OMITTED.length());
            if (size > left) {
                shown = OMITTED;
            } else if (depth(shown) > MOST_DEPTH) {
                shown = TOO_DEEP;
            } else {
                left -= size;
            }
            text.append(comma).append(Members.quoted(dependency)).append(':').append(shown);
            comma = ",";
        }
        return text.append("}}").toString();
    }

    /* Of a well-formed text. */
    private static int depth(String json) {
        int depth = 0;
        int deepest = 0;
        boolean inString = false;
        for (int at = 0; at < json.length(); at++) {
            char c = json.charAt(at);
            if (inString) {
                at += c == '\\' ? 1 : 0;
                inString = c != '"';
            } else if (c == '"') {
                inString = true;
            } else if (c == '{' || c == '[') {
                depth++;
                deepest = Math.max(deepest, depth);
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }
        return deepest;
    }

    private static int bytes(CharSequence text) {
        return text.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
