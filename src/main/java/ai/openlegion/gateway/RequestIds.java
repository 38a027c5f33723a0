package ai.openlegion.gateway;

import java.security.SecureRandom;

/// Ids for requests: unique across restarts and loops by a random start, cheap by counting on from it.
final class RequestIds {

    private long next = new SecureRandom().nextLong() & Long.MAX_VALUE;

    String next() {
        return "req_" + Long.toString(next++ & Long.MAX_VALUE, 36);
    }
}
