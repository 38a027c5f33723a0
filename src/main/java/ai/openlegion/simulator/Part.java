package ai.openlegion.simulator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stretch of an answer that its dialects keep together: a text, a thought, one tool call.
///
/// @param text said so far; of a call its arguments
/// @param id of a call; else empty
/// @param name of the tool called; else empty
record Part(Kind kind, String text, String id, String name) {

    /// What a part is made of.
    enum Kind {
        TEXT,
        REFUSAL,
        REASONING,
        REDACTED,
        CALL,
        CUSTOM_CALL
    }

    /// Which kind of part a token belongs to.
    static Kind kind(Delta delta) {
        return switch (delta) {
            case Delta.Text _ -> Kind.TEXT;
            case Delta.Refusal _ -> Kind.REFUSAL;
            case Delta.Reasoning _ -> Kind.REASONING;
            case Delta.Redacted _ -> Kind.REDACTED;
            case Delta.ToolStart start -> start.custom() ? Kind.CUSTOM_CALL : Kind.CALL;
            case Delta.ToolArguments more -> more.custom() ? Kind.CUSTOM_CALL : Kind.CALL;
        };
    }

    /// The text that a token adds to its part.
    static String text(Delta delta) {
        return switch (delta) {
            case Delta.Text text -> text.text();
            case Delta.Refusal refusal -> refusal.text();
            case Delta.Reasoning thought -> thought.text();
            case Delta.Redacted redacted -> redacted.data();
            case Delta.ToolStart _ -> "";
            case Delta.ToolArguments more -> more.piece();
        };
    }

    /// Whether a token begins a part, `open` being the one before it; null before the first.
    static boolean begins(Delta delta, @Nullable Kind open) {
        return switch (delta) {
            case Delta.ToolStart _, Delta.Redacted _ -> true;
            case Delta.ToolArguments _ -> false;
            case Delta.Text _, Delta.Refusal _, Delta.Reasoning _ -> kind(delta) != open;
        };
    }

    boolean isCall() {
        return kind == Kind.CALL || kind == Kind.CUSTOM_CALL;
    }

    /// The parts of an answer's first `said` tokens, in order.
    static List<Part> of(Answer answer, int said) {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < said; i++) {
            Delta delta = answer.delta(i);
            if (begins(delta, parts.isEmpty() ? null : parts.getLast().kind)) {
                seal(parts, text);
                parts.add(
                        delta instanceof Delta.ToolStart start
                                ? new Part(kind(delta), "", start.id(), start.name())
                                : new Part(kind(delta), "", "", ""));
            }
            text.append(text(delta));
        }
        seal(parts, text);
        return parts;
    }

    private static void seal(List<Part> parts, StringBuilder text) {
        if (!parts.isEmpty()) {
            Part open = parts.removeLast();
            parts.add(new Part(open.kind, text.toString(), open.id, open.name));
            text.setLength(0);
        }
    }
}
