package ai.openlegion.scenario;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Fifty senders, and a mesh that is killed twenty times in their midst: what they were told is true afterwards.
@Timeout(240)
@ExtendWith(LogOnFailure.class)
class InboxCrashTest {

    private static final long SEED = 20_261_122;
    private static final int KILLS = 20;
    private static final int SENDERS = 50;
    private static final List<String> RECEIVERS = List.of("first", "second");

    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    /// For each receiver what its senders were told is in its inbox.
    private final Map<String, ConcurrentLinkedQueue<String>> promised = new ConcurrentHashMap<>();
    /// For each receiver what it read, by its place.
    private final Map<String, NavigableMap<Long, JsonObject>> delivered =
            Map.of(RECEIVERS.getFirst(), new TreeMap<>(), RECEIVERS.getLast(), new TreeMap<>());
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private final List<Sender> senders =
            IntStream.range(0, SENDERS).mapToObj(Sender::new).toList();

    /// One who sends, a thing after another, each once.
    private final class Sender {
        private final int number;
        private int next;

        private Sender(int number) {
            this.number = number;
        }

        private String agent() {
            return "sender" + number % 5;
        }

        private void run(Mesh mesh, AtomicBoolean killed) {
            AgentClient client = AgentClient.of(mesh, agent());
            while (!killed.get()) {
                try {
                    once(client, next++);
                } catch (UncheckedIOException gone) {
                    // What was not answered was not promised.
                    unanswered.incrementAndGet();
                } catch (AssertionError failure) {
                    failures.add(failure);
                }
            }
        }

        /// A message to one, an event to both, or a blackboard entry that both watch.
        private void once(AgentClient client, int n) {
            JsonObject payload = new JsonObject().put("mark", number + ":" + n);
            switch (number % 3) {
                case 0 -> {
                    String to = RECEIVERS.get(number % RECEIVERS.size());
                    if (client.message(to, payload).status() == 200) {
                        promise(to, payload.getString("mark"));
                    }
                }
                case 1 -> {
                    Reply reply = client.publish("crash", payload);
                    if (reply.status() == 200) {
                        assertThat(reply.json().getInteger("subscribers_notified"))
                                .isEqualTo(2);
                        RECEIVERS.forEach(to -> promise(to, payload.getString("mark")));
                    }
                }
                default -> { // open: an int
                    Reply reply = client.put("crash/" + number, payload);
                    if (reply.status() == 200) {
                        String mark = "crash/" + number + ":" + reply.json().getLong("version");
                        RECEIVERS.forEach(to -> promise(to, mark));
                    }
                }
            }
        }

        private void promise(String to, String mark) {
            promised.computeIfAbsent(to, _ -> new ConcurrentLinkedQueue<>()).add(mark);
            accepted.incrementAndGet();
        }
    }

    @Test
    void what_was_acknowledged_to_its_sender_is_delivered_in_order_across_twenty_kills() throws Exception {
        MeshHome home = MeshHome.withoutUpstream();
        IntStream.range(0, 5).forEach(i -> home.member("sender" + i, """
                "can_message": ["*"], "can_publish": ["crash"], "blackboard_write": ["crash/*"]"""));
        RECEIVERS.forEach(id -> home.member(id, """
                "can_subscribe": ["crash"], "blackboard_read": ["crash/*"]"""));
        Random random = new Random(SEED);
        for (int round = 0; round < KILLS; round++) {
            Mesh mesh = Mesh.start(home, "-XX:TieredStopAtLevel=1");
            if (round == 0) {
                for (String id : RECEIVERS) {
                    assertThat(AgentClient.of(mesh, id).register().status()).isEqualTo(200);
                    assertThat(AgentClient.of(mesh, id).watch("crash/*").status())
                            .isEqualTo(200);
                }
            }
            runAndKill(mesh, 30 + random.nextInt(400), random.nextInt(20_000), random.nextLong());
        }
        try (Mesh last = Mesh.start(home)) {
            for (String id : RECEIVERS) {
                AgentClient receiver = AgentClient.of(last, id);
                while (readOnce(receiver, 2) > 0) {
                    assertThat(receiver.ack(readBy(id).lastKey()).status()).isEqualTo(200);
                }
                assertKept(id);
            }
        }
    }

