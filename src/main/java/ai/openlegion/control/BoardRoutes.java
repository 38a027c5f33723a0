package ai.openlegion.control;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.blackboard.BlackboardKey;
import ai.openlegion.blackboard.EntryJson;
import ai.openlegion.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The blackboard as the operator sees it: all of it.
final class BoardRoutes {

    private static final String LIST = "/control/blackboard";
    private static final String ENTRY = LIST + "/";

    private final Bus bus;

    BoardRoutes(Bus bus) {
        this.bus = bus;
    }

    void add(OperatorRoutes routes) {
        routes.get(LIST, this::list);
        routes.get(ENTRY + "*", this::entry);
    }

    /// An array in the order of the keys. Where more may follow, a `Link` header says where.
    private Future<Answer> list(RoutingContext context) {
        HttpServerRequest request = context.request();
        OptionalLong limit = Page.limit(context);
        if (limit.isEmpty()) {
            return Future.succeededFuture(Page.badLimit());
        }
        String prefix = request.getParam("prefix", "");
        return bus.ask(Blackboard.LIST, new Blackboard.ListEntries(null, prefix, request.getParam("after"), (int)
                        limit.getAsLong()))
                .map(listed -> switch (listed) {
                    case Blackboard.Page(List<Blackboard.Entry> entries, boolean more) -> {
                        if (more && !entries.isEmpty()) {
                            String next = LIST + "?prefix=" + encoded(prefix) + "&limit=" + limit.getAsLong()
                                    + "&after=" + encoded(entries.getLast().key());
                            context.response().putHeader("link", "<" + next + ">; rel=\"next\"");
                        }
                        yield Answer.ok(json -> {
                            json.writeStartArray();
                            for (Blackboard.Entry entry : entries) {
                                EntryJson.write(json, entry);
                            }
                            json.writeEndArray();
                        });
                    }
                    case Blackboard.Unavailable() -> Answers.storeUnavailable();
                });
    }

    /* Vert.x decodes and normalises paths; a key is taken from what was sent. */
    private Future<Answer> entry(RoutingContext context) {
        String path = context.request().path();
        String raw = path != null && path.startsWith(ENTRY) ? path.substring(ENTRY.length()) : "";
        if (raw.isEmpty()) {
            return list(context);
        }
        Optional<String> key = BlackboardKey.decode(raw);
        Optional<String> flaw = key.flatMap(BlackboardKey::flaw);
        if (key.isEmpty() || flaw.isPresent()) {
            return Future.succeededFuture(
                    Answer.refused(400, "the key " + flaw.orElse("is not well-formed percent-encoded UTF-8")));
        }
        return bus.ask(Blackboard.GET, new Blackboard.Get(key.get())).map(found -> switch (found) {
            case Blackboard.Present(Blackboard.Entry entry) -> Answer.ok(json -> EntryJson.write(json, entry));
            case Blackboard.Absent() -> Answer.refused(404, "there is no such key");
            case Blackboard.Unavailable() -> Answers.storeUnavailable();
        });
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
