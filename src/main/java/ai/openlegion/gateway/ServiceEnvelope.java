package ai.openlegion.gateway;

import ai.openlegion.catalogue.Service;
import ai.openlegion.gateway.ServiceCall.Asked;
import ai.openlegion.json.PlainJson;
import ai.openlegion.json.StrictJson;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.MultiMap;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The envelope of `POST /mesh/api` where it names another service than `llm`.
///
/// @param params the members of the JSON object `params`, as the agent wrote it
record ServiceEnvelope(
        String service,
        String action,
        byte[] params,
        long timeoutMillis,
        @Nullable String agentId) {

    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);
    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");
    private static final Pattern SPELLED = Pattern.compile("(?:(" + String.join("|", Service.METHODS) + ") )?(/[^ ]*)");

    /// Longer ones are refused by most servers.
    private static final int LONGEST_QUERY = 8 * 1024;

    /// What is written longer than that, in bytes, is not made into objects: escaped, a character takes twelve.
    private static final int LONGEST_PARAMS_OF_QUERY = 16 * LONGEST_QUERY;

    /// The envelope or what is wrong with it.
    sealed interface Reading {
        /// A well-formed envelope.
        record Whole(ServiceEnvelope envelope) implements Reading {}

        /// Not one.
        record Wrong(Refusal refusal) implements Reading {}
    }

    /// Whom an envelope is for.
    enum Addressee {
        /// A model, to talk; or so broken that the reader of these says how.
        CHAT,
        /// A model, for vectors.
        EMBED,
        /// A service besides the models.
        SERVICE
    }

    /// Whom a body is for, which decides how its `params` are read.
    static Addressee addressee(byte[] body) {
        if (!StrictJson.isUtf8Object(body)) {
            return Addressee.CHAT;
        }
        String service = null;
        String action = null;
        try (JsonParser parser = StrictJson.strict(body)) {
            var _ = parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    parser.skipChildren();
                } else if (name.equals("service")) {
                    service = parser.getText();
                } else if (name.equals("action")) {
                    action = parser.getText();
                }
                if (service != null && !service.equals("llm")) {
                    return Addressee.SERVICE;
                }
                if (service != null && action != null) {
                    break;
                }
            }
        } catch (IOException malformed) {
            return Addressee.CHAT;
        }
        return service != null && "embed".equals(action) ? Addressee.EMBED : Addressee.CHAT;
    }

    /// Reads a body that is for a service, or for vectors.
    static Reading read(byte[] body) {
        String service = "";
        String action = "";
        String agentId = null;
        double seconds = 30;
        byte[] params = NOTHING;
        try (JsonParser parser = StrictJson.strict(body)) {
            var _ = parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "service", "action", "agent_id" -> {
                        if (token != JsonToken.VALUE_STRING) {
                            return wrong(name + " must be a string", name);
                        }
                        String text = parser.getText();
                        service = name.equals("service") ? text : service;
                        action = name.equals("action") ? text : action;
                        agentId = name.equals("agent_id") ? text : agentId;
                    }
                    case "timeout" -> {
                        if (!token.isNumeric() || !(parser.getDoubleValue() > 0 && parser.getDoubleValue() <= 3600)) {
                            return wrong("timeout must be a number of seconds above 0 and at most 3600", name);
                        }
                        seconds = parser.getDoubleValue();
                    }
                    case "params" -> {
                        if (token != JsonToken.START_OBJECT) {
                            return wrong("params must be an object", name);
                        }
                        int start = (int) parser.currentTokenLocation().getByteOffset();
                        parser.skipChildren();
                        params = Arrays.copyOfRange(
                                body, start, (int) parser.currentLocation().getByteOffset());
                    }
                    default -> parser.skipChildren(); // open: unknown members of the envelope are ignored
                }
            }
            if (parser.nextToken() != null) {
                return malformed();
            }
        } catch (IOException malformed) {
            return malformed();
        }
        return new Reading.Whole(new ServiceEnvelope(service, action, params, (long) (seconds * 1000), agentId));
    }

    private static Reading malformed() {
        return new Reading.Wrong(Refusal.of(
                Refusal.Kind.MALFORMED,
                "The body must be one JSON object without duplicate keys, at most 64 levels deep"));
    }

    private static Reading wrong(String message, String param) {
        return new Reading.Wrong(Refusal.of(Refusal.Kind.INVALID, message, param));
    }

    /// What is asked for as long as nobody knows whether it may be.
    Asked unresolved() {
        return new Asked(service, "", action, MultiMap.caseInsensitiveMultiMap(), new byte[0]);
    }

    /// A request of the service, or why there is none.
    sealed interface Resolved {
        /// A request to send.
        record Request(Asked asked) implements Resolved {}

        /// An action or params that make none.
        record None(Refusal refusal) implements Resolved {}
    }

    /// Makes the request that the action stands for: a name of the service's configuration, a method and a path, or a
    /// path alone, which is a GET.
    Resolved resolve(Service known) {
        Service.Action named = known.actions().get(action);
        Matcher spelled = SPELLED.matcher(action);
        if (named == null && spelled.matches()) {
            named = new Service.Action(spelled.group(1) == null ? "GET" : spelled.group(1), spelled.group(2));
        }
        if (named == null) {
            named = known.actions().get(Service.ANY_ACTION);
        }
        if (named == null) {
            return new Resolved.None(Refusal.of(
                    Refusal.Kind.UNKNOWN_SERVICE,
                    "Unknown action: " + (action.length() > 200 ? action.substring(0, 200) + "…" : action),
                    "action"));
        }
        int question = named.path().indexOf('?');
        String path = question < 0 ? named.path() : named.path().substring(0, question);
        String query = question < 0 ? "" : named.path().substring(question + 1);
        if (!ServicePath.isClean(path) || !ServicePath.isCleanQuery(query)) {
            return new Resolved.None(Refusal.of(
                    Refusal.Kind.MALFORMED,
                    "The path of an action must not hold .., //, a backslash, a control character or an escape of these",
                    "action"));
        }
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("accept", Shapes.JSON)
                .add("accept-encoding", "identity")
                .add("user-agent", "openlegion");
        if (WITH_BODY.contains(named.method())) {
            headers.add("content-type", Shapes.JSON);
            return new Resolved.Request(new Asked(service, named.method(), target(path, query), headers, params));
        }
        var asked = new StringBuilder(query);
        String refused = addQuery(asked);
        if (refused != null) {
            return new Resolved.None(Refusal.of(
                    Refusal.Kind.INVALID,
                    "params of a " + named.method() + " are its query: texts, numbers, true, false and lists of these,"
                            + " at most " + LONGEST_QUERY + " characters",
                    refused));
        }
        return new Resolved.Request(
                new Asked(service, named.method(), target(path, asked.toString()), headers, new byte[0]));
    }

    private static String target(String path, String query) {
        return query.isEmpty() ? path : path + "?" + query;
    }

    /// Appends the params; answers with the name of the one that cannot be.
    private @Nullable String addQuery(StringBuilder query) {
        if (params.length > LONGEST_PARAMS_OF_QUERY) {
            return "params";
        }
        Map<String, @Nullable Object> members = PlainJson.readObject(new String(params, StandardCharsets.UTF_8));
        for (Map.Entry<String, @Nullable Object> member : members.entrySet()) {
            Object value = member.getValue();
            List<?> values = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
            for (Object each : values) {
                String text = text(each);
                if (text == null || query.length() + text.length() > LONGEST_QUERY) {
                    return "params." + member.getKey();
                }
                query.append(query.isEmpty() ? "" : "&")
                        .append(encoded(member.getKey()))
                        .append('=')
                        .append(encoded(text));
            }
        }
        return query.length() > LONGEST_QUERY ? "params" : null;
    }

    private static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case String text -> text;
            case Boolean truth -> truth.toString();
            case BigDecimal number when Math.abs((long) number.scale()) < 400 -> number.toPlainString();
            case null, default -> null; // open: an object, a list in a list, nothing
        };
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
