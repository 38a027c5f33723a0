package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// The bytes of one commit group's bookings: a version, a count, and each entry in a fixed order.
final class UsageGroup {

    private static final int VERSION = 2;

    /// Without tasks.
    private static final int FIRST_VERSION = 1;

    private UsageGroup() {}

    static byte[] encode(List<UsageEntry> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(32 + 128 * entries.size());
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(entries.size());
            for (UsageEntry entry : entries) {
                write(out, entry);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /// Throws [UncheckedIOException] when these are not the bytes of a group.
    static List<UsageEntry> decode(byte[] data) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(data))) {
            int version = in.readUnsignedByte();
            if (version != VERSION && version != FIRST_VERSION) {
                throw new IOException("a usage group of unknown version " + version);
            }
            int count = in.readInt();
            List<UsageEntry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                entries.add(read(in, version));
            }
            return entries;
        } catch (IOException damaged) {
            throw new UncheckedIOException(damaged);
        }
    }

    private static void write(DataOutputStream out, UsageEntry entry) throws IOException {
        out.writeLong(entry.timeMillis());
        out.writeUTF(entry.agent().value());
        out.writeLong(entry.day());
        out.writeUTF(entry.requestId());
        out.writeInt(entry.attempt());
        out.writeUTF(entry.model());
        out.writeLong(entry.inputTokens());
        out.writeLong(entry.outputTokens());
        out.writeLong(entry.cachedTokens());
        out.writeLong(entry.spentPico());
        out.writeLong(entry.unreconciledPico());
        out.writeByte(code(entry.basis()));
        out.writeUTF(entry.task());
        out.writeLong(entry.doubtTokens());
    }

    private static UsageEntry read(DataInputStream in, int version) throws IOException {
        return new UsageEntry(
                in.readLong(),
                new AgentId(in.readUTF()),
                in.readLong(),
                in.readUTF(),
                in.readInt(),
                in.readUTF(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                basis(in.readUnsignedByte()),
                version == FIRST_VERSION ? "" : in.readUTF(),
                version == FIRST_VERSION ? 0 : in.readLong());
    }

    private static int code(Basis basis) {
        return switch (basis) {
            case USAGE -> 0;
            case DELTAS -> 1;
            case UPPER_BOUND -> 2;
            case RELEASED -> 3;
        };
    }

    private static Basis basis(int code) throws IOException {
        for (Basis basis : Basis.values()) {
            if (code(basis) == code) {
                return basis;
            }
        }
        throw new IOException("a booking of unknown basis " + code);
    }
}
