package ai.openlegion.store;

import ai.openlegion.store.StoreException.Reason;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// What tests ask a database, and how they wait for its answers.
final class StoreProbe {

    private StoreProbe() {}

    @CanIgnoreReturnValue
    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    static Reason failure(Future<?> future) throws Exception {
        try {
            await(future);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof StoreException store) {
                return store.reason();
            }
            throw failed;
        }
        throw new AssertionError("it succeeded");
    }

    static Future<String> put(Database database, String name, String value) {
        return database.write(connection -> {
            new MetaTable().put(connection, name, value);
            return value;
        });
    }

    static String value(Database database, String name) throws Exception {
        return await(database.write(
                connection -> new MetaTable().get(connection, name).orElse("nothing")));
    }

    /// Occupies the writer thread until the latch opens; returns when it is occupied.
    static Future<String> occupy(Database database, CountDownLatch until) throws InterruptedException {
        CountDownLatch occupied = new CountDownLatch(1);
        Future<String> gate = database.write(connection -> {
            occupied.countDown();
            try {
                until.await();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
            return "done";
        });
        occupied.await();
        return gate;
    }
}
