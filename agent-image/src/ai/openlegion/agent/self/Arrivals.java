package ai.openlegion.agent.self;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The messages posted to this agent that it has not read yet: on disk before the mesh is told that they arrived.
///
/// Any thread may call it.
public final class Arrivals {

    /// The oldest go when more are unread; `/history` still has them.
    private static final int MOST = 1_000;

    private final Path file;
    private final Deque<Map<String, Object>> unread = new ArrayDeque<>();
    private int added;

    private Arrivals(Path file) {
        this.file = file;
    }

    /// What is unread under that folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static Arrivals open(Path folder) throws IOException {
        Files.createDirectories(folder);
        var arrivals = new Arrivals(folder.resolve("unread.jsonl"));
        if (Files.exists(arrivals.file)) {
            for (String line : Files.readString(arrivals.file).lines().toList()) {
                try {
                    arrivals.keep(Json.object(line));
                } catch (JsonException torn) {
                    // the last line of a process that was killed while it wrote: the mesh was not told, and sends again
                }
            }
            arrivals.store();
        }
        return arrivals;
    }

    /// Adds a message, as it came.
    ///
    /// @throws IOException if it cannot be stored; it has not arrived then
    public synchronized void add(Map<String, Object> message) throws IOException {
        var _ = Files.writeString(
                file, Json.write(message) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        keep(message);
        added++;
        if (added > MOST) {
            store();
        }
    }

    /// The oldest unread ones, which are read with that.
    ///
    /// @throws IOException if that cannot be stored; they are unread then
    public synchronized List<Map<String, Object>> take(int most) throws IOException {
        List<Map<String, Object>> taken = unread.stream().limit(most).toList();
        if (taken.isEmpty()) {
            return taken;
        }
        store(unread.stream().skip(taken.size()));
        taken.forEach(message -> unread.removeFirst());
        return taken;
    }

    private void store() throws IOException {
        store(unread.stream());
    }

    private void store(Stream<Map<String, Object>> messages) throws IOException {
        Path whole = file.resolveSibling("unread.new");
        var _ = Files.write(whole, messages.map(Json::write).toList());
        var _ = Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        added = 0;
    }

    private void keep(Map<String, Object> message) {
        unread.addLast(message);
        if (unread.size() > MOST) {
            unread.removeFirst();
        }
    }
}
