package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Change;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// A write as it was asked for.
///
/// @param change what it wants to do
/// @param value empty where it removes
/// @param bytes that it adds, of its key and its value; none where it removes
/// @param expectedVersion counts where it claims
record Attempt(
        Change change,
        String author,
        String key,
        String value,
        int bytes,
        long expectedVersion,
        long ttlSeconds,
        @Nullable String workflowId) {

    static Attempt of(Blackboard.Put put) {
        return new Attempt(
                Change.WRITTEN,
                put.author(),
                put.key(),
                put.value(),
                bytes(put.key(), put.value()),
                0,
                put.ttlSeconds(),
                put.workflowId());
    }

    static Attempt of(Blackboard.Claim claim) {
        return new Attempt(
                Change.CLAIMED,
                claim.author(),
                claim.key(),
                claim.value(),
                bytes(claim.key(), claim.value()),
                claim.expectedVersion(),
                claim.ttlSeconds(),
                null);
    }

    static Attempt of(Blackboard.Delete delete) {
        return new Attempt(Change.DELETED, delete.author(), delete.key(), "", 0, 0, 0, null);
    }

    private static int bytes(String key, String value) {
        return ByteBufUtil.utf8Bytes(key) + ByteBufUtil.utf8Bytes(value);
    }
}
