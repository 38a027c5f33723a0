package ai.openlegion.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The folder of signed checkpoints outside the database: a line each, a file a day, appended to and never rewritten.
///
/// For one thread at a time.
final class CheckpointFiles {

    /// A crash leaves at most the lines of one go that the table lacks, 1,001 of some 310 bytes; they are within the
    /// last bytes of the last file.
    private static final int LAST_BYTES = 512 << 10;

    private final Path folder;
    private @Nullable Path current;
    private long soundBytes;

    CheckpointFiles(Path folder) {
        this.folder = folder;
    }

    /// Makes the folder, cuts off what a crash left of a line, and gives the last whole lines, in order. Lines that are
    /// no checkpoints are left to whoever verifies.
    List<Checkpoint> open() throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        List<Path> files = CheckpointLines.files(folder);
        if (files.isEmpty()) {
            return List.of();
        }
        Path last = files.getLast();
        try (FileChannel channel = FileChannel.open(last, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long from = Math.max(0, channel.size() - LAST_BYTES);
            ByteBuffer bytes = ByteBuffer.allocate((int) (channel.size() - from));
            while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) > 0) {
                // the channel moves the buffer's position
            }
            String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
            int whole = text.lastIndexOf('\n') + 1;
            if (whole < text.length() && (whole > 0 || from == 0)) {
                channel.truncate(from + whole);
                channel.force(true);
            }
            current = last;
            soundBytes = channel.size();
            return checkpoints(text.substring(0, whole));
        }
    }

    private static List<Checkpoint> checkpoints(String lines) {
        List<Checkpoint> read = new ArrayList<>();
        for (String line : lines.split("\n")) {
            try {
                read.add(Checkpoint.parse(line));
            } catch (IllegalArgumentException cutOrForeign) {
                read.clear(); // only an unbroken run up to the end is of use
            }
        }
        return read;
    }

    /// Makes the lines durable, in the file of the day or, when the clock has gone back, of the latest day there is. A
    /// failure leaves nothing of them behind the next call.
    void append(List<Checkpoint> checkpoints, LocalDate day) throws IOException {
        Path file = folder.resolve(day + CheckpointLines.ENDING);
        Path before = current;
        boolean fresh = before == null || file.compareTo(before) > 0;
        if (fresh) {
            current = file;
            soundBytes = 0;
        } else {
            file = before;
        }
        StringBuilder lines = new StringBuilder();
        checkpoints.forEach(each -> lines.append(each.text()).append('\n'));
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            if (channel.size() > soundBytes) {
                channel.truncate(soundBytes);
            }
            long position = channel.size();
            while (bytes.hasRemaining()) {
                position += channel.write(bytes, position);
            }
            channel.force(true);
            if (fresh) {
                try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                    directory.force(true);
                }
            }
            soundBytes = position;
        }
    }

    /// Removes the files, but for the last, all of whose checkpoints are at most this one; returns how many.
    int removeUpTo(long seq) throws IOException {
        int removed = 0;
        List<Path> files = CheckpointLines.files(folder);
        for (int i = 0; i < files.size() - 1; i++) {
            if (!endsBy(files.get(i), seq)) {
                break;
            }
            Files.delete(files.get(i));
            removed++;
        }
        return removed;
    }

    private static boolean endsBy(Path file, long seq) throws IOException {
        try (CheckpointLines lines = CheckpointLines.of(file)) {
            for (CheckpointLines.Line line = lines.next(); line != null; line = lines.next()) {
                if (Checkpoint.parse(line.text()).seq() > seq) {
                    return false;
                }
            }
            return true;
        } catch (IllegalArgumentException foreign) {
            return false;
        }
    }
}
