package ai.openlegion.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the kernel keeps of files in memory, and how much memory is left.
final class PageCache {
    private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

    private PageCache() {}

    static boolean canBeDropped() {
        return Files.isWritable(DROP);
    }

    /// Forgets every file that is not in use, so that the next start reads its own from the disk.
    static void drop() throws IOException, InterruptedException {
        int _ = new ProcessBuilder("sync").start().waitFor();
        Files.writeString(DROP, "3");
    }

    /// What programs could still have, by the kernel's own estimate.
    static double availableBytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                            .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow()
                    * 1024;
        }
    }
}
