package ai.openlegion.fabric;

/// The bounds of inbox streams; keys of `limits:` in `mesh.yaml`.
///
/// @param keepAliveSeconds of silence after which a stream carries a comment
/// @param slowClientSeconds that a reader may leave a full write buffer unread
public record StreamLimits(int keepAliveSeconds, int slowClientSeconds) {}
