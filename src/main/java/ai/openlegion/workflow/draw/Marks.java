package ai.openlegion.workflow.draw;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Condition;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.Step;
import java.util.ArrayList;
import java.util.List;

/// What stands in a step's box: who does what, and what is special about it.
final class Marks {

    private static final String CUT = "...";

    private Marks() {}

    /// The lines of a step's box.
    ///
    /// @param between what separates two remarks on a line
    static List<String> lines(Step step, String between, int mostChars) {
        List<String> lines = new ArrayList<>();
        lines.add(cut(step.id(), mostChars));
        AgentId agent = step.agent();
        String who = agent == null ? "any " + step.capability() : agent.value();
        lines.add(cut(who + between + step.taskType(), mostChars));
        Condition condition = step.condition();
        if (condition != null) {
            lines.add(cut("if " + condition.text(), mostChars));
        }
        String special = String.join(between, special(step));
        if (!special.isEmpty()) {
            lines.add(cut(special, mostChars));
        }
        return lines;
    }

    private static List<String> special(Step step) {
        List<String> marks = new ArrayList<>();
        FanOut forEach = step.forEach();
        if (forEach != null) {
            marks.add("for each, " + forEach.maxParallel() + " at once");
        }
        if (step.requiresApproval()) {
            marks.add("approval");
        }
        switch (step.onFailure()) {
            case ABORT -> {}
            case SKIP -> marks.add("or skip");
            case RETRY -> marks.add("retry " + step.maxRetries());
            case FALLBACK -> marks.add("or " + step.fallbackAgent());
        }
        return marks;
    }

    /// A text on one line, of narrow characters only: one that moves a cursor or takes two columns becomes `?`.
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(c -> plain.appendCodePoint(isNarrow(c) ? c : '?'));
        return plain.toString();
    }

    private static boolean isNarrow(int c) {
        return (c >= ' ' && c < 0x7f) || (c >= 0xa1 && c < 0x300 && c != 0xad) || (c >= 0x370 && c < 0x530);
    }

    /// A text of at most so many columns.
    static String cut(String text, int mostChars) {
        String plain = plain(text);
        return plain.length() <= mostChars ? plain : plain.substring(0, mostChars - CUT.length()) + CUT;
    }
}
