package ai.openlegion.listener;

/// What bounds the connections of one listener.
///
/// @param most open at once; of them half may be anonymous
/// @param mostOfOne that one owner may have
/// @param mostOfAddress from one address of an agents' network
/// @param headSeconds that a request's head, with a valid token where there has been none, may take
/// @param idleSeconds from the last request to the end of a connection that serves none
/// @param slowSeconds that a client may leave a full write buffer unread
/// @param waiting requests, of all connections of one event loop, whose connection has not taken its answers yet
public record ConnectionLimits(
        int most, int mostOfOne, int mostOfAddress, int headSeconds, int idleSeconds, int slowSeconds, int waiting) {

    int mostAnonymous() {
        return Math.max(1, most / 2);
    }
}
