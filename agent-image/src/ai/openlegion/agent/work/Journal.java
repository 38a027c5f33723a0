package ai.openlegion.agent.work;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// What happened to the agent, a file of JSON lines a day (UTC), for a fortnight.
///
/// Any thread may call it.
public final class Journal {

    /// How many days are kept, and can be read.
    public static final int DAYS = 14;

    private static final Logger LOG = Logger.getLogger(Journal.class.getName());
    private static final long MOST_BYTES_A_DAY = 8L << 20;
    private static final int MOST_ENTRIES = 1_000;
    private static final int TEXT_CHARS = 4_000;

    private final Path folder;
    private final Time time;

    private Journal(Path folder, Time time) {
        this.folder = folder;
        this.time = time;
    }

    /// Keeps its files in that folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static Journal open(Path folder, Time time) throws IOException {
        Files.createDirectories(folder);
        return new Journal(folder, time);
    }

    /// Adds an entry; one that cannot be written, or comes after eight megabytes of the day, is only missed here.
    public synchronized void add(String kind, Map<String, Object> what) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("time", time.now().toString());
        entry.put("kind", kind);
        what.forEach((name, value) -> entry.put(
                name, value instanceof String text && text.length() > TEXT_CHARS ? text.substring(0, TEXT_CHARS) : value));
        Path file = file(today());
        try {
            if (!Files.exists(file)) {
                dropOld();
            } else if (Files.size(file) > MOST_BYTES_A_DAY) {
                return;
            }
            var _ = Files.writeString(
                    file, Json.write(entry) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException unwritable) {
            LOG.log(Level.WARNING, "agent.journal_unwritable", unwritable);
        }
    }

    /// The newest entries of the last days, oldest first, at most a thousand.
    ///
    /// @param days 1 is today alone
    public synchronized List<Object> read(int days) {
        List<Object> entries = new ArrayList<>();
        for (LocalDate day = today().minusDays(days - 1L); !day.isAfter(today()); day = day.plusDays(1)) {
            Path file = file(day);
            if (!Files.exists(file)) {
                continue;
            }
            try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
                lines.forEach(line -> {
                    try {
                        entries.add(Json.parse(line));
                    } catch (JsonException torn) {
                        // written by a process that was killed meanwhile
                    }
                });
            } catch (IOException unreadable) {
                LOG.log(Level.WARNING, "agent.journal_unreadable", unreadable);
            }
        }
        return entries.subList(Math.max(0, entries.size() - MOST_ENTRIES), entries.size());
    }

    private void dropOld() throws IOException {
        String oldest = file(today().minusDays(DAYS - 1L)).getFileName().toString();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(file -> file.getFileName().toString().matches("\\d{4}-\\d\\d-\\d\\d\\.jsonl"))
                    .filter(file -> file.getFileName().toString().compareTo(oldest) < 0)
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    private LocalDate today() {
        return LocalDate.ofInstant(time.now(), ZoneOffset.UTC);
    }

    private Path file(LocalDate day) {
        return folder.resolve(day + ".jsonl");
    }
}
