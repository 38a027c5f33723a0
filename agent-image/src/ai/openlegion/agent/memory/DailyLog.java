package ai.openlegion.agent.memory;

import ai.openlegion.agent.json.Json;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the agent did and was told, a file for each day in UTC. Any thread may call it.
public final class DailyLog {

    /// The longest that anybody can look back, in days; older files are deleted.
    public static final int DAYS = 14;

    /// Of an entry's text, in characters; the rest is cut off.
    private static final int TEXT_CHARS = 2_000;

    /// Of one day. What comes after that is not logged.
    private static final int MOST_ENTRIES = 2_000;

    private static final long MOST_BYTES = 32L << 20;

    /// Of all entries that one reading gives, in characters as they stand in the files; the heap is small.
    private static final long READ_CHARS = 1L << 20;

    private final Path folder;
    private LocalDate day = LocalDate.MIN;
    private int entries;

    private DailyLog(Path folder) {
        this.folder = folder;
    }

    /// The log in that folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static DailyLog open(Path folder) throws IOException {
        return new DailyLog(Files.createDirectories(folder));
    }

    /// Adds an entry.
    ///
    /// @param kind of what happened, such as `task`, `chat` or `message`
    /// @throws IOException if it cannot be stored
    public synchronized void add(Instant time, String kind, String text) throws IOException {
        LocalDate today = day(time);
        if (!today.equals(day)) {
            deleteBefore(today.minusDays(DAYS - 1));
            int[] lines = {0};
            file(today).read(line -> lines[0]++);
            entries = lines[0];
            day = today;
        }
        if (entries < MOST_ENTRIES) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("time", time.toString());
            entry.put("kind", kind);
            entry.put("text", text.substring(0, Math.min(text.length(), TEXT_CHARS)));
            file(today).add(Json.write(entry));
            entries++;
        }
    }

    /// The entries of the last days, today's last: `{"time": …, "kind": …, "text": …}`; of many only the newest.
    ///
    /// @param days 1 for today alone, at most [#DAYS]
    /// @throws IOException if they cannot be read
    public synchronized List<Map<String, Object>> read(Instant now, int days) throws IOException {
        Deque<Map<String, Object>> found = new ArrayDeque<>();
        long left = READ_CHARS;
        for (int ago = 0; ago < Math.clamp(days, 1, DAYS) && left > 0; ago++) {
            Deque<String> newest = new ArrayDeque<>();
            long most = left;
            long[] chars = {0};
            file(day(now).minusDays(ago)).read(line -> {
                newest.addLast(line);
                chars[0] += line.length();
                while (chars[0] > most) {
                    chars[0] -= newest.removeFirst().length();
                }
            });
            while (!newest.isEmpty()) {
                LineFile.object(newest.removeLast())
                        .filter(entry -> entry.text("text").isPresent())
                        .ifPresent(entry -> found.addFirst(entry.all()));
            }
            left -= chars[0];
        }
        return List.copyOf(found);
    }

    private LineFile file(LocalDate date) {
        return new LineFile(folder.resolve(date + ".jsonl"), MOST_BYTES);
    }

    private void deleteBefore(LocalDate oldest) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[0-9][0-9][0-9][0-9]-*.jsonl")) {
            for (Path each : files) {
                if (each.getFileName().toString().compareTo(oldest + ".jsonl") < 0) {
                    var _ = Files.deleteIfExists(each);
                }
            }
        } catch (DirectoryIteratorException unreadable) {
            throw unreadable.getCause();
        }
    }

    private static LocalDate day(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalDate();
    }
}
