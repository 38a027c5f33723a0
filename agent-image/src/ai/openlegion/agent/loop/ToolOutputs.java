package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Keeps what the tools of a chat's turn gave, for its answer, and passes everything on.
final class ToolOutputs implements RunEvents {

    /* Of one input or output, and of all of them, in characters. */
    private static final int SHOWN_CHARS = 20_000;
    private static final int MOST_CHARS = 1 << 20;
    private static final String CUT = "[cut]";

    private final RunEvents events;
    private final List<Map<String, Object>> outputs = new ArrayList<>();
    private Object input = Json.NULL;
    private int left = MOST_CHARS;

    ToolOutputs(RunEvents events) {
        this.events = events;
    }

    /// `{tool, input, output}` of each call so far.
    List<Map<String, Object>> all() {
        return List.copyOf(outputs);
    }

    @Override
    public void toolStarts(String name, Object given) {
        input = Shortened.of(given, SHOWN_CHARS);
        events.toolStarts(name, input);
    }

    @Override
    public void toolEnded(String name, Object output) {
        Object shown = Shortened.of(output, SHOWN_CHARS);
        events.toolEnded(name, shown);
        left -= Json.write(input).length() + Json.write(shown).length();
        outputs.add(Map.of("tool", name, "input", left < 0 ? CUT : input, "output", left < 0 ? CUT : shown));
    }

    @Override
    public Optional<Consumer<String>> text() {
        return events.text();
    }
}
