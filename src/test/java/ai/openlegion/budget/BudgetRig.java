package ai.openlegion.budget;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The budget of one running mesh on a database on disk, and what it told.
final class BudgetRig {

    final Ledger ledger;
    final Bus bus;
    final BlockingQueue<Budget.Cut> cuts = new LinkedBlockingQueue<>();
    final BlockingQueue<Budget.Spent> spent = new LinkedBlockingQueue<>();
    final BlockingQueue<Budget.Warned> warned = new LinkedBlockingQueue<>();
    final BlockingQueue<Budget.Frozen> frozen = new LinkedBlockingQueue<>();

    private final Path file;
    private final MovableClock clock;
    private final Vertx vertx = Vertx.vertx();
    private final Database database;
    private final String deployment;

    BudgetRig(Path file, MovableClock clock) throws Exception {
        this.file = file;
        this.clock = clock;
        bus = new Bus(vertx);
        database = Database.open(file, vertx);
        ledger = new Ledger(clock);
        AuditLog audit = AuditLog.open(database, bus);
        deployment = await(vertx.deployVerticle(new BudgetVerticle(bus, database, ledger, audit, clock)));
        var _ = bus.subscribe(Budget.CUT, cuts::add);
        var _ = bus.subscribe(Budget.SPENT, spent::add);
        var _ = bus.subscribe(Budget.WARNED, warned::add);
        var _ = bus.subscribe(Budget.FROZEN, frozen::add);
    }

    /// Stops as SIGTERM does and starts again.
    BudgetRig restart() throws Exception {
        await(vertx.undeploy(deployment));
        close();
        return new BudgetRig(file, clock);
    }

    /// Goes on from what is in the files now, which is what a kill leaves.
    BudgetRig crash() throws Exception {
        Path copy = file.resolveSibling(file.getFileName() + "x");
        copy("", copy);
        copy("-wal", copy);
        close();
        return new BudgetRig(copy, clock);
    }

    void close() throws Exception {
        database.close();
        await(vertx.close());
    }

    static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
        T taken = queue.poll(20, TimeUnit.SECONDS);
        if (taken == null) {
            throw new AssertionError("nothing came");
        }
        return taken;
    }

    @CanIgnoreReturnValue
    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void copy(String suffix, Path target) throws IOException {
        Path source = file.resolveSibling(file.getFileName() + suffix);
        if (Files.exists(source)) {
            var _ = Files.copy(source, target.resolveSibling(target.getFileName() + suffix));
        }
    }
}
