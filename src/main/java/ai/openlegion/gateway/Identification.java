package ai.openlegion.gateway;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import io.vertx.core.MultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who calls: the one token of a request and the agent it belongs to.
final class Identification {

    private static final List<String> KEY_HEADERS = List.of("x-api-key", "x-goog-api-key");
    private static final String BEARER = "bearer ";

    private final Loop loop;
    private int failures;

    Identification(Loop loop) {
        this.loop = loop;
    }

    /// A caller and the token that proved it.
    record Known(Caller caller, String token) {}

    /// The caller; null when there is no token, a wrong one, or two that differ.
    @Nullable
    Known identify(MultiMap headers, Fleet fleet) {
        String token = token(headers);
        Caller caller = token == null ? null : fleet.tokens().find(token);
        if (token == null || caller == null) {
            failed();
            return null;
        }
        return new Known(caller, token);
    }

    /// A request came without a token that opens the door, or with one that died before its body was there.
    void failed() {
        failures++;
    }

    private static @Nullable String token(MultiMap headers) {
        String token = null;
        for (String value : headers.getAll("authorization")) {
            if (!value.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    || (token != null
                            && !token.equals(value.substring(BEARER.length()).strip()))) {
                return null;
            }
            token = value.substring(BEARER.length()).strip();
        }
        for (String header : KEY_HEADERS) {
            for (String value : headers.getAll(header)) {
                if (token != null && !token.equals(value)) {
                    return null;
                }
                token = value;
            }
        }
        return token;
    }

    /// Records the failures since the last tick as one entry, so that a flood of wrong tokens cannot fill the audit.
    void onTick() {
        if (failures > 0) {
            var _ = loop.audit()
                    .offer(new AuditEntry(
                            loop.clock().millis(),
                            "unknown",
                            "authenticate",
                            "agent listener",
                            "denied: " + failures + " requests without a valid token",
                            "",
                            loop.fleets().current().revision(),
                            "",
                            "",
                            0));
            failures = 0;
        }
    }
}
