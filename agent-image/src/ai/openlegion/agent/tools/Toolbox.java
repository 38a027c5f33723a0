package ai.openlegion.agent.tools;

import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.util.List;

/// All tools of the agent, and what they keep open between calls.
public final class Toolbox implements AutoCloseable {

    private final List<Tool> tools;

    private Toolbox(List<Tool> tools) {
        this.tools = List.copyOf(tools);
    }

    /// Opens what the tools need under the agent's data folder.
    ///
    /// @throws IOException if the folder cannot be used
    public static Toolbox open(Settings settings, Time time) throws IOException {
        return new Toolbox(List.of());
    }

    /// Each under a name of its own.
    public List<Tool> tools() {
        return tools;
    }

    @Override
    public void close() {}
}
