package ai.openlegion.scenario;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// An agent gone bad: with its one token it makes requests of every route, every name it has heard of and every trick
/// that has ever opened a door somewhere.
final class Attacker {

    private static final List<String> METHODS = List.of(
            "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "FOO");

    private static final List<String> TYPES = List.of(
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "application/xml",
            "");

    private final String self;
    private final String token;
    private final List<String> names;
    private final int agentsPort;
    private final int controlPort;
    private final AttackBodies bodies;

    Attacker(Mesh mesh, String self, List<String> names) {
        this.self = self;
        this.names = names;
        token = mesh.token(self);
        agentsPort = mesh.port();
        controlPort = mesh.controlPort();
        bodies = new AttackBodies(self, names);
    }

    /// What a route is meant for, done to each name in turn: the request that succeeds where a check is missing.
    List<Shot> plain(RouteTable route) {
        boolean control = isControl(route);
        String method = route.methods().equals("ANY") ? "GET" : route.methods();
        List<Shot.Header> headers = List.of(
                new Shot.Header("Host", "127.0.0.1:" + (control ? controlPort : agentsPort)),
                new Shot.Header("Authorization", "Bearer " + token),
                new Shot.Header("Content-Type", "application/json"));
        boolean carries = method.matches("POST|PUT|PATCH");
        boolean open = route.path().contains(":") || route.path().endsWith("/");
        List<Shot> shots = new ArrayList<>();
        for (String name : open || carries ? names : names.subList(0, 1)) {
            for (boolean second : new boolean[] {false, true}) {
                String path = filled(route.path(), () -> name) + (second ? "?topic=" + name : "");
                byte[] body = carries ? bodies.meant(name, second) : new byte[0];
                shots.add(new Shot(control, method, path, headers, body, true, second));
            }
            if (!open || control) {
                continue;
            }
            String listed = route.path().replaceAll("/:?[a-z]*$", "/") + "?limit=1000&prefix=" + name;
            shots.add(new Shot(control, method, listed, headers, new byte[0], true, false));
        }
        shots.add(new Shot(control, method, route.path() + "?prefix=&after=", headers, new byte[0], true, false));
        return shots;
    }

    private static boolean isControl(RouteTable route) {
        return route.permission().contains("OPERATOR") || route.permission().contains("SIGNED");
    }

    /// One request against a route, in disguise.
    Shot disguised(RouteTable route, Random random) {
        boolean control = random.nextInt(4) == 0 ? random.nextBoolean() : isControl(route);
        String method =
                route.methods().equals("ANY") || random.nextInt(6) == 0 ? pick(random, METHODS) : route.methods();
        String target = disguised(filled(route.path(), () -> pick(random, names)), random, control) + query(random);
        List<Shot.Header> headers = new ArrayList<>();
        headers.add(new Shot.Header("Host", "127.0.0.1:" + (control ? controlPort : agentsPort)));
        boolean http2 = random.nextInt(4) == 0;
        boolean authenticates = credentials(headers, random);
        trimmings(headers, random, control, http2);
        boolean carries = method.matches("POST|PUT|PATCH") || random.nextInt(20) == 0;
        if (carries) {
            headers.add(
                    new Shot.Header("Content-Type", random.nextInt(4) > 0 ? TYPES.getFirst() : pick(random, TYPES)));
        }
        byte[] body = carries ? bodies.next(random) : new byte[0];
        return new Shot(control, method, target, List.copyOf(headers), body, authenticates, http2);
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /// The route's path with names for what it leaves open.
    private static String filled(String path, Supplier<String> names) {
        StringBuilder filled = new StringBuilder();
        for (String segment : path.split("(?<=/)")) {
            String open = segment.endsWith("/") ? segment.substring(0, segment.length() - 1) : segment;
            String rest = segment.substring(open.length());
            filled.append(open.startsWith(":") || open.equals("*") ? names.get() : open)
                    .append(rest);
        }
        // Vert.x tells a route's path without the star that it ends in
        return path.endsWith("/") ? filled + names.get() : filled.toString();
    }

    private String disguised(String path, Random random, boolean control) {
        String other = pick(random, names);
        List<UnaryOperator<String>> tricks = List.of(
                same -> same,
                same -> same,
                p -> at(p, random, c -> "%" + hex(c)),
                p -> at(p, random, c -> "%25" + hex(c)),
                p -> at(p, random, c -> "%" + hex(c).toLowerCase(Locale.ROOT)),
                p -> all(p, c -> c == '/' ? "/" : "%" + hex(c)),
                p -> all(p, c -> "%" + hex(c)),
                p -> p.replace("/", "%2f"),
                p -> at(p, random, c -> String.valueOf(Character.toUpperCase(c))),
                p -> p.toUpperCase(Locale.ROOT),
                p -> p + "/",
                p -> p + "//",
                p -> p.replaceFirst("/", "//"),
                p -> "//127.0.0.1" + p,
                p -> "/." + p,
                p -> "/x/.." + p,
                p -> "/healthz/.." + p,
                p -> "/healthz;" + p,
                p -> "/healthz%2f.." + p,
                p -> "/mesh/blackboard/own/../../.." + p,
                p -> "/mesh/blackboard/own/%2e%2e/%2e%2e/%2e%2e" + p,
                p -> "/mesh/blackboard/own/../" + other,
                p -> "/mesh/blackboard/own/%2e%2e/" + other,
                p -> "/mesh/blackboard/own%2f..%2f" + other,
                p -> "/mesh/blackboard/own/..;/" + other,
                p -> "/mesh/blackboard/own/..%00/" + other,
                p -> "/mesh/blackboard/own/%252e%252e/" + other,
                p -> "/mesh/blackboard/./" + other,
                p -> "/mesh/blackboard//" + other,
                p -> "/mesh/blackboard/own\\..\\" + other,
                p -> "/mesh/blackboard/" + other + "%00own/x",
                p -> "/mesh/blackboard/" + other + "\t",
                p -> "/mesh/inbox/../inbox",
                p -> "/mesh/service/books/%2e%2e/" + other,
                p -> "/mesh/service/books/../../" + other,
                p -> "/mesh/service/sim/chat/completions",
                p -> p + ";agent=" + other,
                p -> p + ";/../" + other,
                p -> p + "%00",
                p -> p + "%00.json",
                p -> p + "%0d%0aX-Agent-Id:%20" + other,
                p -> p + "%c0%af" + other,
                p -> p + "%c0%ae%c0%ae/" + other,
                p -> p + "%ef%bc%8f" + other,
                p -> p + "%u002f" + other,
                p -> p + "%zz",
                p -> p + "%",
                p -> p + ".json",
                p -> p + "\u00e9\u00ff",
                p -> p + "#" + other,
                p -> p + "\\..\\" + other,
                p -> p + "/../" + other,
                p -> p.substring(0, p.length() - 1),
                p -> "http://127.0.0.1:" + (control ? controlPort : agentsPort) + p,
                p -> "http://127.0.0.1:" + (control ? agentsPort : controlPort) + p,
                p -> "http://evil.example" + p,
                p -> "https://" + other + "@127.0.0.1" + p,
                p -> p.substring(1),
                p -> "*",
                p -> "/" + "a/".repeat(200) + p,
                p -> p + "/" + "..%2f".repeat(50));
        return pick(random, tricks).apply(path);
    }

    private static String hex(char c) {
        return String.format(Locale.ROOT, "%02X", (int) c);
    }

    private interface Escape {
        String of(char c);
    }

    private static String at(String path, Random random, Escape escape) {
        int at = random.nextInt(path.length());
        return path.substring(0, at) + escape.of(path.charAt(at)) + path.substring(at + 1);
    }

    private static String all(String path, Escape escape) {
        StringBuilder all = new StringBuilder();
        for (int at = 0; at < path.length(); at++) {
            all.append(escape.of(path.charAt(at)));
        }
        return all.toString();
    }

    private String query(Random random) {
        String other = pick(random, names);
        return pick(
                random,
                List.of(
                        "",
                        "",
                        "",
                        "?agent_id=" + self,
                        "?agent_id=" + other,
                        "?agent_id=" + self + "&agent_id=" + other,
                        "?agent_id=" + other + "&agent_id=" + self,
                        "?agent_id%5B%5D=" + other,
                        "?%61gent_id=" + other,
                        "?AGENT_ID=" + other + "&agentId=" + other + "&agent=" + other + "&from=" + other,
                        "?agent_id=" + self + "%00" + other,
                        "?agent_id",
                        "?agent_id=%zz",
                        "?agent_id=%ff%fe",
                        "?;agent_id=" + other,
                        "?topic=" + other,
                        "?topic=news",
                        "?topic=news&topic=" + other,
                        "?topic=" + other + "&topic=news",
                        "?prefix=&limit=1000",
                        "?prefix=" + other + "&limit=1000&after=",
                        "?prefix=own/&after=" + other,
                        "?limit=-1",
                        "?limit=99999999999999999999",
                        "?after=0&wait=0&limit=1000",
                        "?after=-1",
                        "?ttl=1",
                        "?ttl=x",
                        "?section=all",
                        "?section=" + other,
                        "?section=fleet&agent=" + other,
                        "?token=" + token,
                        "?access_token=" + token + "&key=" + token,
                        "?_method=DELETE&method=GET",
                        "?internal=true&admin=1&debug=1&trusted=mesh",
                        "?client_version=1",
                        "?x=" + "y".repeat(3000),
                        "?x=%c0%af&y=\u00ff",
                        "??&&==&%",
                        "?" + "a=1&".repeat(300)));
    }

    /// Adds what should say who is calling; whether it says so without a doubt.
    private boolean credentials(List<Shot.Header> headers, Random random) {
        String other = pick(random, names);
        switch (random.nextInt(26)) {
            case 0 -> headers.add(new Shot.Header("x-api-key", token));
            case 1 -> headers.add(new Shot.Header("X-Goog-Api-Key", token));
            case 2 -> headers.add(new Shot.Header("AUTHORIZATION", "bEaReR   " + token + "  "));
            case 3 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + token));
                headers.add(new Shot.Header("x-api-key", token));
            }
            case 4 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + token));
                headers.add(new Shot.Header("x-api-key", other));
                return false;
            }
            case 5 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + token));
                headers.add(new Shot.Header("Authorization", "Bearer " + other));
                return false;
            }
            case 6 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + token + ", Bearer " + other));
                return false;
            }
            case 7 -> {
                headers.add(new Shot.Header(
                        "Authorization",
                        "Basic "
                                + java.util.Base64.getEncoder()
                                        .encodeToString((other + ":" + token).getBytes(StandardCharsets.UTF_8))));
                return false;
            }
            case 8 -> {
                headers.add(new Shot.Header("Cookie", "token=" + token + "; session=" + other + "; agent=" + other));
                return false;
            }
            case 9 -> {
                return false;
            }
            case 10 -> {
                headers.add(new Shot.Header("Authorization", "Bearer "));
                return false;
            }
            case 11 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + token.substring(0, token.length() - 1)));
                return false;
            }
            case 12 -> {
                headers.add(new Shot.Header("Authorization", token));
                return false;
            }
            case 13 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + other));
                headers.add(new Shot.Header("Proxy-Authorization", "Bearer " + token));
                return false;
            }
            case 14 -> {
                headers.add(new Shot.Header("Authorization", "Bearer " + token.toLowerCase(Locale.ROOT)));
                return false;
            }
            case 15 -> {
                headers.add(new Shot.Header("Authorization", "Bearer \u00e9\u00ff" + token));
                return false;
            }
            default -> headers.add(new Shot.Header("Authorization", "Bearer " + token)); // open: as it should be
        }
        return true;
    }

    private void trimmings(List<Shot.Header> headers, Random random, boolean control, boolean http2) {
        String other = pick(random, names);
        int port = control ? controlPort : agentsPort;
        List<Shot.Header> more = List.of(
                new Shot.Header("X-Agent-Id", other),
                new Shot.Header("X-Agent-ID", "mesh"),
                new Shot.Header("X-OpenLegion-Agent", other),
                new Shot.Header("X-Mesh-Internal", "1"),
                new Shot.Header("X-Mesh-Internal", "true"),
                new Shot.Header("X-Mesh-Agent", "operator"),
                new Shot.Header("X-Forwarded-For", "127.0.0.1"),
                new Shot.Header("X-Forwarded-User", other),
                new Shot.Header("X-Forwarded-Host", "localhost:" + controlPort),
                new Shot.Header("X-Forwarded-Proto", "https"),
                new Shot.Header("X-Forwarded-Prefix", "/control"),
                new Shot.Header("Forwarded", "for=127.0.0.1;host=localhost"),
                new Shot.Header("X-Real-IP", "127.0.0.1"),
                new Shot.Header("X-Original-URL", "/control/agents"),
                new Shot.Header("X-Rewrite-URL", "/mesh/blackboard/vault/plan"),
                new Shot.Header("X-HTTP-Method-Override", "DELETE"),
                new Shot.Header("X-Method-Override", "PUT"),
                new Shot.Header("Origin", "http://evil.example"),
                new Shot.Header("Origin", "null"),
                new Shot.Header("Origin", "http://127.0.0.1:" + port),
                new Shot.Header("Referer", "http://127.0.0.1:" + controlPort + "/control"),
                new Shot.Header("Cookie", "operator=1; token=" + other),
                new Shot.Header("Accept", "text/event-stream"),
                new Shot.Header("Accept-Encoding", "gzip, br"),
                new Shot.Header("Last-Event-ID", "0"),
                new Shot.Header("Last-Event-ID", "-1'"),
                new Shot.Header("Idempotency-Key", other),
                new Shot.Header("If-Match", "*"),
                new Shot.Header("If-None-Match", "*"),
                new Shot.Header("Range", "bytes=0-"),
                new Shot.Header("anthropic-version", "2023-06-01"),
                new Shot.Header("Expect", "100-continue"),
                new Shot.Header("X-OpenLegion-Timestamp", "0"),
                new Shot.Header("X-OpenLegion-Signature", "v1=" + "0".repeat(64)),
                new Shot.Header("X-Request-Id", other + "\tx"),
                new Shot.Header("X-Long", "z".repeat(4000)));
        for (int i = random.nextInt(4); i > 0; i--) {
            headers.add(pick(random, more));
        }
        if (!http2 && random.nextInt(10) == 0) {
            headers.set(
                    0,
                    new Shot.Header(
                            "Host",
                            pick(
                                    random,
                                    List.of(
                                            "127.0.0.1:" + controlPort,
                                            "localhost:" + agentsPort,
                                            "evil.example",
                                            "",
                                            "127.0.0.1:" + port + "@evil.example",
                                            "[::1]:" + port))));
        }
        if (!http2 && random.nextInt(20) == 0) {
            headers.add(new Shot.Header("Host", "127.0.0.1:" + controlPort));
        }
    }
}
