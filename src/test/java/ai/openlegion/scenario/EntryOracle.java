package ai.openlegion.scenario;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which requests of the attacker may succeed, by what its entry says; written without a look at how the mesh decides.
final class EntryOracle {

    private static final Set<String> ANYBODYS = Set.of(
            "HEAD /",
            "HEAD /api/hello",
            "GET /v1/models",
            "GET /mesh/model-health",
            "GET /mesh/agents",
            "GET /mesh/introspect",
            "GET /mesh/inbox",
            "GET /mesh/inbox/stream",
            "POST /mesh/inbox/ack",
            "POST /mesh/register",
            "DELETE /mesh/subscribe",
            "GET /mesh/blackboard",
            "GET /mesh/vault/list");

    private final boolean narrow;
    private final String self;
    private final Set<String> ownJobs;

    /// @param ownJobs the cron jobs that the attacker made, which grow as it makes them
    EntryOracle(String self, Set<String> ownJobs) {
        this.self = self;
        this.ownJobs = ownJobs;
        narrow = self.equals(PlantedFleet.NARROW);
    }

    /// Whether a 2xx is what the entry names.
    boolean mayPass(Shot shot) {
        String raw = shot.target().replaceFirst("^https?://[^/?#]*", "");
        String path = raw.replaceFirst("[?#].*$", "");
        String query = raw.contains("?") ? raw.substring(raw.indexOf('?') + 1) : "";
        String decoded = decoded(path.startsWith("/") ? path : "/" + path);
        if (decoded == null) {
            return false;
        }
        String place = shot.method() + " " + canonical(decoded);
        if (place.equals("GET /healthz")) {
            return true;
        }
        if (shot.control() || !shot.authenticates() || claimsAnother(query)) {
            return false;
        }
        Map<String, String> body = members(shot.body());
        boolean claims = body != null && body.containsKey("agent_id") && !self.equals(body.get("agent_id"));
        boolean reads = shot.method().equals("GET")
                || shot.method().equals("DELETE")
                || shot.method().equals("HEAD");
        if (ANYBODYS.contains(place)) {
            return reads || (body != null && !claims);
        }
        if (decoded.startsWith("/mesh/blackboard/own/") && !decoded.matches(".*/(\\.\\.|)(/.*)?")) {
            return narrow && (reads || (shot.method().equals("PUT") && body != null));
        }
        if (body == null && !reads && !place.startsWith("POST /mesh/subscribe")) {
            return false;
        }
        return !claims
                && switch (place) {
                    case "POST /mesh/message" -> mayMessage(body == null ? Map.of() : body);
                    case "POST /mesh/publish" -> narrow && body != null && "news".equals(body.get("topic"));
                    case "POST /mesh/subscribe" ->
                        narrow && query(query, "topic").equals(List.of("news"));
                    case "POST /mesh/blackboard/watch" -> narrow;
                    case "POST /mesh/blackboard/claim" ->
                        narrow
                                && body != null
                                && String.valueOf(body.get("key")).startsWith("own/");
                    case "GET /mesh/cron" -> narrow;
                    case "POST /mesh/cron" -> narrow && body != null && isAbsent(body, "workflow");
                    case "POST /mesh/vault/store" ->
                        narrow
                                && body != null
                                && String.valueOf(body.get("name"))
                                        .toLowerCase(Locale.ROOT)
                                        .startsWith("mine_");
                    default -> // open: what ends in a name
                        narrow && (isOwnJob(place) || place.startsWith("GET /mesh/vault/status/mine_"));
                };
    }

    private boolean isOwnJob(String place) {
        return place.matches("(PUT|DELETE) /mesh/cron/.*")
                && ownJobs.contains(place.substring(place.lastIndexOf('/') + 1));
    }

    private boolean mayMessage(Map<String, String> body) {
        boolean result = "orchestrator".equals(body.get("to")) && "task_result".equals(body.get("type"));
        return result || (narrow && PlantedFleet.FRIEND.equals(body.get("to")));
    }

    private static boolean isAbsent(Map<String, String> body, String member) {
        return !body.containsKey(member) || "null".equals(body.get(member));
    }

    private boolean claimsAnother(String query) {
        return query(query, "agent_id").stream().anyMatch(claimed -> !claimed.equals(self));
    }

    private static List<String> query(String query, String name) {
        return java.util.Arrays.stream(query.split("[&;]"))
                .map(pair -> pair.split("=", 2))
                .filter(pair -> name.equals(decoded(pair[0].replace('+', ' '))))
                .map(pair -> pair.length == 1 ? "" : String.valueOf(decoded(pair[1].replace('+', ' '))))
                .toList();
    }

    /// Percent-decoded once; null where that is not UTF-8, or holds a control character.
    private static @Nullable String decoded(String text) {
        var bytes = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); at++) {
            char each = text.charAt(at);
            if (each != '%') {
                bytes.write(each);
            } else if (text.substring(at + 1).matches("(?s)[0-9a-fA-F]{2}.*")) {
                bytes.write(Integer.parseInt(text.substring(at + 1, at + 3), 16));
                at += 2;
            } else {
                return null;
            }
        }
        try {
            String whole = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
            return whole.chars().anyMatch(Character::isISOControl) ? null : whole;
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }

    /// Without dot segments, empty segments and a slash at the end.
    private static String canonical(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                var _ = segments.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        return "/" + String.join("/", segments);
    }

    /// The members of a strict JSON object, with the text of those that are scalars; null where it is none.
    static @Nullable Map<String, String> members(byte[] body) {
        Map<String, String> members = new HashMap<>();
        try (JsonParser parser = new JsonFactory()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .createParser(body)) {
            var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            int depth = 1;
            String name = "";
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    return null;
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth > 64) {
                    return null;
                }
                if (token == JsonToken.FIELD_NAME && depth == 1) {
                    name = parser.currentName();
                    members.put(name, "(structure)");
                } else if (token.isScalarValue() && depth == 1) {
                    members.put(name, String.valueOf(parser.getText()));
                }
            }
            return parser.nextToken() == null ? members : null;
        } catch (IOException malformed) {
            return null;
        }
    }
}
