package ai.openlegion.scenario;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;

/// A reader of HPROF heap dumps, which knows as much of them as it takes to visit every primitive array.
final class HeapDump {

    /// Bytes of a field or an element by the format's number of its type.
    private static final Map<Integer, Integer> SIZES = Map.of(4, 1, 5, 2, 6, 4, 7, 8, 8, 1, 9, 2, 10, 4, 11, 8);

    private static final int OBJECT = 2;
    static final int CHARS = 5;
    static final int BYTES = 8;

    private final DataInputStream in;
    private final int idBytes;
    private long left;

    private HeapDump(DataInputStream in, int idBytes) {
        this.in = in;
        this.idBytes = idBytes;
    }

    /// Visits every array of bytes and of chars, with the number of its type; chars come as two bytes each.
    ///
    /// @return how many there were
    static int visit(Path file, BiConsumer<Integer, byte[]> visitor) throws IOException {
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
            while (in.readByte() != 0) {
                // the format's name, up to its zero
            }
            var dump = new HeapDump(in, in.readInt());
            var _ = in.readLong();
            return dump.records(visitor);
        }
    }

    private int records(BiConsumer<Integer, byte[]> visitor) throws IOException {
        int arrays = 0;
        while (true) {
            int tag;
            try {
                tag = in.readUnsignedByte();
            } catch (EOFException end) {
                return arrays;
            }
            var _ = in.readInt();
            left = in.readInt() & 0xffffffffL;
            if (tag == 0x0c || tag == 0x1c) {
                while (left > 0) {
                    arrays += record(visitor);
                }
            } else {
                skip(left);
            }
        }
    }

    private int record(BiConsumer<Integer, byte[]> visitor) throws IOException {
        int tag = u1();
        switch (tag) {
            case 0xff, 0x05, 0x07 -> skip(idBytes);
            case 0x01 -> skip(2L * idBytes);
            case 0x02, 0x03, 0x08 -> skip(idBytes + 8);
            case 0x04, 0x06 -> skip(idBytes + 4);
            case 0x20 -> classDump();
            case 0x21 -> {
                skip(2L * idBytes + 4);
                skip(u4());
            }
            case 0x22 -> {
                skip(idBytes + 4);
                long elements = u4();
                skip(idBytes);
                skip(elements * idBytes);
            }
            case 0x23 -> {
                skip(idBytes + 4);
                long elements = u4();
                int type = u1();
                long bytes = elements * size(type);
                if (type != BYTES && type != CHARS) {
                    skip(bytes);
                    return 0;
                }
                byte[] array = new byte[Math.toIntExact(bytes)];
                in.readFully(array);
                left -= bytes;
                visitor.accept(type, array);
                return 1;
            }
            default -> throw new IOException("unknown record " + tag); // open: other dumps than HotSpot's
        }
        return 0;
    }

    private void classDump() throws IOException {
        skip(7L * idBytes + 8);
        for (int constants = u2(); constants > 0; constants--) {
            skip(2);
            skip(size(u1()));
        }
        for (int statics = u2(); statics > 0; statics--) {
            skip(idBytes);
            skip(size(u1()));
        }
        for (int fields = u2(); fields > 0; fields--) {
            skip(idBytes + 1);
        }
    }

    private int size(int type) throws IOException {
        if (type == OBJECT) {
            return idBytes;
        }
        Integer size = SIZES.get(type);
        if (size == null) {
            throw new IOException("unknown type " + type);
        }
        return size;
    }

    private int u1() throws IOException {
        left--;
        return in.readUnsignedByte();
    }

    private int u2() throws IOException {
        left -= 2;
        return in.readUnsignedShort();
    }

    private long u4() throws IOException {
        left -= 4;
        return in.readInt() & 0xffffffffL;
    }

    private void skip(long bytes) throws IOException {
        left -= bytes;
        in.skipNBytes(bytes);
    }
}
