package ai.openlegion.gateway;

import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/// Which headers pass between an agent and a service.
final class ServiceHeaders {

    /// Never sent on: whose credential it is, how the message is framed, where it came from and where it should go
    /// instead. Whatever else an SDK sends is between it and its service.
    private static final Set<String> KEPT_HERE = Set.of(
            // the agent's credential and its name here
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "x-goog-api-key",
            "cookie",
            "cookie2",
            // the connection (RFC 9110, 7.6.1)
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "host",
            "content-length",
            "expect",
            // what is sent back is searched for credentials, so it must not be compressed
            "accept-encoding",
            // the way here
            "forwarded",
            "via",
            "x-real-ip",
            // another path or method than the one that was decided on
            "x-original-url",
            "x-original-uri",
            "x-rewrite-url",
            "x-http-method",
            "x-http-method-override",
            "x-method-override");

    /// With these an agent would get an answer in pieces that are too short to find its own credentials in.
    private static final Set<String> OF_PARTS = Set.of("range", "if-range");

    /// What a service may tell an agent besides its body; never `set-cookie`, `server` or anything that names where it
    /// lives.
    private static final Set<String> TOLD = Set.of(
            "content-type",
            "content-disposition",
            "content-language",
            "content-range",
            "accept-ranges",
            "cache-control",
            "etag",
            "expires",
            "last-modified",
            "retry-after",
            "retry-after-ms",
            "x-should-retry",
            "request-id");

    private static final int LONGEST_VALUE = 1024;

    private ServiceHeaders() {}

    /// Hands over what of an agent's headers is sent on.
    ///
    /// @param credentialHeader of the service, in lower case, which only the mesh sets
    /// @param hasHandles whether the service may get credentials of agents, and so may repeat them
    /// @param token of the agent: a header that holds it stays here, whatever its name
    static void toService(
            MultiMap headers,
            String credentialHeader,
            boolean hasHandles,
            String token,
            BiConsumer<String, String> taker) {
        Set<String> named = namedByConnection(headers);
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean stays = KEPT_HERE.contains(name)
                    || named.contains(name)
                    || name.equals(credentialHeader)
                    || (hasHandles && OF_PARTS.contains(name))
                    || name.startsWith("x-openlegion-")
                    || name.startsWith("x-forwarded-")
                    || name.startsWith(":")
                    || header.getValue().contains(token)
                    || !isPlain(header.getValue());
            if (!stays) {
                taker.accept(name, header.getValue());
            }
        }
    }

    private static Set<String> namedByConnection(MultiMap headers) {
        Set<String> names = new HashSet<>();
        for (String value : headers.getAll("connection")) {
            for (String name : value.split(",", -1)) {
                names.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }

    /// Hands over what of a service's headers the agent gets.
    ///
    /// @param harmless takes credentials out of a value
    static void toAgent(MultiMap headers, UnaryOperator<String> harmless, BiConsumer<String, String> taker) {
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean told = TOLD.contains(name) || name.startsWith("x-ratelimit-") || name.startsWith("ratelimit");
            if (told && header.getValue().length() <= LONGEST_VALUE && isPlain(header.getValue())) {
                taker.accept(name, harmless.apply(header.getValue()));
            }
        }
    }

    private static boolean isPlain(String value) {
        return value.chars().allMatch(c -> (c >= ' ' && c != 0x7f) || c == '\t');
    }
}
