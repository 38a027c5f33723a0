package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Absent;
import ai.openlegion.blackboard.Blackboard.AppendOnly;
import ai.openlegion.blackboard.Blackboard.Conflict;
import ai.openlegion.blackboard.Blackboard.Outcome;

/// What is to be done about a write, given what stands under its key.
sealed interface Ruling {

    /// The entry gets this version.
    record Write(long version) implements Ruling {}

    /// The entry of this version goes.
    record Remove(long version) implements Ruling {}

    /// Nothing changes.
    record Refuse(Outcome why) implements Ruling {}

    /// Keys of which entries stay as they were written.
    String HISTORY = "history/";

    /// Decides; a pure function.
    static Ruling on(Attempt attempt, Standing found) {
        boolean history = attempt.key().startsWith(HISTORY);
        if (history && attempt.ttlSeconds() > 0) {
            return new Refuse(new AppendOnly("entries under history/ do not expire"));
        }
        return switch (attempt.change()) {
            case WRITTEN -> write(history, found);
            case CLAIMED -> {
                long current = found.live() ? found.version() : 0;
                yield attempt.expectedVersion() == current ? write(history, found) : new Refuse(new Conflict(current));
            }
            case DELETED -> remove(history, found);
        };
    }

    private static Ruling write(boolean history, Standing found) {
        return history && found.live()
                ? new Refuse(new AppendOnly("entries under history/ are not overwritten"))
                : new Write(found.version() + 1);
    }

    private static Ruling remove(boolean history, Standing found) {
        if (!found.live()) {
            return new Refuse(new Absent());
        }
        return history
                ? new Refuse(new AppendOnly("entries under history/ are not deleted"))
                : new Remove(found.version());
    }
}
