package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.messaging.Inbox;
import ai.openlegion.routes.Permission;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;

/// `/mesh/inbox`: an agent's own items, by long poll or as a stream, and their acknowledgement.
final class InboxRoutes {

    private static final String PATH = "/mesh/inbox";
    private static final int FETCHED_ITEMS = 100;
    private static final int MOST_ITEMS = 1000;
    private static final long FROM_ACKNOWLEDGED = -1;

    private final InboxReaders readers;

    private InboxRoutes(InboxReaders readers) {
        this.readers = readers;
    }

    static void add(Router router, Crossings crossings, InboxReaders readers) {
        var routes = new InboxRoutes(readers);
        crossings.plain(router, HttpMethod.GET, PATH + "/stream", Permission.AGENT, Crossing.INBOX, routes::stream);
        crossings.plain(router, HttpMethod.GET, PATH, Permission.AGENT, Crossing.INBOX, routes::poll);
        crossings.json(
                router, HttpMethod.POST, PATH + "/ack", Permission.AGENT, Crossing.INBOX, InboxRoutes::acknowledge);
    }

    private void poll(Visit visit, Input input) {
        long after = input.queryInteger("after", FROM_ACKNOWLEDGED, 0, Long.MAX_VALUE);
        long wait = input.queryInteger("wait", 0, 0, Long.MAX_VALUE);
        int limit = (int) input.queryInteger("limit", FETCHED_ITEMS, 1, MOST_ITEMS);
        if (isSound(visit, input)) {
            long waitMillis = Math.min(wait, Inbox.LONGEST_WAIT.toSeconds()) * 1000;
            readers.begin(new InboxPoll(visit, readers, after, limit, waitMillis));
        }
    }

    private void stream(Visit visit, Input input) {
        long after = input.queryInteger("after", FROM_ACKNOWLEDGED, 0, Long.MAX_VALUE);
        String resumed = visit.request().getHeader("last-event-id");
        if (isSound(visit, input)) {
            long from = resumed == null || resumed.isEmpty() ? after : Input.number(resumed);
            if (resumed != null && !resumed.isEmpty() && from < 0) {
                visit.refuse(400, "Last-Event-ID is the number of an item");
            } else {
                readers.begin(new InboxStream(visit, readers, from));
            }
        }
    }

    private static void acknowledge(Visit visit, Input input) {
        long upTo = input.integer("up_to", 0, Long.MAX_VALUE);
        if (!isSound(visit, input)) {
            return;
        }
        visit.ask(Inbox.ACK, new Inbox.Ack(visit.agent(), upTo), acked -> {
            switch (acked) {
                case Inbox.Removed removed ->
                    visit.ok(json -> {
                        json.writeStartObject();
                        json.writeNumberField("acked", removed.upTo());
                        json.writeEndObject();
                    });
                case Inbox.BeyondTheEnd beyond ->
                    visit.refuse(400, "up_to lies beyond the last item, " + beyond.lastSeq());
                case Inbox.Unavailable unavailable -> visit.unavailable();
            }
        });
    }
}
