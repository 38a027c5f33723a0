package ai.openlegion.agent.self;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.memory.LineFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/// The messages posted to this agent that it has not read yet: on disk before the mesh is told that they arrived.
///
/// Any thread may call it.
public final class Arrivals {

    /* The oldest go when more are unread, in number or in characters: the heap is small, and whoever may write to this
     * agent must not be able to fill it. For the same reason they are kept as text: parsed, 1 MiB can be twenty. The
     * daily log still has their beginnings. */
    private static final int MOST = 1_000;
    private static final long MOST_CHARS = 4L << 20;

    /// A larger file is not ours: as much again as is unread may be read already, and a character has 6 bytes at most.
    private static final long MOST_BYTES = 64L << 20;

    private final LineFile file;
    private final Deque<String> unread = new ArrayDeque<>();
    private long chars;
    private long stale;

    private Arrivals(LineFile file) {
        this.file = file;
    }

    /// What is unread under that folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static Arrivals open(Path folder) throws IOException {
        var arrivals =
                new Arrivals(new LineFile(Files.createDirectories(folder).resolve("unread.jsonl"), MOST_BYTES));
        arrivals.file.read(arrivals::keep);
        arrivals.tidy();
        return arrivals;
    }

    /// Adds a message, as it came.
    ///
    /// @throws IOException if it cannot be stored; it has not arrived then
    public synchronized void add(Map<String, Object> message) throws IOException {
        String line = Json.write(message);
        file.add(line);
        keep(line);
        tidy();
    }

    /// The oldest unread ones, which are read with that.
    ///
    /// @param most how many at most
    /// @param mostChars how long they may be together as JSON; the first one is given whatever its length
    /// @throws IOException if that cannot be stored; they are unread then
    public synchronized List<Map<String, Object>> take(int most, int mostChars) throws IOException {
        int count = 0;
        long length = 0;
        for (String line : unread) {
            length += line.length() + 1;
            if (count == most || (count > 0 && length > mostChars)) {
                break;
            }
            count++;
        }
        List<Map<String, Object>> taken = new ArrayList<>();
        if (count > 0) {
            file.replace(unread.stream().skip(count).toList());
            for (int i = 0; i < count; i++) {
                LineFile.object(drop()).map(Members::all).ifPresent(taken::add);
            }
            stale = 0;
        }
        return taken;
    }

    private void keep(String line) {
        unread.addLast(line);
        chars += line.length();
        while (unread.size() > MOST || (chars > MOST_CHARS && unread.size() > 1)) {
            var _ = drop();
        }
    }

    private String drop() {
        String line = unread.removeFirst();
        chars -= line.length();
        stale += line.length();
        return line;
    }

    private void tidy() throws IOException {
        if (stale > MOST_CHARS) {
            file.replace(unread);
            stale = 0;
        }
    }
}
