package ai.openlegion.config;

/// The bounds of both listeners and of the way to the providers; each is a key of `limits:` in `mesh.yaml`.
///
/// @param bodyBytes of a request; more is 413
/// @param headerBytes of a request's head; more is 431
/// @param connections open at once on a listener: half of them without a valid token, half of one agent
/// @param streamsPerConnection concurrent requests on one HTTP/2 connection
/// @param idleSeconds from the end of the last answer on a connection, or the last sign of a body, to its end
/// @param headSeconds that a request's head may take, and a new connection until a valid token has come
/// @param waitingRequests that wait for a hold, a connection or a body; more is 503
/// @param upstreamConnections open to one provider, half of them for one agent
/// @param eventLoops that serve the agent listener; 0 = one a core
/// @param connectTimeoutSeconds to reach a provider
/// @param firstTokenTimeoutSeconds from sending a call to the first byte of its answer
/// @param readIdleSeconds of silence that end a stream
/// @param slowClientSeconds that an agent may leave a full write buffer unread
/// @param keepAliveSeconds of silence after which a client gets a keep-alive
/// @param drainSeconds that open streams get at a stop
public record GatewayLimits(
        int bodyBytes,
        int headerBytes,
        int connections,
        int streamsPerConnection,
        int idleSeconds,
        int headSeconds,
        int waitingRequests,
        int upstreamConnections,
        int eventLoops,
        int connectTimeoutSeconds,
        int firstTokenTimeoutSeconds,
        int readIdleSeconds,
        int slowClientSeconds,
        int keepAliveSeconds,
        int drainSeconds) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final GatewayLimits DEFAULTS = new GatewayLimits(
            32 * 1024 * 1024, 16 * 1024, 4_096, 1_000, 300, 10, 4_096, 1_024, 0, 10, 120, 280, 60, 15, 10);
}
