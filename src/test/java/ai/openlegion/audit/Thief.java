package ai.openlegion.audit;

import ai.openlegion.audit.Checkpoint.Purpose;
import java.io.IOException;
import java.nio.file.Path;

/// Somebody with a key of their own.
public final class Thief {

    private final SigningKey key;

    public Thief(Path keyFile) throws IOException {
        AuditKeyFiles files = AuditKeyFiles.at(keyFile);
        key = files.key().isPresent() ? files.key().get() : files.create();
    }

    public Checkpoint resign(Checkpoint checkpoint) {
        return key.sign(Purpose.CHECKPOINT, checkpoint.place(), checkpoint.timeMillis());
    }

    public Checkpoint resignBase(Checkpoint base) {
        return key.sign(Purpose.BASE, base.place(), base.timeMillis());
    }
}
