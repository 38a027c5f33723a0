package ai.openlegion.fabric;

import ai.openlegion.identity.AgentId;

/// Somebody who waits at an inbox: a long poll or a stream. It leaves its [InboxReaders] by itself when it has ended.
sealed interface InboxReader permits InboxPoll, InboxStream {

    AgentId agent();

    /// Begins to read.
    void begin();

    /// The time to look at time; see [InboxReaders#TICKS_A_SECOND].
    void onTick(int tick);

    /// Another fleet holds: a token may have been revoked.
    void onFleet();

    /// The mesh stops.
    void onDrain();
}
