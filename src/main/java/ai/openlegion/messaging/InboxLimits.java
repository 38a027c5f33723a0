package ai.openlegion.messaging;

/// How much inboxes hold; keys of `limits:` in `mesh.yaml`.
///
/// @param items that one inbox holds; more are refused
/// @param bytes of payload that one inbox holds
/// @param days an item is kept
/// @param subscriptions of one agent
/// @param readers that wait at one inbox
/// @param cachedBytes of payloads kept in memory for reading, of all inboxes together
public record InboxLimits(int items, long bytes, int days, int subscriptions, int readers, long cachedBytes) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final InboxLimits DEFAULTS = new InboxLimits(10_000, 64L << 20, 30, 1_000, 16, 32L << 20);
}
