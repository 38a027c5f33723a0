package ai.openlegion.gateway;

import ai.openlegion.catalogue.Service;
import ai.openlegion.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A request target of the pass-through door, read as it came on the wire: which service, and what below its base URL.
///
/// What a server might read as another place than the one that was decided on is refused, not repaired.
///
/// @param below from its slash; empty for the base URL itself
record ServicePath(String service, String below, @Nullable String query) {

    /// Where the door is.
    static final String DOOR = "/mesh/service";

    private static final String PREFIX = DOOR + "/";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    /// What may stand in a path besides letters, digits, slashes and escapes (RFC 3986, `pchar`).
    private static final String MARKS = "-._~!$&'()*+,;=:@";

    /// Whether a target belongs to the door, well-formed or not.
    static boolean concerns(String target) {
        return target.startsWith(DOOR)
                && (target.length() == DOOR.length() || "/?".indexOf(target.charAt(DOOR.length())) >= 0);
    }

    /// Reads a target; null where it is refused.
    static @Nullable ServicePath read(String target) {
        if (!target.startsWith(PREFIX)) {
            return null; // an absolute form, or a path that only becomes ours when it is normalised
        }
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? null : target.substring(question + 1);
        int slash = path.indexOf('/', PREFIX.length());
        String name = path.substring(PREFIX.length(), slash < 0 ? path.length() : slash);
        String below = slash < 0 ? "" : path.substring(slash);
        return NAME.matcher(name).matches() && isClean(below) && (query == null || isCleanQuery(query))
                ? new ServicePath(name, below, query)
                : null;
    }

    /// What is asked of the service below its base URL.
    String target() {
        return query == null ? below : below + "?" + query;
    }

    /// Whether every server reads this path as the same place below the base: no empty or dotted segment, no backslash,
    /// no control character, also not behind an escape; an escaped `%` could hide them from one decoding.
    static boolean isClean(String path) {
        if (!path.isEmpty() && path.charAt(0) != '/') {
            return false;
        }
        var decoded = new ByteArrayOutputStream(path.length());
        for (int at = 0; at < path.length(); at++) {
            char c = path.charAt(at);
            if (c == '%') {
                int value = at + 2 < path.length() ? escape(path, at + 1) : -1;
                if (value < 0 || value == '.' || value == '/' || value == '\\' || value == '%') {
                    return false;
                }
                decoded.write(value);
                at += 2;
            } else if (c < 0x80 && (Character.isLetterOrDigit(c) || c == '/' || MARKS.indexOf(c) >= 0)) {
                decoded.write(c);
            } else {
                return false;
            }
        }
        byte[] bytes = decoded.toByteArray();
        if (!StrictJson.isUtf8(bytes)) {
            return false;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.chars().noneMatch(Character::isISOControl) && areSegmentsClean(path);
    }

    private static boolean areSegmentsClean(String path) {
        if (path.contains("..") || path.contains("//")) {
            return false;
        }
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.startsWith(".;")) {
                return false;
            }
        }
        return true;
    }

    private static int escape(String path, int at) {
        int high = digit(path.charAt(at));
        int low = digit(path.charAt(at + 1));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static int digit(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    /// Whether a query is printable ASCII without a fragment.
    static boolean isCleanQuery(String query) {
        return query.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#' && c != '\\');
    }

    /// Where on this door a redirect of the service leads; null where that is not below its base URL.
    static @Nullable String redirected(Service service, String target, String location) {
        URI base = service.baseUrl();
        URI to;
        try {
            String origin = base.getScheme() + "://" + base.getRawAuthority();
            String basePath = base.getRawPath() == null ? "" : base.getRawPath();
            int question = target.indexOf('?');
            String asked = basePath + (question < 0 ? target : target.substring(0, question));
            to = new URI(origin + (asked.startsWith("/") ? asked : "/" + asked)).resolve(new URI(location));
        } catch (URISyntaxException | IllegalArgumentException malformed) {
            return null;
        }
        String basePath = base.getRawPath() == null ? "" : base.getRawPath();
        String path = to.getRawPath() == null ? "" : to.getRawPath();
        boolean within = base.getScheme().equalsIgnoreCase(to.getScheme())
                && lower(base.getHost()).equals(lower(to.getHost()))
                && port(base) == port(to)
                && to.getRawUserInfo() == null
                && path.startsWith(basePath)
                && isClean(path.substring(basePath.length()))
                && (to.getRawQuery() == null || isCleanQuery(to.getRawQuery()));
        return within
                ? PREFIX
                        + service.name()
                        + path.substring(basePath.length())
                        + (to.getRawQuery() == null ? "" : "?" + to.getRawQuery())
                : null;
    }

    private static String lower(@Nullable String host) {
        return host == null ? "" : host.toLowerCase(Locale.ROOT);
    }

    private static int port(URI url) {
        return url.getPort() > 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }
}
