package ai.openlegion.audit;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The entries in the bytes of a row, one after the other; trusts no byte of it.
final class GroupDecoder {

    private final ByteBuffer row;
    private final List<byte[]> known = new ArrayList<>();
    private final byte[][] texts = new byte[Chain.TEXTS][];
    private long mark;

    /// Reads what a [GroupEncoder] made.
    GroupDecoder(byte[] data) {
        row = ByteBuffer.wrap(data);
    }

    boolean hasNext() {
        return row.hasRemaining();
    }

    /// The next entry; throws [IllegalArgumentException] where the bytes are none.
    AuditEntry next() {
        try {
            byte format = row.get();
            if (format != Chain.FORMAT) {
                throw new IllegalArgumentException("an entry of unknown format " + format);
            }
            long timeMillis = row.getLong();
            String actor = shared(0);
            String action = shared(1);
            String resource = shared(2);
            String decision = shared(3);
            String rule = shared(4);
            long revision = row.getLong();
            String requestId = written(5);
            String upstreamRequestId = written(6);
            long costPico = row.getLong();
            mark = row.getLong();
            return new AuditEntry(
                    timeMillis,
                    actor,
                    action,
                    resource,
                    decision,
                    rule,
                    revision,
                    requestId,
                    upstreamRequestId,
                    costPico);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | CharacterCodingException damaged) {
            throw new IllegalArgumentException("the bytes of an entry are damaged", damaged);
        }
    }

    /// The texts of the entry read last, as they are stored.
    byte[][] texts() {
        return texts;
    }

    /// The part of its hash that stands behind the entry read last.
    long mark() {
        return mark;
    }

    private String shared(int text) throws CharacterCodingException {
        int begin = Short.toUnsignedInt(row.getShort());
        if (begin >= GroupEncoder.REFERENCE) {
            return string(text, known.get(begin - GroupEncoder.REFERENCE));
        }
        byte[] utf8 = bytes(begin);
        if (utf8.length > 0 && known.size() < GroupEncoder.REFERENCE) {
            known.add(utf8);
        }
        return string(text, utf8);
    }

    private String written(int text) throws CharacterCodingException {
        return string(text, bytes(Short.toUnsignedInt(row.getShort())));
    }

    private byte[] bytes(int length) {
        if (length > row.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        row.get(bytes);
        return bytes;
    }

    private String string(int text, byte[] utf8) throws CharacterCodingException {
        texts[text] = utf8;
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }
}
