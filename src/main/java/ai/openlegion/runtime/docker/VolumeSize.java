package ai.openlegion.runtime.docker;

import com.github.dockerjava.transport.DockerHttpClient.Request.Method;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The size of a volume while its agent may rearrange it: each folder is opened from its parent and never through a
/// symbolic link, and everything is bounded.
final class VolumeSize {

    /// What cannot be measured counts as too large: an agent that hides its files in depths has only itself to blame.
    static final long IMMEASURABLE = Long.MAX_VALUE;

    private static final int DEPTH_MAX = 128;
    private static final long ENTRIES_MAX = 4_000_000;

    /// Files take whole blocks, and empty ones take their place in a folder.
    private static final long BLOCK = 4096;

    private static final Pattern DU = Pattern.compile("(\\d{1,15})\\s.*", Pattern.DOTALL);
    private static final int OUTPUT_MAX = 1000;

    private final BooleanSupplier goesOn;
    private long entries;

    private VolumeSize(BooleanSupplier goesOn) {
        this.goesOn = goesOn;
    }

    /// The bytes under a folder, in whole blocks; [#IMMEASURABLE] beyond bounds.
    ///
    /// @param goesOn whether there is still time
    static long of(Path folder, BooleanSupplier goesOn) throws IOException {
        try (DirectoryStream<Path> root = Files.newDirectoryStream(folder)) {
            return root instanceof SecureDirectoryStream<Path> secure
                    ? new VolumeSize(goesOn).of(secure, 0)
                    : IMMEASURABLE;
        }
    }

    /// The bytes of a container's volume as its own `du` tells, for a mesh that may not read the engine's folders.
    static long asked(Talk talk, String id) throws IOException, InterruptedException {
        String exec = Confinement.text(
                talk.post(
                        "/containers/" + id + "/exec",
                        new JsonObject()
                                .put("AttachStdout", true)
                                .put("Cmd", new JsonArray().add("du").add("-sk").add(ContainerSpec.DATA))),
                "Id");
        StringBuilder output = new StringBuilder();
        try (Response answer =
                talk.open(Method.POST, "/exec/" + exec + "/start", new JsonObject().put("Detach", false))) {
            Frames.read(answer.getBody(), piece -> {
                if (output.length() < OUTPUT_MAX) {
                    output.append(new String(piece, StandardCharsets.UTF_8));
                }
            });
        }
        Matcher size = DU.matcher(output);
        if (!size.matches()) {
            throw new IOException("du says: " + Fault.words(output.toString()));
        }
        return Long.parseLong(size.group(1)) * 1024;
    }

    private long of(SecureDirectoryStream<Path> folder, int depth) throws IOException {
        long sum = BLOCK;
        for (Path entry : folder) {
            if (++entries > ENTRIES_MAX || depth > DEPTH_MAX || !goesOn.getAsBoolean()) {
                return IMMEASURABLE;
            }
            long size = ofEntry(folder, entry.getFileName(), depth);
            if (size == IMMEASURABLE) {
                return IMMEASURABLE;
            }
            sum += size;
        }
        return sum;
    }

    private long ofEntry(SecureDirectoryStream<Path> folder, Path name, int depth) throws IOException {
        try {
            BasicFileAttributes attributes = folder.getFileAttributeView(
                            name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes();
            if (!attributes.isDirectory()) {
                return Math.ceilDiv(attributes.size(), BLOCK) * BLOCK + BLOCK / 16;
            }
        } catch (NoSuchFileException removedMeanwhile) {
            return 0;
        }
        try (SecureDirectoryStream<Path> below = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            return of(below, depth + 1);
        } catch (NoSuchFileException | NotDirectoryException removedOrReplaced) {
            return 0;
        } catch (FileSystemException hindered) {
            return IMMEASURABLE;
        }
    }
}
