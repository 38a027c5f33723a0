package ai.openlegion.proxy;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.Usage;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an answer has cost so far, counted twice: the fewest tokens it can be, and the most (`budgets.md`, Meter).
final class Meter {

    /// The highest number that a choice has; whatever is numbered beyond counts as that one.
    private static final int LAST_CHOICE = 127;

    private long deltas;
    private long bytes;
    private @Nullable Usage usage;
    private final BitSet finished = new BitSet();

    /// How many choices had ended with the document that last told figures.
    private int finishedAtUsage;

    /// The choices that had a delta in the document being counted.
    private final BitSet heard = new BitSet();

    /// A document that says one delta and nothing else.
    void delta(int length) {
        deltas++;
        bytes += length;
    }

    /// What one document says. It counts as one token for each choice at least, not more: some providers send the same
    /// reasoning under two names.
    void document(List<AnswerEvent> said) {
        heard.clear();
        boolean hasFigures = false;
        for (AnswerEvent event : said) {
            count(event);
            hasFigures |= event instanceof AnswerEvent.Used;
        }
        if (hasFigures) {
            finishedAtUsage = finished.nextClearBit(0);
        }
    }

    private void count(AnswerEvent event) {
        switch (event) {
            case AnswerEvent.Delta delta -> {
                bytes += delta.to() - delta.from();
                int choice = Math.clamp(delta.choice(), 0, LAST_CHOICE);
                if (delta.to() > delta.from() && !heard.get(choice)) {
                    heard.set(choice);
                    deltas++;
                }
            }
            case AnswerEvent.Unshown unshown -> bytes += unshown.bytes();
            case AnswerEvent.Used used -> usage = used.usage();
            case AnswerEvent.Ended ended -> finished.set(Math.clamp(ended.choice(), 0, LAST_CHOICE));
            case AnswerEvent.Sealed sealed -> bytes += sealed.seal().data().length();
            case AnswerEvent.Started _,
                    AnswerEvent.ToolCalled _,
                    AnswerEvent.PartEnded _,
                    AnswerEvent.Completed _,
                    AnswerEvent.Failed _ -> {}
        }
    }

    /// Forgets the deltas of a document that is not handed on.
    void backTo(long before) {
        deltas = before;
    }

    /// The fewest output tokens the provider can have produced.
    long lowerBound() {
        return deltas;
    }

    /// The most output tokens that were seen: no token is shorter than a byte.
    long upperBound() {
        return bytes;
    }

    @Nullable
    Usage usage() {
        return usage;
    }

    /// Whether the figures came with or behind the ends of so many choices.
    boolean isUsageFinal(int choices) {
        return finishedAtUsage >= choices;
    }
}
