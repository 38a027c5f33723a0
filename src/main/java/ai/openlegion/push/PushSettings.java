package ai.openlegion.push;

/// How push lanes try; the numbers are the contract's, tests take smaller ones.
///
/// @param timeoutMillis of one attempt: for the connection, and again from there to the end of the answer
/// @param attempts after which an item that the endpoint fails is left for pulling
/// @param firstBackOffMillis before the second attempt; doubled before each further one
/// @param longestBackOffMillis between attempts at an endpoint that cannot be reached
/// @param batch of items fetched at once; what a lane holds while its endpoint hangs
public record PushSettings(
        long timeoutMillis, int attempts, long firstBackOffMillis, long longestBackOffMillis, int batch) {

    /// What a mesh uses.
    public static final PushSettings DEFAULTS = new PushSettings(10_000, 5, 1_000, 60_000, 16);

    /// The wait after this many attempts without success, from 1.
    long backOffMillis(int attempts) {
        int doublings = Math.min(attempts - 1, 30);
        return Math.min(firstBackOffMillis << doublings, longestBackOffMillis);
    }
}
