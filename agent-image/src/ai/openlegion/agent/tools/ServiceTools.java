package ai.openlegion.agent.tools;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.mesh.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// `http_request`: to services that the mesh is configured for, with credentials that only it knows.
final class ServiceTools {

    private static final int ANSWER_BYTES = 100_000;
    private static final int BODY_CHARS = 1_000_000;
    private static final int SECONDS = 30;
    private static final int MOST_SECONDS = 120;
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7E\\t]{0,4000}");

    /// What the mesh or the connection decides.
    private static final Set<String> TAKEN = Set.of(
            "authorization", "connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

    private ServiceTools() {}

    static List<Tool> of() {
        return List.of(new CheckedTool(
                "http_request",
                "Calls a service that the mesh knows by name; the mesh adds the credentials. No other address can be"
                        + " reached. Gives back status, headers and body, at most " + ANSWER_BYTES + " bytes of it.",
                List.of(
                        Parameter.text("service", "The service's name", 64),
                        Parameter.text("path", "Path and query below the service's own address", 8_000)
                                .orEmpty()
                                .optional(),
                        Parameter.text("method", "GET, unless said", 16).optional(),
                        Parameter.object("headers", "Further headers").optional(),
                        Parameter.text("body", "The request's body as text", BODY_CHARS).optional(),
                        Parameter.object("json", "The request's body as an object, instead of a text").optional(),
                        Parameter.whole("timeout", "Seconds, " + SECONDS + " unless said", 1, MOST_SECONDS)
                                .optional()),
                Duration.ofSeconds(MOST_SECONDS + 10),
                (context, arguments) -> request(context.mesh(), arguments)));
    }

    private static Object request(Mesh mesh, Members arguments)
            throws IOException, InterruptedException, WrongArgument {
        String method = arguments.text("method").orElse("GET").toUpperCase(Locale.ROOT);
        if (!METHODS.contains(method)) {
            throw new WrongArgument("method must be one of " + String.join(", ", METHODS.stream().sorted().toList()));
        }
        if (arguments.any("body").isPresent() && arguments.any("json").isPresent()) {
            throw new WrongArgument("only one of body and json can be given");
        }
        Map<String, String> headers = headers(arguments.object("headers"));
        Optional<String> body = arguments.text("body");
        if (arguments.any("json").isPresent()) {
            body = Optional.of(Json.write(arguments.object("json").all()));
            headers.putIfAbsent("content-type", "application/json");
        } else if (body.isPresent()) {
            headers.putIfAbsent("content-type", "text/plain; charset=utf-8");
        }
        Duration deadline = Duration.ofSeconds(arguments.whole("timeout").orElse((long) SECONDS));
        return answer(mesh.send(method, address(arguments), body, headers, deadline));
    }

    private static String address(Members arguments) throws WrongArgument {
        String service = arguments.text("service").orElseThrow();
        if (!NAME.matcher(service).matches()) {
            throw new WrongArgument("service must be the name of one, not an address");
        }
        String path = arguments.text("path").orElse("");
        path = path.startsWith("/") ? path.substring(1) : path;
        String folders = path.replaceFirst("\\?.*", "");
        if (folders.contains("//") || List.of(folders.split("/")).contains("..") || folders.contains("#")) {
            throw new WrongArgument("path must have no .., no empty part and no #");
        }
        return "/mesh/service/" + service + "/" + MeshCalls.address(path);
    }

    private static Map<String, String> headers(Members given) throws WrongArgument {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, Object> each : given.all().entrySet()) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            if (!HEADER.matcher(name).matches()
                    || !(each.getValue() instanceof String value)
                    || !HEADER_VALUE.matcher(value).matches()) {
                throw new WrongArgument("headers must be names with texts of printable ASCII");
            }
            if (TAKEN.contains(name)) {
                throw new WrongArgument("the header " + name + " is not for a tool to set");
            }
            headers.put(name, value);
        }
        return headers;
    }

    private static Object answer(Reply reply) {
        Map<String, Object> headers = new LinkedHashMap<>();
        reply.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", reply.status());
        answer.put("headers", headers);
        answer.put("body", new String(reply.body(), 0, Math.min(reply.body().length, ANSWER_BYTES), StandardCharsets.UTF_8));
        if (reply.body().length > ANSWER_BYTES) {
            answer.put("truncated", true);
        }
        return answer;
    }
}
