package ai.openlegion.agent.self;

import ai.openlegion.agent.json.Json;
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

    /* The oldest go when more are unread, in number or in characters: the heap is small, and whoever may write to this
     * agent must not be able to fill it. The daily log still has their beginnings. */
    private static final int MOST = 1_000;
    private static final long MOST_CHARS = 4L << 20;

    /// A larger file is not ours.
    private static final long MOST_BYTES = 64L << 20;

    private final LineFile file;
    private final Deque<Map<String, Object>> unread = new ArrayDeque<>();
    private long chars;
    private int stale;

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
        if (stale > MOST / 10) {
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
            taken.forEach(message -> drop());
            stale = 0;
        }
        return taken;
    }

    private void store(List<Map<String, Object>> left) throws IOException {
        file.replace(left);
        stale = 0;
    }

    private void keep(Map<String, Object> message) {
        unread.addLast(message);
        chars += size(message);
        while (unread.size() > MOST || (chars > MOST_CHARS && unread.size() > 1)) {
            drop();
        }
    }

    private void drop() {
        chars -= size(unread.removeFirst());
        stale++;
    }

    private static long size(Map<String, Object> message) {
        return Json.write(message).length();
    }
}
