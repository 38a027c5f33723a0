package ai.openlegion.routes;

import java.security.SecureRandom;

/// Ids by which a response, the log and the audit name one request, for one event loop: unique across restarts and
/// loops by a random start, cheap by counting on from it.
public final class RequestIds {

    private long next = new SecureRandom().nextLong() & Long.MAX_VALUE;

    /// An id that was not given before.
    public String next() {
        return "req_" + Long.toString(next++ & Long.MAX_VALUE, 36);
    }
}
