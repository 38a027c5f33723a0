package ai.openlegion.agent.work;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.loop.Chat;
import ai.openlegion.agent.loop.RunEvents;
import ai.openlegion.agent.memory.LineFile;
import ai.openlegion.agent.model.ModelFailure;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// What wakes the agent: on disk before the mesh is told that it arrived and until its turn in the chat has ended, one
/// after the other. A turn that fails for a passing reason is tried again, and so is one that the agent did not survive.
///
/// Any thread may call it.
final class Wakes implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Wakes.class.getName());
    private static final int MOST = 200;
    private static final long MOST_CHARS = 4L << 20;
    private static final long MOST_BYTES = 64L << 20;
    private static final int RECENT = 500;
    private static final int TRIES = 6;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(15);

    private final LineFile file;
    private final Journal journal;
    private final Chats chats;
    private final Time time;
    private final Deque<Wake> waiting = new ArrayDeque<>();
    private final Set<String> recent = new LinkedHashSet<>();
    private final Thread worker = Thread.ofVirtual().name("woken").unstarted(this::work);

    /// @param tries turns that were begun for it
    private record Wake(String id, String message, int tries) {

        String line() {
            return Json.write(Map.of("id", id, "message", message, "tries", tries));
        }

        static Optional<Wake> of(Members line) {
            return line.text("message")
                    .map(message -> new Wake(
                            line.text("id").orElse(""),
                            message,
                            line.whole("tries").map(Long::intValue).orElse(0)));
        }
    }

    private Wakes(LineFile file, Journal journal, Chats chats, Time time) {
        this.file = file;
        this.journal = journal;
        this.chats = chats;
        this.time = time;
    }

    /// What is waiting under that folder, which is made if it is missing; it is worked on from now on.
    ///
    /// @throws IOException if the folder cannot be used
    static Wakes open(Path folder, Journal journal, Chats chats, Time time) throws IOException {
        var file = new LineFile(Files.createDirectories(folder).resolve("wakes.jsonl"), MOST_BYTES);
        var wakes = new Wakes(file, journal, chats, time);
        file.read(line -> LineFile.object(line).ifPresent(wakes::keep));
        wakes.worker.start();
        return wakes;
    }

    /// Adds a message for a turn of its own, unless one of that id came before.
    ///
    /// @param id empty if it has none
    /// @throws IOException if it cannot be stored, or too much is waiting; it has not arrived then
    synchronized void add(String id, String message) throws IOException {
        if (recent.contains(id)) {
            return;
        }
        long chars = waiting.stream().mapToLong(wake -> wake.message().length()).sum();
        if (waiting.size() >= MOST || chars + message.length() > MOST_CHARS) {
            throw new IOException("too much is waiting to be seen to");
        }
        var wake = new Wake(id, message, 0);
        file.add(wake.line());
        waiting.addLast(wake);
        remember(id);
        notifyAll();
    }

    @Override
    public void close() {
        worker.interrupt();
    }

    private void keep(Members line) {
        Wake.of(line).ifPresent(waiting::addLast);
        line.list("recent").forEach(id -> remember(String.valueOf(id)));
        line.text("id").ifPresent(this::remember);
    }

    private void remember(String id) {
        if (!id.isEmpty() && recent.add(id) && recent.size() > RECENT) {
            var _ = recent.remove(recent.iterator().next());
        }
    }

    private void work() {
        try {
            while (true) {
                Wake wake = begin();
                while (!turn(wake) && wake.tries() < TRIES) {
                    time.pause(FIRST_WAIT.multipliedBy(1L << wake.tries()));
                    wake = begin();
                }
                end();
            }
        } catch (InterruptedException stopping) {
            LOG.fine("agent.wakes_stop");
        }
    }

    /// The oldest one, with this try counted: a turn that ends the agent each time must not do so for ever.
    private synchronized Wake begin() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        Wake oldest = waiting.removeFirst();
        var begun = new Wake(oldest.id(), oldest.message(), oldest.tries() + 1);
        waiting.addFirst(begun);
        store();
        return begun;
    }

    private synchronized void end() {
        var _ = waiting.removeFirst();
        store();
    }

    private void store() {
        try {
            file.replace(Stream.concat(
                            waiting.stream().map(Wake::line),
                            Stream.of(Json.write(Map.of("recent", List.copyOf(recent)))))
                    .toList());
        } catch (IOException full) {
            // after a restart a turn more is held than need be, which is better than one less
            LOG.log(Level.WARNING, "agent.wakes_unwritable", full);
        }
    }

    /// Whether it is seen to, also where it never will be.
    private boolean turn(Wake wake) throws InterruptedException {
        if (wake.tries() > TRIES) {
            LOG.warning("agent.not_woken cause=tries");
            return true;
        }
        try {
            Optional<Chat.Turn> turn = chats.say(wake.message(), RunEvents.NONE);
            turn.ifPresent(ended -> journal.add("answer", ended.response()));
            return turn.isPresent();
        } catch (ModelFailure failure) {
            journal.add("answer", "none: " + failure.getMessage());
            return !failure.isPassing();
        } catch (RuntimeException fault) {
            LOG.log(Level.SEVERE, "agent.wake_fault", fault);
            return true;
        }
    }
}
