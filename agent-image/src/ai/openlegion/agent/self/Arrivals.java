package ai.openlegion.agent.self;

import ai.openlegion.agent.memory.LineFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/// The messages posted to this agent that it has not read yet: on disk before the mesh is told that they arrived.
///
/// Any thread may call it.
public final class Arrivals {

    /// The oldest go when more are unread; the daily log still has them.
    private static final int MOST = 1_000;

    /// So many of the largest that the listener takes; a larger file is not ours.
    private static final long MOST_BYTES = (2L * MOST) << 20;

    private final LineFile file;
    private final Deque<Map<String, Object>> unread = new ArrayDeque<>();
    private int added;

    private Arrivals(LineFile file) {
        this.file = file;
    }

    /// What is unread under that folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static Arrivals open(Path folder) throws IOException {
        var arrivals =
                new Arrivals(new LineFile(Files.createDirectories(folder).resolve("unread.jsonl"), MOST_BYTES));
        arrivals.file.read().forEach(arrivals::keep);
        return arrivals;
    }

    /// Adds a message, as it came.
    ///
    /// @throws IOException if it cannot be stored; it has not arrived then
    public synchronized void add(Map<String, Object> message) throws IOException {
        file.add(message);
        keep(message);
        added++;
        if (added > MOST) {
            store(List.copyOf(unread));
        }
    }

    /// The oldest unread ones, which are read with that.
    ///
    /// @throws IOException if that cannot be stored; they are unread then
    public synchronized List<Map<String, Object>> take(int most) throws IOException {
        List<Map<String, Object>> taken = unread.stream().limit(most).toList();
        if (!taken.isEmpty()) {
            store(unread.stream().skip(taken.size()).toList());
            taken.forEach(message -> unread.removeFirst());
        }
        return taken;
    }

    private void store(List<Map<String, Object>> left) throws IOException {
        file.replace(left);
        added = 0;
    }

    private void keep(Map<String, Object> message) {
        unread.addLast(message);
        if (unread.size() > MOST) {
            var _ = unread.removeFirst();
        }
    }
}
