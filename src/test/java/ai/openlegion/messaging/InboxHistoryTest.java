package ai.openlegion.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.MessagingRig.NextCommit;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random histories, with restarts, kills and commits of which nobody can tell: inboxes are what the simplest model
/// says.
final class InboxHistoryTest {

    private static final int RUNS = 10;
    private static final int STEPS = 200;
    private static final InboxLimits LIMITS = new InboxLimits(8, 300, 1, 2, 3, 2_000);

    /// Gets what is sent to it and is pushed to; what others share is not let go while they hold it.
    private static final AgentId SOLO = new AgentId("solo");

    private static final List<AgentId> OTHERS = List.of(new AgentId("a"), new AgentId("b"), new AgentId("c"));
    private static final List<AgentId> ALL = List.of(SOLO, OTHERS.get(0), OTHERS.get(1), OTHERS.get(2));
    private static final List<String> TOPICS = List.of("x", "y", "z");

    @TempDir
    private Path folder;

    private final MessagingRig.HandClock clock = new MessagingRig.HandClock();
    private InboxModel model = new InboxModel(LIMITS);
    private Random random = new Random(0);
    private int payloads;

    @Test
    void no_history_makes_an_inbox_differ_from_the_model() throws Exception {
        for (int seed = 0; seed < RUNS; seed++) {
            random = new Random(seed);
            model = new InboxModel(LIMITS);
            model.configure(Set.copyOf(ALL));
            int step = 0;
            MessagingRig rig =
                    new MessagingRig(folder.resolve("run" + seed + ".db"), clock, LIMITS, ALL.toArray(AgentId[]::new));
            try {
                for (; step < STEPS; step++) {
                    rig = step(rig);
                    check(rig, model);
                }
            } catch (AssertionError | Exception failure) {
                throw new AssertionError("seed " + seed + " step " + step + ": " + failure.getMessage(), failure);
            } finally {
                rig.close();
            }
        }
    }

    private MessagingRig step(MessagingRig rig) throws Exception {
        int dice = random.nextInt(100);
        if (dice < 2) {
            return reborn(rig.restart());
        }
        if (dice < 4) {
            settle(rig);
            return reborn(rig.crash());
        }
        if (dice < 9) {
            doubtfully(rig);
        } else if (dice < 12) {
            Set<AgentId> some = new HashSet<>(ALL);
            var _ = some.remove(pick(ALL));
            rig.configure(some);
            model.configure(some);
        } else if (dice < 18) {
            rig.configure(Set.copyOf(ALL));
            model.configure(Set.copyOf(ALL));
        } else if (dice < 26) {
            clock.advance(Duration.ofSeconds(random.nextInt(8)));
        } else if (dice < 34 && model.has(SOLO)) {
            push(rig);
        } else if (dice < 50) {
            burst(rig);
        } else {
            change(rig);
        }
        return rig;
    }

    // A rig starts with all agents.
    private MessagingRig reborn(MessagingRig rig) {
        model.configure(Set.copyOf(ALL));
        return rig;
    }

    private void push(MessagingRig rig) throws Exception {
        List<InboxModel.Seen> items = model.items(SOLO, clock.millis());
        if (!items.isEmpty()) {
            long seq = items.get(random.nextInt(items.size())).seq();
            rig.ask(Inbox.PUSHED, new Inbox.Pushed(SOLO, seq));
            model.push(SOLO, seq);
        }
    }

