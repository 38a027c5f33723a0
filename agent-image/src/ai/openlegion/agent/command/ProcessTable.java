package ai.openlegion.agent.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The processes that this one can see, read from `/proc`; empty where there is none.
final class ProcessTable {

    private static final Path PROC = Path.of("/proc");

    /// A process.
    ///
    /// @param started when, in clock ticks since boot: with the id, it is one process and no later one
    record Row(long pid, char state, long parent, long group, long session, long started) {
        boolean isZombie() {
            return state == 'Z' || state == 'X';
        }
    }

    private final Map<Long, Row> rows;

    private ProcessTable(Map<Long, Row> rows) {
        this.rows = rows;
    }

    static ProcessTable now() {
        Map<Long, Row> rows = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path process : processes) {
                row(process).ifPresent(row -> rows.put(row.pid(), row));
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // as if there were none
        }
        return new ProcessTable(rows);
    }

    Iterable<Row> rows() {
        return rows.values();
    }

    Optional<Row> parentOf(Row row) {
        return Optional.ofNullable(rows.get(row.parent()));
    }

    /// Whether a process was started with that in its environment.
    static boolean carries(Row row, String variable) {
        try {
            byte[] environment = Files.readAllBytes(PROC.resolve(row.pid() + "/environ"));
            return ("\0" + new String(environment, StandardCharsets.ISO_8859_1)).contains("\0" + variable + "\0");
        } catch (IOException gone) {
            return false;
        }
    }

    private static Optional<Row> row(Path process) {
        try {
            String text = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            // the command's name is in parentheses and may hold anything, parentheses too
            String[] fields =
                    text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
            return Optional.of(new Row(
                    Long.parseLong(process.getFileName().toString()),
                    fields[0].charAt(0),
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[3]),
                    Long.parseLong(fields[19])));
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException gone) {
            return Optional.empty();
        }
    }
}
