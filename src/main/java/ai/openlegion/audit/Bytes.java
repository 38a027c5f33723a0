package ai.openlegion.audit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Bytes that are appended to, numbers big-endian; cleared and used again.
final class Bytes {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int KEPT_BYTES = 1 << 20;

    private byte[] array = new byte[4096];
    private int length;

    void clear() {
        length = 0;
        if (array.length > KEPT_BYTES) {
            array = new byte[KEPT_BYTES];
        }
    }

    /// What was appended since the last clearing, of which only the first [#length] bytes count.
    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    byte[] copy() {
        return Arrays.copyOf(array, length);
    }

    void addByte(int value) {
        room(1);
        array[length++] = (byte) value;
    }

    void addShort(int value) {
        room(Short.BYTES);
        array[length++] = (byte) (value >> 8);
        array[length++] = (byte) value;
    }

    void addInt(int value) {
        room(Integer.BYTES);
        INT.set(array, length, value);
        length += Integer.BYTES;
    }

    void addLong(long value) {
        room(Long.BYTES);
        LONG.set(array, length, value);
        length += Long.BYTES;
    }

    void add(byte[] bytes) {
        room(bytes.length);
        System.arraycopy(bytes, 0, array, length, bytes.length);
        length += bytes.length;
    }

    private void room(int bytes) {
        if (array.length - length < bytes) {
            array = Arrays.copyOf(array, Math.max(2 * array.length, length + bytes));
        }
    }
}
