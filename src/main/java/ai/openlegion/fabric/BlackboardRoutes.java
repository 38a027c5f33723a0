package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Glob;
import ai.openlegion.acl.Operation;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.BlackboardKey;
import ai.openlegion.blackboard.EntryJson;
import ai.openlegion.json.Members;
import ai.openlegion.routes.Permission;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `/mesh/blackboard`: entries, claims and watches.
final class BlackboardRoutes {

    static final String PATH = "/mesh/blackboard/";

    private static final int MOST_ENTRIES = 1000;

    /// Of a watched pattern: every write is held against every pattern, and what that takes grows with their lengths.
    private static final int WATCHED_CHARS = 128;

    private static final long MOST_TTL_SECONDS = 10L * 365 * 86_400;

    private BlackboardRoutes() {}

    static void add(Router router, Crossings crossings) {
        crossings.json(
                router,
                HttpMethod.POST,
                PATH + "claim",
                Permission.of(Operation.WRITE),
                Crossing.BLACKBOARD_WRITE,
                BlackboardRoutes::claim);
        crossings.json(
                router,
                HttpMethod.POST,
                PATH + "watch",
                Permission.of(Operation.READ),
                Crossing.WATCH,
                BlackboardRoutes::watch);
        crossings.plain(
                router,
                HttpMethod.GET,
                PATH + "*",
                Permission.of(Operation.READ),
                Crossing.BLACKBOARD_READ,
                BlackboardRoutes::get);
        crossings.bodied(
                router,
                HttpMethod.PUT,
                PATH + "*",
                Permission.of(Operation.WRITE),
                Crossing.BLACKBOARD_WRITE,
                Input.VALUE_BYTES,
                BlackboardRoutes::put);
        crossings.plain(
                router,
                HttpMethod.DELETE,
                PATH + "*",
                Permission.of(Operation.WRITE),
                Crossing.BLACKBOARD_WRITE,
                BlackboardRoutes::delete);
    }

    /// The key that a raw path names; null where it names none, which has been answered. The path is not the router's,
    /// which is normalised: `..` must be seen as what it is.
    private static @Nullable String key(Visit visit) {
        String path = visit.path();
        if (!path.startsWith(PATH)) {
            visit.refuse(400, "The path must begin with " + PATH);
            return null;
        }
        String key = BlackboardKey.decode(path.substring(PATH.length())).orElse(null);
        if (key == null) {
            visit.refuse(400, "The key is not percent-encoded UTF-8");
            return null;
        }
        return isKey(visit, key) ? key : null;
    }

    private static boolean isKey(Visit visit, String key) {
        String flaw = BlackboardKey.flaw(key).orElse(null);
        if (flaw != null) {
            visit.refuse(400, "The key " + flaw);
        }
        return flaw == null;
    }

    private static void get(Visit visit, Input input) {
        String path = visit.path();
        if (path.equals(PATH) || path.length() == PATH.length() - 1) {
            list(visit, input);
            return;
        }
        String key = key(visit);
        if (key == null || !visit.mayLook(Operation.READ, key, "blackboard.read")) {
            return;
        }
        visit.ask(Blackboard.GET, new Blackboard.Get(key), found -> {
            switch (found) {
                case Blackboard.Present present -> visit.ok(json -> EntryJson.write(json, present.entry()));
                case Blackboard.Absent absent -> notFound(visit);
                case Blackboard.Unavailable unavailable -> visit.unavailable();
            }
        });
    }

    private static void list(Visit visit, Input input) {
        String prefix = input.queryText("prefix", BlackboardKey.MAX_CHARS);
        String after = input.queryText("after", BlackboardKey.MAX_CHARS);
        int limit = (int) input.queryInteger("limit", MOST_ENTRIES, 1, MOST_ENTRIES);
        if (!isSound(visit, input)) {
            return;
        }
        var page = new Blackboard.ListEntries(visit.agent(), prefix == null ? "" : prefix, after, limit);
        visit.ask(Blackboard.LIST, page, listed -> {
            switch (listed) {
                case Blackboard.Page entries -> page(visit, page, entries);
                case Blackboard.Unavailable unavailable -> visit.unavailable();
            }
        });
    }

