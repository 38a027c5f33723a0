package ai.openlegion.evidence;

import java.io.Serial;

/// What is to be checked or exported cannot be read, or is not there: one sentence for the operator.
public final class EvidenceException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean misused;

    private EvidenceException(String sentence, boolean misused) {
        super(sentence);
        this.misused = misused;
    }

    /// Something is damaged, locked or cannot be read.
    static EvidenceException unreadable(String sentence) {
        return new EvidenceException(sentence, false);
    }

    /// Something that was named does not exist, or is of another kind.
    static EvidenceException misused(String sentence) {
        return new EvidenceException(sentence, true);
    }

    /// Whether what was asked for is at fault, and not what was found.
    public boolean misused() {
        return misused;
    }

    /// The sentence.
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
