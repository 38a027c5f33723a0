package ai.openlegion.audit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The lines of files of checkpoints, one after the other: of a folder in the order of its days, or of a single file.
/// Trusts no byte of them.
public final class CheckpointLines implements AutoCloseable {

    static final String ENDING = ".jsonl";

    private static final Pattern NAME = Pattern.compile("\\d{4}-\\d{2}-\\d{2}\\.jsonl");
    private static final int LINE_BYTES = 4096;

    private final @Nullable Path folder;
    private final Map<Path, Long> sizes = new HashMap<>();
    private final Deque<Path> ahead = new ArrayDeque<>();
    private final byte[] bytes = new byte[LINE_BYTES];
    private boolean listed;
    private @Nullable Path file;
    private @Nullable InputStream input;
    private int number;
    private long position;

    private CheckpointLines(@Nullable Path folder) {
        this.folder = folder;
    }

    /// A line.
    ///
    /// @param whole false for a last line without its end, as a crash leaves it
    /// @param early whether it was there when [#in] was called
    public record Line(Path file, int number, String text, boolean whole, boolean early) {}

    /// Those of a folder, including what is appended before they are read; there may be no such folder.
    public static CheckpointLines in(Path folder) throws IOException {
        CheckpointLines lines = new CheckpointLines(folder);
        for (Path each : files(folder)) {
            lines.sizes.put(each, Files.size(each));
        }
        return lines;
    }

    /// Those of one file, of any name.
    public static CheckpointLines of(Path file) throws IOException {
        CheckpointLines lines = new CheckpointLines(null);
        lines.sizes.put(file, Files.size(file));
        lines.ahead.add(file);
        lines.listed = true;
        return lines;
    }

    /// The files of a folder in the order of their days.
    static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(folder)) {
            return found.filter(file ->
                            NAME.matcher(String.valueOf(file.getFileName())).matches())
                    .sorted()
                    .toList();
        }
    }

    /// The next line, null behind the last.
    public @Nullable Line next() throws IOException {
        if (!listed && folder != null) {
            listed = true;
            ahead.addAll(files(folder));
        }
        while (true) {
            InputStream open = input;
            Path from = file;
            if (open == null || from == null) {
                if (!openNext()) {
                    return null;
                }
                continue;
            }
            int length = 0;
            int read = open.read();
            while (read >= 0 && read != '\n' && length < LINE_BYTES) {
                bytes[length++] = (byte) read;
                read = open.read();
            }
            if (read < 0 && length == 0) {
                open.close();
                input = null;
                continue;
            }
            position += length + (read < 0 ? 0 : 1);
            boolean early = position <= sizes.getOrDefault(from, 0L);
            String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            return new Line(from, ++number, text, read == '\n', early);
        }
    }

    /// Whether the file that the last line came from is the last of all.
    public boolean inLastFile() {
        return ahead.isEmpty();
    }

    private boolean openNext() throws IOException {
        while (true) {
            Path next = ahead.poll();
            if (next == null) {
                return false;
            }
            try {
                input = new BufferedInputStream(Files.newInputStream(next), 1 << 16);
                file = next;
                number = 0;
                position = 0;
                return true;
            } catch (NoSuchFileException removedSince) {
                // its entries are not kept any more
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (input != null) {
            input.close();
        }
    }
}
