package ai.openlegion.bench;

import java.time.Duration;

/// What one measurement asks of a peer.
///
/// @param thinkMillis mean pause of a connection before its next call; 0 = none, closed loop at full speed
record Load(Peer.Shape shape, int connections, Duration length, int thinkMillis) {

    static Load full(Peer.Shape shape, int connections, Duration length) {
        return new Load(shape, connections, length, 0);
    }
}
