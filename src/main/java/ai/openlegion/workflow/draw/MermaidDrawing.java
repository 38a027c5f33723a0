package ai.openlegion.workflow.draw;

import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.run.StepStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A picture as a flowchart in Mermaid's language, which many documents show.
public final class MermaidDrawing {

    private MermaidDrawing() {}

    /// The picture as the text of a flowchart.
    public static String draw(Picture picture) {
        StringBuilder out = new StringBuilder("flowchart TD\n");
        out.append("  %% ").append(escaped(Marks.plain(picture.title()))).append('\n');
        List<Step> steps = picture.workflow().steps();
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < steps.size(); i++) {
            names.put(steps.get(i).id(), "s" + i);
        }
        for (Step step : steps) {
            node(out, names.getOrDefault(step.id(), ""), step, picture.states().get(step.id()));
        }
        for (Step step : steps) {
            for (String dependency : step.dependsOn()) {
                if (names.containsKey(dependency)) {
                    out.append("  ")
                            .append(names.get(dependency))
                            .append(" --> ")
                            .append(names.get(step.id()))
                            .append('\n');
                }
            }
        }
        if (!picture.states().isEmpty()) {
            for (StepStatus status : StepStatus.values()) {
                out.append("  classDef ")
                        .append(status.word())
                        .append(' ')
                        .append(colours(status))
                        .append('\n');
            }
        }
        return out.toString();
    }

    private static void node(StringBuilder out, String name, Step step, Picture.@Nullable State state) {
        out.append("  ").append(name).append("[\"");
        boolean first = true;
        for (String line : Marks.lines(step, " · ", 80)) {
            out.append(first ? "" : "<br/>").append(escaped(line));
            first = false;
        }
        if (state != null) {
            out.append("<br/>").append(state.status().word().replace('_', ' '));
            if (!state.more().isEmpty()) {
                out.append(" · ").append(escaped(Marks.plain(state.more())));
            }
        }
        out.append("\"]");
        if (state != null) {
            out.append(":::").append(state.status().word());
        }
        out.append('\n');
    }

    private static String colours(StepStatus status) {
        return switch (status) {
            case PENDING -> "fill:#f6f8fa,stroke:#8c959f,color:#1f2328";
            case SKIPPED -> "fill:#f6f8fa,stroke:#8c959f,color:#59636e,stroke-dasharray:3";
            case RUNNING -> "fill:#ddf4ff,stroke:#0969da,color:#1f2328";
            case RETRYING, WAITING_APPROVAL -> "fill:#fff8c5,stroke:#9a6700,color:#1f2328";
            case COMPLETE -> "fill:#dafbe1,stroke:#1a7f37,color:#1f2328";
            case FAILED, TIMEOUT, CANCELLED -> "fill:#ffebe9,stroke:#cf222e,color:#1f2328";
        };
    }

    /// A text that a flowchart shows as it is: everything but letters, digits and plain marks as an entity.
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (Character.isLetterOrDigit(c) || " _-.,:·/=!".indexOf(c) >= 0) {
                escaped.appendCodePoint(c);
            } else {
                escaped.append('#').append(c).append(';');
            }
        });
        return escaped.toString();
    }
}
