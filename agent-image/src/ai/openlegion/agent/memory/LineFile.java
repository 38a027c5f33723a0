package ai.openlegion.agent.memory;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A file of JSON objects, one a line, each on disk before [#add] returns. Not for several threads at once.
///
/// The agent's own commands can change the file too. What is no object is skipped when it is read; a line that was torn
/// when the process died is cut off.
public final class LineFile {

    private final Path path;
    private final long mostBytes;

    /// @param mostBytes more than was ever written
    public LineFile(Path path, long mostBytes) {
        this.path = path;
        this.mostBytes = mostBytes;
    }

    /// All objects, in the order in which they were added. A file that is none, or far larger than was ever written, is
    /// put aside.
    public List<Map<String, Object>> read() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) > mostBytes) {
            var _ = Files.move(
                    path, path.resolveSibling(path.getFileName() + ".unusable"), StandardCopyOption.REPLACE_EXISTING);
            return List.of();
        }
        byte[] content = Files.readAllBytes(path);
        List<Map<String, Object>> objects = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < content.length; i++) {
            if (content[i] == '\n') {
                try {
                    objects.add(Json.object(
                            new String(Arrays.copyOfRange(content, start, i), StandardCharsets.UTF_8)));
                } catch (JsonException other) {
                    // somebody else's line
                }
                start = i + 1;
            }
        }
        if (start < content.length) {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                var _ = file.truncate(start);
                file.force(true);
            }
        }
        return objects;
    }

    /// Adds a line.
    ///
    /// @throws IOException if it cannot be stored; the file is as it was then
    public void add(Map<String, Object> object) throws IOException {
        boolean fresh = !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS)) {
            long before = file.size();
            try {
                write(file, Json.write(object) + "\n");
            } catch (IOException full) {
                // half a line would spoil the next one
                var _ = file.truncate(before);
                throw full;
            }
        }
        if (fresh) {
            forceFolder();
        }
    }

    /// Puts these in place of all that is there, at once.
    public void replace(List<Map<String, Object>> objects) throws IOException {
        Path whole = path.resolveSibling(path.getFileName() + ".new");
        var _ = Files.deleteIfExists(whole);
        try (FileChannel file = FileChannel.open(
                whole, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            var text = new StringBuilder();
            objects.forEach(object -> text.append(Json.write(object)).append('\n'));
            write(file, text.toString());
        }
        var _ = Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder();
    }

    private void forceFolder() throws IOException {
        Path folder = path.getParent();
        if (folder != null) {
            try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
    }

    private static void write(FileChannel file, String text) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (left.hasRemaining()) {
            var _ = file.write(left);
        }
        file.force(true);
    }
}
