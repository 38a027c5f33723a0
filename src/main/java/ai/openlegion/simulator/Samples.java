package ai.openlegion.simulator;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a model would say to the tasks of the sample workflows: templates in `answers.json`, filled from a task's
/// input.
///
/// `${a.b|else}` in a template is the input's member `b` of `a`, or what stands after the bar; alone in a text it is
/// the
/// value itself, of whatever type.
final class Samples {

    /// As the agent of the image puts a task.
    private static final Pattern TASK = Pattern.compile("Task: ([A-Za-z0-9_-]{1,64})\\nInput: (\\{.*\\})(?:\\n|$)");

    private static final Pattern HOLE = Pattern.compile("\\$\\{([a-z_.]+)(?:\\|([^}]*))?\\}");

    private static final JsonObject ANSWERS = shipped();

    private Samples() {}

    /// The answer, the text of a JSON object; null where this is no task of a sample workflow.
    static @Nullable String answer(String lastUserText) {
        Matcher task = TASK.matcher(lastUserText);
        JsonObject template = task.lookingAt() ? ANSWERS.getJsonObject(task.group(1)) : null;
        if (template == null) {
            return null;
        }
        try {
            return Json.encode(filled(template, new JsonObject(task.group(2))));
        } catch (DecodeException cut) {
            return null;
        }
    }

    private static @Nullable Object filled(@Nullable Object template, JsonObject input) {
        return switch (template) {
            case JsonObject object -> {
                JsonObject filled = new JsonObject();
                object.forEach(member -> filled.put(text(member.getKey(), input), filled(member.getValue(), input)));
                yield filled;
            }
            case JsonArray list -> {
                JsonArray filled = new JsonArray();
                list.forEach(item -> filled.add(filled(item, input)));
                yield filled;
            }
            case String text -> {
                Matcher hole = HOLE.matcher(text);
                yield hole.matches() ? value(hole, input) : text(text, input);
            }
            case null, default -> template; // open: every other JSON value stands for itself
        };
    }

    private static String text(String text, JsonObject input) {
        return HOLE.matcher(text).replaceAll(hole -> {
            Matcher own = HOLE.matcher(hole.group());
            Object value = own.matches() ? value(own, input) : null;
            return Matcher.quoteReplacement(value instanceof String word ? word : Json.encode(value));
        });
    }

    private static @Nullable Object value(Matcher hole, JsonObject input) {
        Object value = input;
        for (String name : hole.group(1).split("\\.", -1)) {
            value = value instanceof JsonObject object ? object.getValue(name) : null;
        }
        String otherwise = hole.group(2);
        if (value != null || otherwise == null) {
            return value;
        }
        try {
            return Json.decodeValue(otherwise);
        } catch (DecodeException word) {
            return otherwise;
        }
    }

    private static JsonObject shipped() {
        try (@Nullable InputStream in = Samples.class.getResourceAsStream("answers.json")) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks answers.json");
            }
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
