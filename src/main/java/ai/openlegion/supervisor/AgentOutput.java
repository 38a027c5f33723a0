package ai.openlegion.supervisor;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.AgentRuntime.LogStream;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Where the output of each agent that runs is to be had. The supervisor keeps it; bytes do not go over the bus, so
/// whoever shows them asks here.
public final class AgentOutput {

    private final Map<AgentId, Source> sources = new ConcurrentHashMap<>();

    private record Source(AgentRuntime runtime, String instance) {}

    /// What an agent wrote to its standard streams, oldest first; nothing where it does not run.
    ///
    /// @param tail lines from the end
    /// @param follow whether to go on with what it writes from now on, until the stream is closed
    public Optional<Future<LogStream>> of(AgentId agent, int tail, boolean follow) {
        return Optional.ofNullable(sources.get(agent))
                .map(source -> source.runtime().logs(source.instance(), tail, follow));
    }

    void runs(AgentId agent, AgentRuntime runtime, String instance) {
        sources.put(agent, new Source(runtime, instance));
    }

    void ended(AgentId agent) {
        sources.remove(agent);
    }
}
