package ai.openlegion.blackboard;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// The order in which scans run: those of one reader one after another, so that no agent, however often it asks, keeps
/// the read connections from the others.
///
/// Confined to one event loop.
final class Turns {

    /// Scans of one reader that run or wait; a client that pages has one.
    private static final int MOST = 32;

    private final Map<AgentId, Turn> turns = new HashMap<>();

    /// Runs the work when the reader's earlier work is done, or answers the refusal where too much of it waits.
    <T> Future<T> take(AgentId reader, Supplier<Future<T>> work, T refusal) {
        Turn turn = turns.computeIfAbsent(reader, _ -> new Turn());
        if (turn.open == MOST) {
            return Future.succeededFuture(refusal);
        }
        turn.open++;
        Future<T> mine = turn.last.transform(_ -> work.get());
        turn.last = mine;
        return mine.onComplete(_ -> {
            turn.open--;
            if (turn.open == 0) {
                turns.remove(reader);
            }
        });
    }

    /// What one reader has open.
    private static final class Turn {
        private Future<?> last = Future.succeededFuture();
        private int open;
    }
}
