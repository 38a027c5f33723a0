package ai.openlegion.bench;

import java.time.Duration;

/// What one measurement by wrk asks of a peer: so many connections, each calling again as soon as it is answered.
record Load(Peer.Shape shape, int connections, Duration length) {}
