package ai.openlegion.runtime;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// One way of running agents.
///
/// Every method returns at once and does its work off the event loop; each future completes within a deadline, also
/// when the engine behind it hangs. A future fails with a [RuntimeFault] where the runtime knows what to say.
public interface AgentRuntime {

    /// Its name in the configuration, the audit and the store: `docker`, `runsc`, `kata`, `docker-sandbox`, `process`.
    String name();

    /// What it puts between an agent and the host.
    Boundary boundary();

    /// Fails unless agents can be run this way here, saying what is missing and how to get it. Changes nothing.
    Future<Void> check();

    /// Makes what all agents need: network, filter of the host's ports, images. May be repeated; what stands is left.
    ///
    /// @param images that will be started, besides what the runtime needs itself
    /// @param meshPort the agent listener's
    /// @param progress one line of text for each step that takes long
    Future<Ground> prepare(List<String> images, int meshPort, Consumer<String> progress);

    /// Starts an agent, compares what runs with what was asked, and removes it again where it is less confined.
    Future<Instance> start(Launch launch);

    /// Ends an agent, first in peace and after `grace` by force, and removes it; its volume stays. Nothing to end is no
    /// error.
    Future<Void> stop(String instance, Duration grace);

    /// What of this home runs, or is left over, from this runtime: by label, never by name. A mesh asks for it before
    /// it
    /// listens and before [#prepare], so that tokens of agents it adopts are never refused.
    Future<List<Instance>> survivors();

    /// How an instance is now; one that is not there is [Condition#GONE].
    Future<Condition> look(String instance);

    /// The bytes on an agent's volume.
    Future<Long> diskBytes(String instance);

    /// Whether what listens at an instance's address is the instance: asked before anything secret is sent there.
    default Future<Boolean> ownsAddress(String instance) {
        return Future.succeededFuture(true);
    }

    /// Removes an agent's volume; for agents that never come back.
    Future<Void> forget(AgentId agent);

    /// What the agent wrote to its standard streams, oldest first.
    ///
    /// @param tail lines from the end
    /// @param follow whether to go on with what it writes from now on, until the stream is closed
    Future<LogStream> logs(String instance, int tail, boolean follow);

    /// Tells of instances of this home that end by themselves; best effort, [#look] decides.
    ///
    /// @param ended gets the instance's id, on any thread
    void onEnd(Consumer<String> ended);

    /// Ends what the runtime keeps open; agents stay as they are. Where none of this home is left, what they needed
    /// (network, filter) goes too.
    Future<Void> close();

    /// Output of an agent.
    interface LogStream extends ReadStream<Buffer> {
        /// Ends it early.
        void close();
    }
}
