package ai.openlegion.evidence;

import java.io.Serial;

/// Carries a failure of the disk or the database out of a walk along the log, to where it is told.
final class Interrupted extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    Interrupted(Exception cause) {
        super(cause);
    }
}
