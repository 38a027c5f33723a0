package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Standing;
import ai.openlegion.json.Members;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes the events of one output item. Its text comes, goes and is kept as the inside of a JSON string.
final class ItemWriter {

    /// What an item is, with the names of its events.
    private enum Shape {
        TEXT("response.output_text", ",\"content_index\":0", ",\"logprobs\":[]", "text"),
        REFUSAL("response.refusal", ",\"content_index\":0", "", "refusal"),
        REASONING("response.reasoning_summary_text", ",\"summary_index\":0", "", "text"),
        FUNCTION("response.function_call_arguments", "", "", "arguments"),
        CUSTOM("response.custom_tool_call_input", "", "", "input");

        private final String event;
        private final String place;
        private final String tail;
        private final String all;

        /// @param place where in the item its text is
        /// @param tail  what follows the text
        /// @param all   the member in which all of the text is told
        Shape(String event, String place, String tail, String all) {
            this.event = event;
            this.place = place;
            this.tail = tail;
            this.all = all;
        }
    }

    /// What providers leave out where a call has none.
    private static final byte[] NO_ARGUMENTS = {'{', '}'};

    private final Shape shape;
    private final Standing standing;
    private final int index;
    private final String id;
    private final String callId;
    private final String name;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream(256);

    /// A delta's bytes before its number, between number and text, and after the text.
    private final byte[] head;

    private final byte[] middle;
    private final byte[] tail;

    private Part.@Nullable Seal seal;
    private boolean hasSummary;

    private ItemWriter(Shape shape, Standing standing, int index, String prefix, String callId, String name) {
        this.shape = shape;
        this.standing = standing;
        this.index = index;
        this.id = AnswerWriter.itemId(prefix, standing.id, index);
        this.callId = callId;
        this.name = name;
        String event = shape.event + ".delta";
        head = utf8("event: " + event + "\ndata: {\"type\":\"" + event + "\",\"sequence_number\":");
        middle = utf8(where() + shape.place + ",\"delta\":\"");
        tail = utf8("\"" + shape.tail + "}\n\n");
    }

    static ItemWriter text(Standing standing, int index) {
        return new ItemWriter(Shape.TEXT, standing, index, "msg_", "", "");
    }

    static ItemWriter refusal(Standing standing, int index) {
        return new ItemWriter(Shape.REFUSAL, standing, index, "msg_", "", "");
    }

    static ItemWriter reasoning(Standing standing, int index) {
        return new ItemWriter(Shape.REASONING, standing, index, "rs_", "", "");
    }

    static ItemWriter call(Standing standing, int index, String callId, String name, boolean freeform) {
        return freeform
                ? new ItemWriter(Shape.CUSTOM, standing, index, "ctc_", callId, name)
                : new ItemWriter(Shape.FUNCTION, standing, index, "fc_", callId, name);
    }

    int index() {
        return index;
    }

    /// What its provider wants back of the reasoning.
    void seal(Part.Seal sealed) {
        seal = sealed;
    }

    /// The item is there, with nothing in it.
    void begin(Out out) {
        event(out, "response.output_item.added", ",\"output_index\":" + index + ",\"item\":" + empty());
        switch (shape) {
            case TEXT -> part(out, "added", Shapes.outputText(""));
            case REFUSAL -> part(out, "added", Shapes.refusal(""));
            case REASONING, FUNCTION, CUSTOM -> {} // a summary begins with its text
        }
    }

    private String empty() {
        return switch (shape) {
            case TEXT, REFUSAL -> Shapes.message(id, "in_progress", "");
            case REASONING, FUNCTION, CUSTOM -> item("in_progress", "", "null");
        };
    }

    void delta(Out out, byte[] bytes, int from, int to) {
        if (shape == Shape.REASONING && !hasSummary) {
            hasSummary = true;
            summary(out, "added", "");
        }
        text.write(bytes, from, to - from);
        out.append(head);
        number(out, ++standing.sequence);
        out.append(middle);
        out.append(bytes, from, to);
        out.append(tail);
    }

    /// Ends the item and gives all of it, as JSON.
    String end(Out out, String status) {
        if (shape == Shape.FUNCTION && text.size() == 0 && status.equals("completed")) {
            delta(out, NO_ARGUMENTS, 0, NO_ARGUMENTS.length); // clients read them as JSON, which nothing is not
        }
        String all = text.toString(StandardCharsets.UTF_8);
        if (shape != Shape.REASONING || hasSummary) {
            event(
                    out,
                    shape.event + ".done",
                    where() + shape.place + (shape == Shape.FUNCTION ? ",\"name\":" + Members.quoted(name) : "") + ",\""
                            + shape.all + "\":\"" + all + "\"" + shape.tail);
        }
        switch (shape) {
            case TEXT -> part(out, "done", Shapes.outputText(all));
            case REFUSAL -> part(out, "done", Shapes.refusal(all));
            case REASONING -> {
                if (hasSummary) {
                    summary(out, "done", all);
                }
            }
            case FUNCTION, CUSTOM -> {}
        }
        String item = item(status, all, AnswerWriter.sealed(seal));
        event(out, "response.output_item.done", ",\"output_index\":" + index + ",\"item\":" + item);
        return item;
    }

    private String item(String status, String all, String sealed) {
        return switch (shape) {
            case TEXT -> Shapes.message(id, status, Shapes.outputText(all));
            case REFUSAL -> Shapes.message(id, status, Shapes.refusal(all));
            case REASONING -> Shapes.reasoning(id, status, all, sealed);
            case FUNCTION -> Shapes.functionCall(id, status, callId, name, all);
            case CUSTOM -> Shapes.customToolCall(id, status, callId, name, all);
        };
    }

    private void part(Out out, String how, String part) {
        event(out, "response.content_part." + how, where() + ",\"content_index\":0,\"part\":" + part);
    }

    private void summary(Out out, String how, String all) {
        event(
                out,
                "response.reasoning_summary_part." + how,
                where() + ",\"summary_index\":0,\"part\":" + Shapes.summary(all));
    }

    private String where() {
        return ",\"item_id\":\"" + id + "\",\"output_index\":" + index;
    }

    private void event(Out out, String type, String members) {
        out.append(Shapes.event(type, ++standing.sequence, members));
    }

    /// Appends a number's digits.
    private static void number(Out out, long number) {
        byte[] digits = new byte[20];
        int at = digits.length;
        long rest = number;
        do {
            digits[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        out.append(digits, at, digits.length);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
