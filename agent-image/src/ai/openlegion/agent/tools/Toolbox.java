package ai.openlegion.agent.tools;

import ai.openlegion.agent.files.Confined;
import ai.openlegion.agent.memory.Memory;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/// All tools of the agent, and what they keep between calls.
public final class Toolbox {

    /// The system property that the image sets: every process around is this one, or comes of a command.
    private static final String ALONE = "openlegion.alone";

    private final List<Tool> tools;
    private final Memory memory;

    private Toolbox(List<Tool> tools, Memory memory) {
        this.tools = List.copyOf(tools);
        this.memory = memory;
    }

    /// Opens what the tools need under the agent's data folder.
    ///
    /// @throws IOException if the folder cannot be used
    public static Toolbox open(Settings settings, Time time) throws IOException {
        var _ = Files.createDirectories(settings.data());
        var files = new Confined(settings.data());
        var memory = Memory.open(settings.data().resolve("memory"));
        List<Tool> all = new ArrayList<>(CommandTools.of(settings, files, Boolean.getBoolean(ALONE)));
        all.addAll(FileTools.of(files));
        all.addAll(ServiceTools.of());
        all.addAll(BoardTools.of());
        all.addAll(FabricTools.of());
        all.addAll(WorkTools.of());
        all.addAll(MemoryTools.of(memory));
        return new Toolbox(all, memory);
    }

    /// Each under a name of its own.
    public List<Tool> tools() {
        return tools;
    }

    /// What the agent keeps in its memory, newest first, in at most that many characters.
    public String remembered(int chars) {
        var text = new StringBuilder();
        for (Memory.Fact fact : memory.newest()) {
            String line = "- " + fact.key().map(key -> key + ": ").orElse("") + fact.content() + "\n";
            if (text.length() + line.length() > chars) {
                break;
            }
            text.append(line);
        }
        return text.toString();
    }
}
