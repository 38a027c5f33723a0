package ai.openlegion.blackboard;

import ai.openlegion.bus.Bus;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.Messaging.Send;
import ai.openlegion.messaging.Messaging.Sent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/// The far side of the door of messages, as a test wants it to answer; keeps what it took.
final class InboxProbe {

    private static final Sent STORED = new Messaging.Stored("id", 1);

    private final List<Send> taken = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Send> asked = new LinkedBlockingQueue<>();
    private volatile Function<Send, Future<Sent>> answer = _ -> Future.succeededFuture(STORED);

    void serve(Bus bus) throws Exception {
        BoardRig.await(bus.serve(Messaging.SEND, send -> {
            asked.add(send);
            return answer.apply(send).onSuccess(sent -> {
                if (sent instanceof Messaging.Stored) {
                    taken.add(send);
                }
            });
        }));
    }

    /// From now on answers so.
    void answers(Function<Send, Future<Sent>> now) {
        answer = now;
    }

    void takesEverything() {
        answers(_ -> Future.succeededFuture(STORED));
    }

    /// Everything that it was asked to take, taken or not.
    BlockingQueue<Send> asked() {
        return asked;
    }

    List<Send> taken() {
        return taken;
    }

    /// What an agent was told, as `written key 1 by author`.
    List<String> told(String agent) {
        return taken.stream()
                .filter(send -> send.to().value().equals(agent))
                .map(InboxProbe::text)
                .toList();
    }

    private static String text(Send send) {
        Map<String, Object> payload = new JsonObject(send.payload()).getMap();
        return "%s %s %s by %s"
                .formatted(payload.get("change"), payload.get("key"), payload.get("version"), payload.get("by"));
    }
}
