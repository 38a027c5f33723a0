package ai.openlegion.evidence;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The lines of an export as they are read: bounded, in strict UTF-8, with the digest of all that came before.
final class FileLines {

    /// An entry of the longest texts, all of it escaped, is a third of this.
    private static final int LINE_BYTES = 64 << 10;

    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    private final MessageDigest sha256 = sha256();
    private byte[] pending = new byte[0];
    private int number;

    FileLines(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /// The next line without its end, null behind the last. Throws [IllegalArgumentException] for one that is too long,
    /// no UTF-8, or without an end.
    @Nullable
    String next() throws IOException {
        sha256.update(pending);
        pending = new byte[0];
        line.reset();
        int read = in.read();
        if (read < 0) {
            return null;
        }
        number++;
        while (read >= 0 && read != '\n') {
            if (line.size() >= LINE_BYTES) {
                throw new IllegalArgumentException("line " + number + " is too long");
            }
            line.write(read);
            read = in.read();
        }
        if (read < 0) {
            throw new IllegalArgumentException("line " + number + " has no end");
        }
        byte[] bytes = line.toByteArray();
        line.write('\n');
        pending = line.toByteArray();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException damaged) {
            throw new IllegalArgumentException("line " + number + " is damaged", damaged);
        }
    }

    /// Of the line read last; the first is 1.
    int number() {
        return number;
    }

    /// SHA-256, in hex, of all bytes before the line that was read last. Ends the counting.
    String before() {
        return HexFormat.of().formatHex(sha256.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
