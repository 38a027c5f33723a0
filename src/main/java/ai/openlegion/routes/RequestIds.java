package ai.openlegion.routes;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/// The ids by which a response, the log and the audit name one request: `olr_`, eight random digits a run, a counter.
public final class RequestIds {

    private final String prefix;
    private final AtomicLong last = new AtomicLong();

    /// Ids that differ from those of every other run and listener.
    public RequestIds() {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        prefix = "olr_" + HexFormat.of().formatHex(random) + "_";
    }

    /// An id that was not given before.
    public String next() {
        return prefix + Long.toHexString(last.incrementAndGet());
    }
}
