package ai.openlegion.control;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime;
import io.vertx.core.Future;

/// What agents write to their standard streams, as the host finds it for the operator.
@FunctionalInterface
public interface AgentLogs {

    /// Opens the output of an agent that the mesh runs, or ran last.
    ///
    /// @param tail lines from the end, 0 to 10,000
    /// @param follow whether to go on with what it writes from now on, until the stream is closed
    /// @return the stream, paused; it fails with a [ai.openlegion.runtime.RuntimeFault] that says why there is none
    Future<AgentRuntime.LogStream> open(AgentId agent, int tail, boolean follow);
}
