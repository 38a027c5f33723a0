package ai.openlegion.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The reading of a URL that calls are sent to.
final class BaseUrl {

    private static final Set<String> LOOPBACK = Set.of("localhost", "[::1]");

    private BaseUrl() {}

    /// An absolute http or https URL, without a trailing slash; a problem and empty when it is none.
    static Optional<URI> read(Tree tree, String key) {
        return tree.text(key).flatMap(text -> parse(text, tree, key));
    }

    /// Whether it is plain http to another machine, which shows the credential to the network.
    static boolean isExposed(URI url) {
        String host = url.getHost().toLowerCase(Locale.ROOT);
        return url.getScheme().equals("http") && !LOOPBACK.contains(host) && !host.startsWith("127.");
    }

    private static Optional<URI> parse(String text, Tree tree, String key) {
        URI url;
        try {
            String trimmed = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
            url = new URI(trimmed);
        } catch (URISyntaxException malformed) {
            tree.problem(key, "must be a URL such as https://api.example.com/v1");
            return Optional.empty();
        }
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null || url.getPort() > 65_535) {
            tree.problem(key, "must be an http or https URL with a host, such as https://api.example.com/v1");
        } else if (url.getRawUserInfo() != null) {
            tree.problem(key, "must not hold a user or password; name a credential instead");
        } else if (url.getRawQuery() != null || url.getRawFragment() != null) {
            tree.problem(key, "must not hold a query or fragment");
        } else if (url.getPort() == 0) {
            tree.problem(key, "must not name port 0");
        } else {
            return Optional.of(url);
        }
        return Optional.empty();
    }
}
