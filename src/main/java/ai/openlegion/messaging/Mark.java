package ai.openlegion.messaging;

import java.util.Set;

/// How far an agent has come with its inbox; its row in `inbox_mark`.
///
/// @param acked up to where it has dealt with everything
/// @param last at least the highest place whose item is no longer stored: no place is given twice, whatever was deleted
/// @param pushed up to where items were pushed to it
/// @param kept places up to there that were not: they were given up, and wait to be pulled
record Mark(long acked, long last, long pushed, Set<Long> kept) {

    /// Of an agent that never had an item.
    static final Mark NONE = new Mark(0, 0, 0, Set.of());

    Mark {
        kept = Set.copyOf(kept);
    }
}