    /// The body is the bare array that clients know; that there is more is said as a link to it.
    private static void page(Visit visit, Blackboard.ListEntries asked, Blackboard.Page page) {
        if (page.more() && !page.entries().isEmpty()) {
            visit.response()
                    .putHeader(
                            "link",
                            "<" + PATH + "?prefix=" + encoded(asked.prefix()) + "&limit=" + asked.limit() + "&after="
                                    + encoded(page.entries().getLast().key()) + ">; rel=\"next\"");
        }
        visit.ok(json -> {
            json.writeStartArray();
            for (Entry each : page.entries()) {
                EntryJson.write(json, each);
            }
            json.writeEndArray();
        });
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static void put(Visit visit, byte[] body) {
        String key = key(visit);
        if (key == null) {
            return;
        }
        var input = new Input(visit.request().params(), null);
        long ttl = ttl(input);
        if (!isSound(visit, input)) {
            return;
        }
        Members value = Crossings.members(visit, body);
        if (value == null || !visit.may(Operation.WRITE, key, "blackboard.write")) {
            return;
        }
        visit.ask(
                Blackboard.PUT,
                new Blackboard.Put(visit.agent().value(), key, value.whole(), ttl, null),
                outcome -> written(visit, "blackboard.write", key, outcome));
    }

    private static long ttl(Input input) {
        return input.queryInteger("ttl", 0, 1, MOST_TTL_SECONDS);
    }

    private static void claim(Visit visit, Input input) {
        String key = input.name("key", BlackboardKey.MAX_CHARS);
        String value = input.object("value", null);
        long expected = input.integer("expected_version", 0, Long.MAX_VALUE);
        long ttl = ttl(input);
        if (!isSound(visit, input) || !isKey(visit, key) || !visit.may(Operation.WRITE, key, "blackboard.claim")) {
            return;
        }
        visit.ask(
                Blackboard.CLAIM,
                new Blackboard.Claim(visit.agent().value(), key, value, expected, ttl),
                outcome -> written(visit, "blackboard.claim", key, outcome));
    }

    private static void delete(Visit visit, Input input) {
        String key = key(visit);
        if (key == null || !visit.may(Operation.WRITE, key, "blackboard.delete")) {
            return;
        }
        visit.ask(
                Blackboard.DELETE,
                new Blackboard.Delete(visit.agent().value(), key),
                outcome -> written(visit, "blackboard.delete", key, outcome));
    }

    private static void written(Visit visit, String action, String key, Blackboard.Outcome outcome) {
        switch (outcome) {
            case Blackboard.Stored stored -> visit.ok(json -> EntryJson.write(json, stored.entry()));
            case Blackboard.Deleted deleted -> visit.done();
            case Blackboard.Absent absent -> {
                visit.undone(action, key, "not found");
                notFound(visit);
            }
            case Blackboard.Conflict conflict -> {
                visit.undone(action, key, "version conflict");
                visit.refuse(409, "Version conflict on key: it is at version " + conflict.currentVersion());
            }
            case Blackboard.AppendOnly appendOnly -> {
                visit.undone(action, key, "append-only");
                visit.refuse(409, appendOnly.why());
            }
            case Blackboard.Full full -> {
                visit.undone(action, key, "full");
                visit.refuse(507, "The blackboard is full: " + full.what());
            }
            case Blackboard.Unavailable unavailable -> visit.unavailable();
        }
    }

    private static void notFound(Visit visit) {
        visit.refuse(404, "Key not found");
    }

    /// Any pattern may be watched by who may read anything at all: what it then hears of is decided key by key.
    private static void watch(Visit visit, Input input) {
        String pattern = input.name("pattern", WATCHED_CHARS);
        if (!isSound(visit, input)) {
            return;
        }
        String flaw = Glob.flaw(pattern).orElse(null);
        if (flaw != null) {
            visit.refuse(400, "The pattern " + flaw);
            return;
        }
        Decision asKey = visit.fleet().policy().decide(visit.agent(), Operation.READ, pattern);
        if (asKey instanceof Decision.Denied denied
                && visit.fleet().policy().grants(visit.agent()).blackboardRead().isEmpty()) {
            visit.deny(denied, "blackboard.watch", pattern);
            return;
        }
        String rule = asKey instanceof Decision.Allowed ? asKey.rule() : "some key of blackboard_read";
        if (!visit.records("blackboard.watch", pattern, rule)) {
            return;
        }
        visit.ask(Blackboard.WATCH, new Blackboard.Watch(visit.agent(), pattern), outcome -> {
            switch (outcome) {
                case Blackboard.Watched watched ->
                    visit.ok(json -> {
                        json.writeStartObject();
                        json.writeBooleanField("watching", true);
                        json.writeStringField("pattern", pattern);
                        json.writeEndObject();
                    });
                case Blackboard.TooManyWatches tooMany -> {
                    visit.undone("blackboard.watch", pattern, "too many");
                    visit.refuse(409, "The agent watches " + tooMany.limit() + " patterns, the most it may");
                }
                case Blackboard.Unavailable unavailable -> visit.unavailable();
            }
        });
    }
}