    private void runAndKill(Mesh mesh, int enough, int micros, long seed) throws Exception {
        AtomicBoolean killed = new AtomicBoolean();
        int before = accepted.get();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            senders.forEach(sender -> threads.execute(() -> sender.run(mesh, killed)));
            for (String id : RECEIVERS) {
                threads.execute(() -> receive(AgentClient.of(mesh, id), killed, new Random(seed)));
            }
            Eventually.until("work is done", () -> accepted.get() - before > enough);
            LockSupport.parkNanos(Duration.ofNanos(micros * 1_000L).toNanos());
            mesh.kill();
            killed.set(true);
        }
        assertThat(failures).as("seed %s", SEED).isEmpty();
    }

    /// Reads as long as the mesh lives; acknowledges now and then what it has noted.
    private void receive(AgentClient receiver, AtomicBoolean killed, Random random) {
        while (!killed.get()) {
            try {
                readOnce(receiver, 1);
                NavigableMap<Long, JsonObject> read = readBy(receiver.id());
                if (!read.isEmpty() && random.nextInt(3) == 0) {
                    var _ = receiver.ack(read.lastKey());
                }
            } catch (UncheckedIOException gone) {
                unanswered.incrementAndGet();
            } catch (AssertionError failure) {
                failures.add(failure);
            }
        }
    }

    private NavigableMap<Long, JsonObject> readBy(String receiver) {
        return requireNonNull(delivered.get(receiver));
    }

    private int readOnce(AgentClient receiver, int waitSeconds) {
        NavigableMap<Long, JsonObject> read = readBy(receiver.id());
        // Now and then from the last acknowledged on, so that what was read before is seen again.
        long after = read.isEmpty() || read.size() % 5 == 0 ? 0 : read.lastKey();
        Reply poll = receiver.poll(after, waitSeconds);
        if (poll.status() != 200) {
            return 0;
        }
        int news = 0;
        for (JsonObject item : AgentClient.items(poll)) {
            JsonObject known = read.put(item.getLong("seq"), item);
            assertThat(known)
                    .as("place %s of %s, seed %s", item.getLong("seq"), receiver.id(), SEED)
                    .isIn(null, item);
            news += known == null ? 1 : 0;
        }
        return news;
    }

    /// Each promise kept, each sender's things in its order; a notice that was on its way in a crash may come again.
    private void assertKept(String receiver) {
        Set<String> marks = new HashSet<>();
        Map<String, Long> latest = new HashMap<>();
        for (JsonObject item : readBy(receiver).values()) {
            JsonObject payload = item.getJsonObject("payload");
            boolean notice = item.getString("kind").equals("watch");
            String mark =
                    notice ? payload.getString("key") + ":" + payload.getLong("version") : payload.getString("mark");
            String sender = mark.substring(0, mark.lastIndexOf(':'));
            long number = Long.parseLong(mark.substring(mark.lastIndexOf(':') + 1));
            if (marks.add(mark)) {
                assertThat(number)
                        .as("the order of %s at %s, seed %s", sender, receiver, SEED)
                        .isGreaterThan(latest.getOrDefault(sender, -1L));
                latest.put(sender, number);
            } else {
                assertThat(notice)
                        .as("%s came twice to %s, seed %s", mark, receiver, SEED)
                        .isTrue();
            }
        }
        assertThat(promised.get(receiver)).as("promised to %s", receiver).hasSizeGreaterThan(500);
        assertThat(marks).as("seed %s", SEED).containsAll(promised.get(receiver));
    }
}
