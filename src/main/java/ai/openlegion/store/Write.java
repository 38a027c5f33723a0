package ai.openlegion.store;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// One waiting [Transaction] and the promise of its answer.
final class Write<T extends @Nullable Object> {

    private final Transaction<T> work;
    private final Context context;
    private final Promise<T> promise = Promise.promise();
    private @Nullable Throwable fault;
    private @Nullable T result;

    Write(Transaction<T> work, Context context) {
        this.work = work;
        this.context = context;
    }

    Future<T> future() {
        return promise.future();
    }

    /// Does the work; its result is given out by [#answer] only.
    void run(Connection connection) throws SQLException {
        result = work.run(connection);
    }

    /// Remembers that the work itself failed and was undone.
    void reject(Throwable why) {
        fault = why;
    }

    /// The group is durable: answers with the result, or with the work's own failure.
    void answer() {
        Throwable why = fault;
        if (why != null) {
            fail(why);
        } else {
            onContext(this::succeed);
        }
    }

    /// Answers with a failure.
    void fail(Throwable why) {
        onContext(() -> promise.fail(why));
    }

    @SuppressWarnings("NullAway") // the result is null only where T is nullable
    private void succeed() {
        promise.complete(result);
    }

    private void onContext(Runnable answer) {
        try {
            context.runOnContext(_ -> answer.run());
        } catch (RejectedExecutionException closed) {
            answer.run(); // Vert.x is closed: nobody is left to be disturbed on this thread
        }
    }
}
