package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Operation;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.routes.Permission;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;

/// `/mesh/publish` and `/mesh/subscribe`: topics by their exact names.
final class TopicRoutes {

    static final int TOPIC_CHARS = 256;

    /// A full inbox empties when its agent reads; before that a retry is in vain.
    static final int FULL_INBOX_SECONDS = 5;

    private TopicRoutes() {}

    static void add(Router router, Crossings crossings) {
        crossings.json(
                router,
                HttpMethod.POST,
                "/mesh/publish",
                Permission.of(Operation.PUBLISH),
                Crossing.PUBLISH,
                TopicRoutes::publish);
        crossings.plain(
                router,
                HttpMethod.POST,
                "/mesh/subscribe",
                Permission.of(Operation.SUBSCRIBE),
                Crossing.SUBSCRIBE,
                TopicRoutes::subscribe);
        crossings.plain(
                router,
                HttpMethod.DELETE,
                "/mesh/subscribe",
                Permission.AGENT,
                Crossing.SUBSCRIBE,
                TopicRoutes::unsubscribe);
    }

    private static void publish(Visit visit, Input input) {
        String topic = input.name("topic", TOPIC_CHARS);
        String payload = input.value("payload", "{}");
        if (!isSound(visit, input) || !visit.may(Operation.PUBLISH, topic, "publish")) {
            return;
        }
        var event = new Messaging.Publish(visit.agent().value(), topic, payload);
        visit.ask(Messaging.PUBLISH, event, published -> {
            switch (published) {
                case Messaging.Delivered delivered ->
                    visit.ok(json -> {
                        json.writeStartObject();
                        json.writeNumberField("subscribers_notified", delivered.notified());
                        json.writeEndObject();
                    });
                case Messaging.InboxFull full -> {
                    visit.undone("publish", topic, "inboxes full");
                    visit.later(429, "The inbox of every subscriber is full", FULL_INBOX_SECONDS);
                }
                case Messaging.Unavailable unavailable -> visit.unavailable();
            }
        });
    }

    private static void subscribe(Visit visit, Input input) {
        String topic = input.queryName("topic", TOPIC_CHARS);
        if (isSound(visit, input) && visit.may(Operation.SUBSCRIBE, topic, "subscribe")) {
            visit.ask(
                    Messaging.SUBSCRIBE,
                    new Messaging.Subscribe(visit.agent(), topic),
                    outcome -> set(visit, "subscribe", topic, true, outcome));
        }
    }

    /// Ends a subscription; also of a topic that the agent may no longer have.
    private static void unsubscribe(Visit visit, Input input) {
        String topic = input.queryName("topic", TOPIC_CHARS);
        if (isSound(visit, input) && visit.records("unsubscribe", topic, "")) {
            visit.ask(
                    Messaging.UNSUBSCRIBE,
                    new Messaging.Unsubscribe(visit.agent(), topic),
                    outcome -> set(visit, "unsubscribe", topic, false, outcome));
        }
    }

    private static void set(
            Visit visit, String action, String topic, boolean subscribed, Messaging.Subscribed outcome) {
        switch (outcome) {
            case Messaging.SubscriptionSet set ->
                visit.ok(json -> {
                    json.writeStartObject();
                    json.writeBooleanField("subscribed", subscribed);
                    json.writeEndObject();
                });
            case Messaging.TooManySubscriptions tooMany -> {
                visit.undone(action, topic, "too many");
                visit.refuse(409, "The agent has " + tooMany.limit() + " subscriptions, the most it may");
            }
            case Messaging.Unavailable unavailable -> visit.unavailable();
        }
    }
}
