package ai.openlegion.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A member of every group that keeps one number durable, and breaks when told to.
final class Counter implements GroupMember {

    private final String name;
    private final MetaTable meta = new MetaTable();
    private long wanted;
    private long written;
    private long durable;
    private int failures;
    private @Nullable RuntimeException fault;

    Counter(String name) {
        this.name = name;
    }

    synchronized void add() {
        wanted++;
    }

    synchronized long durable() {
        return durable;
    }

    synchronized int failures() {
        return failures;
    }

    synchronized void breakWith(RuntimeException why) {
        fault = why;
    }

    synchronized void repair() {
        fault = null;
    }

    synchronized void awaitDurable(long value) throws InterruptedException, TimeoutException {
        await(() -> durable >= value, "durable " + value);
    }

    synchronized void awaitFailures(int count) throws InterruptedException, TimeoutException {
        await(() -> failures >= count, "failures " + count);
    }

    @Override
    public synchronized boolean pending() {
        return wanted > durable;
    }

    @Override
    public synchronized void write(Connection connection) throws SQLException {
        meta.put(connection, name, Long.toString(wanted));
        written = wanted;
        RuntimeException why = fault;
        if (why != null) {
            throw why;
        }
    }

    @Override
    public synchronized void committed() {
        durable = written;
        notifyAll();
    }

    @Override
    public synchronized void failed() {
        failures++;
        notifyAll();
    }

    private void await(java.util.function.BooleanSupplier condition, String what)
            throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("waited for " + what + ", durable " + durable + " failures " + failures);
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
        }
    }
}
