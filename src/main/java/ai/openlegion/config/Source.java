package ai.openlegion.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The text of one configuration file under the name that problems give it.
///
/// @param isAbsent there is no such file; its text is empty
record Source(String file, String text, boolean isAbsent) {

    /// Far above any honest file, far below what would hurt.
    static final int MAX_BYTES = 4 * 1024 * 1024;

    /// Reads a file, which may be absent; nothing, with a problem, when it could not be read.
    static Optional<Source> read(String name, Path path, Problems problems) {
        try (InputStream in = Files.newInputStream(path)) {
            return decode(name, in.readNBytes(MAX_BYTES + 1), problems);
        } catch (NoSuchFileException absent) {
            return Optional.of(new Source(name, "", true));
        } catch (IOException unreadable) {
            problems.add(name, 0, "", "cannot be read");
            return Optional.empty();
        }
    }

    /// A file packed into the jar, which is there by construction.
    static Source shipped(String name) {
        try (@Nullable InputStream in = Source.class.getResourceAsStream("/ai/openlegion/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + name);
            }
            return new Source(name, new String(in.readAllBytes(), StandardCharsets.UTF_8), false);
        } catch (IOException broken) {
            throw new IllegalStateException("the jar's " + name + " cannot be read", broken);
        }
    }

    /// Text from bytes, strictly: a problem when they are too many or not UTF-8.
    static Optional<Source> decode(String name, byte[] bytes, Problems problems) {
        if (bytes.length > MAX_BYTES) {
            problems.add(name, 0, "", "is larger than " + MAX_BYTES / (1024 * 1024) + " MiB");
            return Optional.empty();
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        try {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isError()) {
                result.throwException();
            }
        } catch (CharacterCodingException malformed) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            problems.add(name, line, "", "is not valid UTF-8");
            return Optional.empty();
        }
        String text = out.flip().toString();
        return Optional.of(new Source(name, text.startsWith("\uFEFF") ? text.substring(1) : text, false));
    }
}