    private void burst(MessagingRig rig) throws Exception {
        List<Future<Messaging.Sent>> sent = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            Messaging.Send message = message();
            sent.add(rig.bus.ask(Messaging.SEND, message));
            expected.add(modelSend(message));
        }
        for (int i = 0; i < sent.size(); i++) {
            assertThat(place(MessagingRig.await(sent.get(i)))).isEqualTo(expected.get(i));
        }
    }

    /// One change whose answer must be the model's.
    private void change(MessagingRig rig) throws Exception {
        Change change = drawChange();
        InboxModel before = model.copy();
        String expected = change.inModel();
        String found = change.ask().apply(rig);
        assertThat(found).as("the answer, from " + describe(before)).isEqualTo(expected);
    }

    /// One change whose commit is lost, or stored and not told: afterwards it has happened or it has not.
    private void doubtfully(MessagingRig rig) throws Exception {
        settle(rig);
        InboxModel before = model.copy();
        Change change = drawChange();
        String expected = change.inModel();
        rig.nextCommit.set(random.nextBoolean() ? NextCommit.LOST : NextCommit.STORED_BUT_UNTOLD);
        String found = change.ask().apply(rig);
        rig.nextCommit.set(NextCommit.STORED);
        settle(rig);
        if (!found.equals("unavailable")) {
            assertThat(found).isEqualTo(expected);
            return;
        }
        for (AgentId agent : ALL) {
            String is = describe(rig, agent);
            if (!is.equals(model.describe(agent, clock.millis()))) {
                model = before;
            }
        }
    }

    private record Change(String inModel, Asking ask) {}

    @FunctionalInterface
    private interface Asking {
        String apply(MessagingRig rig) throws Exception;
    }

    /// Makes the change in the model at once.
    private Change drawChange() {
        AgentId agent = pick(ALL);
        String topic = pick(TOPICS);
        int dice = random.nextInt(10);
        if (dice < 3) {
            Messaging.Send message = message();
            long place = modelSend(message);
            return new Change("" + place, rig -> text(rig.ask(Messaging.SEND, message)));
        }
        if (dice < 6) {
            String payload = payload();
            int bytes = payload.length() + "tester".length() + topic.length();
            int notified = model.publish(topic, payload, bytes, clock.millis());
            return new Change("" + notified, rig -> text(rig.publish(topic, payload)));
        }
        if (!model.has(agent)) {
            return new Change("unavailable", rig -> text(rig.ack(agent, 0)));
        }
        if (dice < 8 && !agent.equals(SOLO)) {
            if (random.nextInt(3) == 0) {
                model.unsubscribe(agent, topic);
                Messaging.Unsubscribe end = new Messaging.Unsubscribe(agent, topic);
                return new Change("set", rig -> text(rig.ask(Messaging.UNSUBSCRIBE, end)));
            }
            boolean stands = model.subscribe(agent, topic);
            return new Change(stands ? "set" : "too many", rig -> text(rig.subscribe(agent, topic)));
        }
        long upTo = Math.max(0, model.last(agent) + 1 - random.nextInt(8));
        boolean there = model.ack(agent, upTo);
        return new Change(there ? "removed" : "beyond", rig -> text(rig.ack(agent, upTo)));
    }

    private static String text(ai.openlegion.bus.Wire answer) {
        return switch (answer) {
            case Messaging.Stored stored -> "" + stored.seq();
            case Messaging.UnknownRecipient _ -> "-1";
            case Messaging.InboxFull _ -> "0";
            case Messaging.Delivered delivered -> "" + delivered.notified();
            case Messaging.SubscriptionSet _ -> "set";
            case Messaging.TooManySubscriptions _ -> "too many";
            case Inbox.Removed _ -> "removed";
            case Inbox.BeyondTheEnd _ -> "beyond";
            case Messaging.Unavailable _, Inbox.Unavailable _ -> "unavailable";
            default -> throw new AssertionError("an unexpected answer: " + answer); // open: any answer
        };
    }

    private static long place(Messaging.Sent sent) {
        return Long.parseLong(text(sent));
    }

    /// Everything that was noted without hurry is stored, and what failed is recovered from.
    private static void settle(MessagingRig rig) throws Exception {
        rig.eventually(() -> {
            for (AgentId agent : ALL) {
                if (rig.ask(Inbox.READ, new Inbox.Read(agent)) instanceof Inbox.State) {
                    return rig.ack(agent, 0) instanceof Inbox.Removed;
                }
            }
            return true;
        });
    }

    private void check(MessagingRig rig, InboxModel expected) throws Exception {
        for (AgentId agent : ALL) {
            assertThat(describe(rig, agent)).as(agent.value()).isEqualTo(expected.describe(agent, clock.millis()));
        }
    }

    private String describe(InboxModel of) {
        StringBuilder text = new StringBuilder();
        Consumer<AgentId> add = agent -> text.append(agent)
                .append(' ')
                .append(of.describe(agent, clock.millis()))
                .append('\n');
        ALL.forEach(add);
        return text.toString();
    }

    private static String describe(MessagingRig rig, AgentId agent) throws Exception {
        if (!(rig.ask(Inbox.READ, new Inbox.Read(agent)) instanceof Inbox.State state)) {
            return "gone";
        }
        List<InboxModel.Seen> items = new ArrayList<>();
        for (Inbox.Item item : rig.items(agent)) {
            items.add(new InboxModel.Seen(item.seq(), item.payload()));
        }
        assertThat(state.items()).isEqualTo(items.size());
        return InboxModel.describe(items, state.ackedUpTo(), state.lastSeq(), state.topics());
    }

    private Messaging.Send message() {
        return MessagingRig.message(pick(ALL), payload(), random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0);
    }

    private long modelSend(Messaging.Send message) {
        int bytes = message.payload().length() + "tester".length() + "note".length() + "normal".length();
        return model.send(message.to(), message.payload(), bytes, clock.millis(), message.ttlSeconds());
    }

    private String payload() {
        payloads++;
        return "p" + payloads + "-".repeat(random.nextInt(40));
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
