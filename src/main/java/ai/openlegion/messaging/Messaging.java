package ai.openlegion.messaging;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The door by which things get into inboxes: messages, topics, notices of the mesh, and who is there to get them.
///
/// Who asks has decided that the caller may do it; only what a *receiver* may (a subscriber's topic, a watcher's key)
/// is
/// decided here, at each delivery. Payloads arrive as the text of a JSON value without line breaks.
public final class Messaging {

    /// Puts a message into one agent's inbox.
    public static final Endpoint<Send, Sent> SEND = Endpoint.cluster("messaging.send", Send.class, Sent.class);

    /// Puts an event into the inbox of each agent that subscribed to its topic and still may.
    public static final Endpoint<Publish, Published> PUBLISH =
            Endpoint.cluster("messaging.publish", Publish.class, Published.class);

    /// Subscribes an agent to a topic by its exact name; twice is once.
    public static final Endpoint<Subscribe, Subscribed> SUBSCRIBE =
            Endpoint.cluster("messaging.subscribe", Subscribe.class, Subscribed.class);

    /// Ends a subscription.
    public static final Endpoint<Unsubscribe, Subscribed> UNSUBSCRIBE =
            Endpoint.cluster("messaging.unsubscribe", Unsubscribe.class, Subscribed.class);

    /// Records that an agent is there and what it can do; subscribes it to the topics that its entry names.
    public static final Endpoint<Register, Registered> REGISTER =
            Endpoint.cluster("messaging.register", Register.class, Registered.class);

    /// Who is registered.
    public static final Endpoint<ReadDirectory, Directory> DIRECTORY =
            Endpoint.cluster("messaging.directory", ReadDirectory.class, Directory.class);

    /// Tells which agents there are; the subscriptions, registrations and inboxes of others are removed.
    public static final Endpoint<Configure, Configured> CONFIGURE =
            Endpoint.cluster("messaging.configure", Configure.class, Configured.class);

    /// Tells which topics set something going: their events are told to [#OCCURRED] before their publishers are
    /// answered.
    public static final Endpoint<Trigger, Configured> TRIGGER =
            Endpoint.cluster("messaging.trigger", Trigger.class, Configured.class);

    /// An event of a topic that sets something going is about to be stored; where there is no room for what it sets
    /// going, it is not, and its publisher is told to try again. Served by whoever sets it going.
    public static final Endpoint<Expected, Seen> EXPECTED =
            Endpoint.cluster("messaging.expected", Expected.class, Seen.class);

    /// An event of a topic that sets something going has been stored; served by whoever sets it going.
    public static final Endpoint<Occurred, Seen> OCCURRED =
            Endpoint.cluster("messaging.occurred", Occurred.class, Seen.class);

    /// An agent has registered, with a token that holds at this moment; told after it is recorded.
    public static final Topic<Came> CAME = Topic.cluster("messaging.came", Came.class);

    private Messaging() {}

    /// What an item of an inbox is.
    public enum Kind {
        MESSAGE,
        EVENT,
        WATCH,
        TASK,
        STEER
    }

    /// Asks to put an item into one inbox.
    ///
    /// @param from an agent id, `mesh` or `operator`
    /// @param id of the item; null = a new one
    /// @param ttlSeconds after which an item that was not read is dropped; 0 = the inbox's own limit
    public record Send(
            Kind kind,
            String from,
            AgentId to,
            @Nullable String id,
            @Nullable String type,
            String payload,
            @Nullable String replyTo,
            @Nullable String priority,
            long ttlSeconds)
            implements Wire {

        /// A message of the mesh itself or of the operator.
        public static Send of(Kind kind, String from, AgentId to, String type, String payload) {
            return new Send(kind, from, to, null, type, payload, null, null, 0);
        }
    }

    /// What became of an item.
    public sealed interface Sent extends Wire {}

    /// It is in the inbox, durably.
    public record Stored(String id, long seq) implements Sent {}

    /// There is no such agent.
    public record UnknownRecipient() implements Sent {}

    /// The inbox holds as much as it may.
    public record InboxFull() implements Sent, Published {}

    /// The store cannot take it now; what was asked may or may not have been done.
    public record Unavailable() implements Sent, Published, Subscribed, Registered, Directory {}

    /// Asks to publish.
    ///
    /// @param source an agent id, `mesh` or `operator`
    /// @param key by which a repetition is known, also after a restart; null = by its content, for ten
    ///     minutes after its publisher was told to repeat it
    public record Publish(
            String source,
            String topic,
            String payload,
            @Nullable String key) implements Wire {

        /// An event without a key.
        public Publish(String source, String topic, String payload) {
            this(source, topic, payload, null);
        }
    }

    /// What became of an event; [InboxFull] = there are subscribers, every one's inbox is full, and it sets nothing
    /// else going.
    public sealed interface Published extends Wire {}

    /// It is in this many inboxes, durably; those of `full` subscribers had no room.
    public record Delivered(String id, int notified, int full) implements Published {}

    /// The topics that set something going; all others do not.
    public record Trigger(Set<String> topics) implements Wire {
        public Trigger {
            topics = Set.copyOf(topics);
        }
    }

    /// Asks whether there is room for what an event of one of those topics sets going.
    public record Expected(String topic) implements Wire {}

    /// An event of one of those topics, stored.
    ///
    /// @param id the same where an event is told again
    /// @param source an agent id, `mesh` or `operator`
    public record Occurred(String id, String topic, String source, String payload) implements Wire {}

    /// Whether what the event sets going stands durably; where not, its publisher is told to publish it again.
    public record Seen(boolean done) implements Wire {}

    /// Asks for a topic's events.
    public record Subscribe(AgentId agent, String topic) implements Wire {}

    /// Asks for them no more.
    public record Unsubscribe(AgentId agent, String topic) implements Wire {}

    /// What became of a subscription.
    public sealed interface Subscribed extends Wire {}

    /// It stands, or stands no more, durably; `changed` says whether that is new.
    public record SubscriptionSet(boolean changed) implements Subscribed {}

    /// The agent has as many subscriptions as it may.
    public record TooManySubscriptions(int limit) implements Subscribed {}

    /// Says that an agent is there.
    ///
    /// @param port what the agent says it listens on, recorded and never called; 0 = not said
    /// @param topics to subscribe it to
    public record Register(AgentId agent, List<String> capabilities, int port, List<String> topics) implements Wire {
        public Register {
            capabilities = List.copyOf(capabilities);
            topics = List.copyOf(topics);
        }
    }

    /// What became of a registration.
    public sealed interface Registered extends Wire {}

    /// It is recorded, durably.
    public record Recorded() implements Registered {}

    /// An agent is there.
    public record Came(AgentId agent) implements Wire {}

    /// Asks who is registered.
    public record ReadDirectory() implements Wire {}

    /// Who is registered, or why that is not known.
    public sealed interface Directory extends Wire {}

    /// An agent that registered.
    public record Registration(List<String> capabilities, int port, long registeredAtMillis) {
        public Registration {
            capabilities = List.copyOf(capabilities);
        }
    }

    /// Every registered agent.
    public record Registrations(Map<AgentId, Registration> agents) implements Directory {
        public Registrations {
            agents = Map.copyOf(agents);
        }
    }

    /// The agents of the fleet.
    public record Configure(Set<AgentId> agents) implements Wire {
        public Configure {
            agents = Set.copyOf(agents);
        }
    }

    /// The agents are known, and what belonged to others is gone.
    public record Configured() implements Wire {}
}
