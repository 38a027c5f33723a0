package ai.openlegion.evidence;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Checkpoint.Purpose;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The keys whose signatures count.
final class Trust {

    private final Map<String, AuditKey> keys = new HashMap<>();
    private final String from;

    /// @param from where they are from, in words
    Trust(List<AuditKey> keys, String from) {
        keys.forEach(key -> this.keys.put(key.id(), key));
        this.from = from;
    }

    boolean knows(Checkpoint checkpoint) {
        return knows(checkpoint.keyId());
    }

    boolean knows(String keyId) {
        return keys.containsKey(keyId);
    }

    boolean signed(Purpose purpose, Checkpoint checkpoint) {
        AuditKey key = keys.get(checkpoint.keyId());
        return key != null && key.signed(purpose, checkpoint);
    }

    Optional<AuditKey> key(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    /// Where the keys are from, in words.
    String from() {
        return from;
    }
}
