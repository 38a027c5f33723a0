package ai.openlegion.audit;

import static java.util.Objects.requireNonNull;

import ai.openlegion.audit.AuditGroup.Grown;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.audit.OpeningReader.Opening;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The one owner of the audit's signatures: it signs places of the chain once they are durable, into the files and then
/// into the table, and removes what need not be kept any longer.
///
/// The first verticle to come up and the last to go: its start fails where the key is gone, its end signs what there
/// is.
public final class CheckpointVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.audit");
    private static final long LOOK_EVERY_MILLIS = 1_000;

    /// The longest an entry stays unsigned while others follow it.
    private static final long SIGNED_WITHIN_MILLIS = 60_000;

    /// A failure of the signing that lasts longer ends the taking of calls.
    private static final long PATIENCE_MILLIS = 60_000;

    private static final long KEEP_EVERY_MILLIS = 24L * 3_600_000;
    private static final int SIGNED_AT_ONCE = 1_000;

    /// What is signed more often is remembered outside of database and checkpoints only so often.
    private static final long REMEMBER_EVERY_MILLIS = 10_000;

    private final Database database;
    private final AuditLog audit;
    private final AuditSettings settings;
    private final InstantSource clock;
    private final AuditKeyFiles keys;
    private final CheckpointFiles files;
    private final LastSigned memory;
    private final CheckpointTable table = new CheckpointTable();

    // On this verticle's context only.
    private final Deque<Tail> marks = new ArrayDeque<>();
    private final Deque<Grown> unsigned = new ArrayDeque<>();
    private List<Checkpoint> unsettled = List.of();
    private Tail end = Tail.START;
    private long signedSeq;
    private long failingSinceMillis = -1;
    private @Nullable Checkpoint newest;
    private long rememberedSeq;
    private long rememberedMillis = Long.MIN_VALUE;
    private boolean forgetful;
    private boolean started;
    private boolean closing;
    private Future<?> work = Future.succeededFuture();
    private @Nullable SigningKey key;
    private @Nullable Retention retention;

    private volatile boolean behind;

    public CheckpointVerticle(Database database, AuditLog audit, AuditSettings settings, InstantSource clock) {
        this.database = database;
        this.audit = audit;
        this.settings = settings;
        this.clock = clock;
        keys = AuditKeyFiles.at(settings.keyFile());
        files = new CheckpointFiles(settings.checkpoints());
        memory = LastSigned.of(settings.checkpoints());
    }

    @Override
    public Future<?> start() {
        audit.follow(new AuditLog.Follower() {
            @Override
            public void grown(Grown grown) {
                context.runOnContext(_ -> take(grown));
            }

            @Override
            public boolean keepsUp() {
                return !behind;
            }
        });
        return vertx.executeBlocking(() -> new OpeningReader(keys, files, memory, clock.millis()).read(database.path()))
                .compose(opening -> begin(requireNonNull(opening)));
    }

    private Future<?> begin(Opening opening) {
        SigningKey signing = opening.key();
        key = signing;
        end = opening.end();
        signedSeq = opening.signedSeq();
        newest = opening.newest();
        boolean isNew = !opening.earlierKey().equals(signing.open().id());
        if (!isNew || opening.earlierKey().isEmpty()) {
            marks.addAll(opening.marks()); // another key signs nothing before the entry that tells of it
        }
        tell(opening, isNew);
        Retention keeping =
                new Retention(database, table, files, signing, keys, this::check, audit, settings.days(), clock);
        retention = keeping;
        return database.write(connection -> {
                    Checkpoint base = opening.base();
                    if (base != null) {
                        table.begin(connection, base);
                    }
                    table.insert(connection, opening.mended());
                    // In the same commit, before anything that the new key signs.
                    if (isNew) {
                        record("audit.key", signing.open().id(), "new", "before: " + opening.earlierKey());
                    }
                    if (!opening.flaws().isEmpty()) {
                        check(String.join("; ", opening.flaws()));
                    }
                    return true;
                })
                .compose(_ -> signAll())
                .compose(_ -> remember())
                .compose(_ -> vertx.executeBlocking(() -> {
                    keys.publish(signing);
                    return signing;
                }))
                .onSuccess(_ -> {
                    started = true;
                    vertx.setPeriodic(LOOK_EVERY_MILLIS, _ -> look());
                    vertx.setPeriodic(KEEP_EVERY_MILLIS, _ -> keep());
                    look();
                    keep();
                });
    }

    private void tell(Opening opening, boolean isNew) {
        if (isNew) {
            LOG.log(
                    Level.INFO,
                    "audit signed by a new key id=" + opening.key().open().id() + " fingerprint="
                            + opening.key().open().fingerprint() + " public=" + keys.openFile());
        }
        opening.flaws().forEach(flaw -> LOG.log(Level.ERROR, "audit is not what was signed detail=" + flaw));
        try {
            keys.warnings().forEach(warning -> LOG.log(Level.WARNING, warning));
        } catch (IOException | UnsupportedOperationException noModes) {
            LOG.log(Level.DEBUG, "mode of the key file unknown", noModes);
        }
    }

    /* What is told once is told for ever: whoever verifies the log comes upon it. */
    private void check(String flaw) {
        record("audit.check", "chain", "broken", flaw);
    }

    private void record(String action, String resource, String decision, String rule) {
        if (!audit.offer(new AuditEntry(clock.millis(), "mesh", action, resource, decision, rule, 0, "", "", 0))) {
            throw new IllegalStateException("the audit's queue is full");
        }
    }

    private void take(Grown grown) {
        marks.addAll(grown.marks());
        end = grown.end();
        unsigned.add(grown);
        look();
    }

    /* Whatever is due, unless something is being signed already: the end of that looks again. */
    private void look() {
        if (!started || closing || !work.isComplete()) {
            return;
        }
        long now = clock.millis();
        boolean late = unsigned.stream()
                .anyMatch(grown -> now - grown.oldestMillis() >= SIGNED_WITHIN_MILLIS || grown.oldestMillis() > now);
        if ((late && end.seq() > signedSeq) || !marks.isEmpty() || !unsettled.isEmpty()) {
            work = sign(late).compose(_ -> rememberSometimes()).onComplete(done -> {
                settle(done.cause());
                if (done.succeeded() && !marks.isEmpty()) {
                    look();
                }
            });
        } else {
            work = rememberSometimes();
        }
    }

    private void settle(@Nullable Throwable fault) {
        if (fault == null) {
            if (failingSinceMillis >= 0) {
                LOG.log(Level.INFO, "audit signed again up_to={0}", signedSeq);
            }
            failingSinceMillis = -1;
            behind = false;
            return;
        }
        long now = clock.millis();
        if (failingSinceMillis < 0) {
            failingSinceMillis = now;
            LOG.log(Level.ERROR, "audit not signed detail=" + fault.getMessage());
        }
        if (!behind && now - failingSinceMillis >= PATIENCE_MILLIS) {
            behind = true;
            LOG.log(Level.ERROR, "audit not signed for a minute; no call is taken until it is");
        }
    }

    private Future<?> signAll() {
        return sign(true).compose(_ -> marks.isEmpty() ? Future.succeededFuture() : signAll());
    }

    /* The files come before the table: what the table has and the files lack was removed by somebody. */
    private Future<?> sign(boolean withEnd) {
        SigningKey signing = key;
        if (signing == null) {
            return Future.failedFuture(new IllegalStateException("not started"));
        }
        if (!unsettled.isEmpty()) {
            return store();
        }
        List<Tail> places = new ArrayList<>();
        for (Tail mark : marks) {
            if (places.size() == SIGNED_AT_ONCE) {
                break;
            }
            places.add(mark);
        }
        boolean all = places.size() == marks.size();
        if (withEnd
                && all
                && end.seq() > signedSeq
                && (places.isEmpty() || places.getLast().seq() < end.seq())) {
            places.add(end);
        }
        if (places.isEmpty()) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(() -> {
                    List<Checkpoint> made = new ArrayList<>();
                    for (Tail place : places) {
                        made.add(signing.sign(Purpose.CHECKPOINT, place, clock.millis()));
                    }
                    files.append(made, LocalDate.ofInstant(Instant.ofEpochMilli(clock.millis()), ZoneOffset.UTC));
                    return made;
                })
                .compose(made -> {
                    unsettled = requireNonNull(made);
                    return store();
                });
    }

    private Future<?> store() {
        List<Checkpoint> made = unsettled;
        return database.write(connection -> {
                    table.insert(connection, made);
                    return true;
                })
                .onSuccess(_ -> {
                    unsettled = List.of();
                    newest = made.getLast();
                    signedSeq = made.getLast().seq();
                    while (!marks.isEmpty() && marks.getFirst().seq() <= signedSeq) {
                        marks.removeFirst();
                    }
                    unsigned.removeIf(grown -> grown.end().seq() <= signedSeq);
                });
    }

    private Future<?> rememberSometimes() {
        boolean isDue = rememberedMillis == Long.MIN_VALUE
                || Math.abs(clock.millis() - rememberedMillis) >= REMEMBER_EVERY_MILLIS;
        return isDue ? remember() : Future.succeededFuture();
    }

    /* The mesh does without it where it cannot be written: the signatures are stored already. */
    private Future<?> remember() {
        Checkpoint last = newest;
        if (last == null || last.seq() == rememberedSeq) {
            return Future.succeededFuture();
        }
        rememberedMillis = clock.millis();
        return vertx.executeBlocking(() -> {
                    memory.write(last);
                    return last;
                })
                .onSuccess(_ -> {
                    rememberedSeq = last.seq();
                    forgetful = false;
                })
                .otherwise(failure -> {
                    if (!forgetful) {
                        forgetful = true;
                        LOG.log(
                                Level.WARNING,
                                "what was signed last is not remembered file=" + memory.file() + " detail="
                                        + failure.getMessage());
                    }
                    return last;
                });
    }

    private void keep() {
        Retention keeping = retention;
        if (keeping != null && !closing) {
            var _ = keeping.prune(vertx)
                    .onFailure(cause -> LOG.log(Level.ERROR, "audit not shortened; tried again tomorrow", cause));
        }
    }

    /* A commit brings in what was recorded last; then all of it is signed. */
    @Override
    public Future<?> stop() {
        closing = true;
        if (key == null) {
            return Future.succeededFuture();
        }
        return work.transform(_ -> database.write(_ -> true))
                .compose(_ -> signAll())
                .compose(_ -> remember())
                .otherwise(failure -> {
                    LOG.log(Level.ERROR, "the end of the audit is not signed; the next start does it", failure);
                    return null;
                });
    }
}
