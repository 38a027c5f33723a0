package ai.openlegion.fabric;

/// The bounds of those who read inboxes; keys of `limits:` in `mesh.yaml`.
///
/// @param keepAliveSeconds of silence after which a stream carries a comment
/// @param slowClientSeconds that a reader may leave a full write buffer unread
/// @param readersPerAgent on one event loop
public record StreamLimits(int keepAliveSeconds, int slowClientSeconds, int readersPerAgent) {}
