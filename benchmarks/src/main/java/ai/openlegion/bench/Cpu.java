package ai.openlegion.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// CPU time as the kernel accounts it: user plus system, all threads of a process, from `/proc/PID/stat`.
final class Cpu {
    /// Linux reports these fields in hundredths of a second on every architecture it runs a JVM on (USER_HZ).
    private static final long MICROS_PER_TICK = 10_000;

    private static final int USER_AFTER_NAME = 11;

    private Cpu() {}

    /// Microseconds of CPU the process has used since it started.
    static long micros(long pid) {
        String stat = read(Path.of("/proc/" + pid + "/stat"));
        // The process's name stands in parentheses and may hold spaces: count the fields after it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[USER_AFTER_NAME]) + Long.parseLong(fields[USER_AFTER_NAME + 1]))
                * MICROS_PER_TICK;
    }

    /// Resident memory of the process in MiB.
    static long residentMebibytes(long pid) {
        return read(Path.of("/proc/" + pid + "/status"))
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
