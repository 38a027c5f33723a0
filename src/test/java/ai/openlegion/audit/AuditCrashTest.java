package ai.openlegion.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.ChainCheck.Intact;
import ai.openlegion.bus.Bus;
import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.config.Problems;
import ai.openlegion.evidence.Evidence;
import ai.openlegion.evidence.Range;
import ai.openlegion.evidence.Verdict;
import ai.openlegion.store.Database;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditCrashTest {

    private static final long SEED = 20261122;
    private static final int KILLS = 20;

    @TempDir
    Path folder;

    @Test
    void a_killed_process_leaves_a_whole_chain_with_every_entry_it_was_told_is_durable() throws Exception {
        Path home = folder.resolve("home");
        Random random = new Random(SEED);
        for (int kill = 1; kill <= KILLS; kill++) {
            long acknowledged = runAndKill(home, 1 + random.nextInt(40));
            Verdict verdict = evidence(home).verify(null, null);
            assertThat(verdict.finding()).as("kill %d, seed %d", kill, SEED).isNull();
            assertThat(verdict.last()).as("kill %d, seed %d", kill, SEED).isGreaterThanOrEqualTo(acknowledged);
        }
        Path export = folder.resolve("export.jsonl");
        try (OutputStream out = Files.newOutputStream(export)) {
            assertThat(evidence(home).export(Range.ALL, out).entries()).isPositive();
        }
        assertThat(Evidence.verify(export, home.resolve("data/audit.pub"), null).finding())
                .isNull();
    }

    private static Evidence evidence(Path home) {
        return Evidence.of(settings(home));
    }

    private static MeshSettings settings(Path home) {
        return Configuration.settings(new Home(home), new Problems()).orElseThrow();
    }

    /// Lets a process write until it has reported some progress, and kills it in the middle of whatever it does then.
    private static long runAndKill(Path home, int reports) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Endless.class.getName(),
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long acknowledged = 0;
        try (BufferedReader output = child.inputReader()) {
            for (int i = 0; i < reports; i++) {
                String line = output.readLine();
                assertThat(line).as("the child process ended by itself").isNotNull();
                acknowledged = Long.parseLong(line);
            }
            assertThat(child.toHandle().destroyForcibly()).isTrue();
            // What it said before it died counts as well.
            for (String line = output.readLine(); line != null && isWhole(line); line = output.readLine()) {
                acknowledged = Math.max(acknowledged, Long.parseLong(line));
            }
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        return acknowledged;
    }

    // A number cut off by the kill is smaller than it was: it proves less, never too much.
    private static boolean isWhole(String line) {
        return !line.isEmpty();
    }

    /// The process to kill: it records without end and prints how far its entries are durable.
    static final class Endless {

        private Endless() {}

        public static void main(String[] args) throws Exception {
            Vertx vertx = Vertx.vertx();
            MeshSettings settings = settings(Path.of(args[0]));
            Database database = Database.open(settings.databaseFile(), vertx);
            AuditLog log = AuditLog.open(database, new Bus(vertx));
            var signer = new CheckpointVerticle(database, log, settings.audit(), InstantSource.system());
            var _ = vertx.deployVerticle(signer)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            long before = entries(database);
            long printed = 0;
            for (long i = 0; ; i++) {
                AuditEntry entry = new AuditEntry(
                        System.currentTimeMillis(),
                        "researcher",
                        "use model",
                        "sim/small",
                        "settled",
                        "default",
                        1,
                        "req_" + i,
                        "",
                        12_300_000);
                if (!log.offer(entry)) {
                    throw new IllegalStateException("more entries wait than are let in");
                }
                if (i % 50 == 0) {
                    database.wake();
                }
                long ahead = before + i - 500;
                while (log.durableSeq() < ahead) {
                    LockSupport.parkNanos(100_000);
                }
                long durable = log.durableSeq();
                if (durable > printed) {
                    printed = durable;
                    System.out.println(durable);
                }
            }
        }

        private static long entries(Database database) {
            ChainCheck check = database.write(AuditReader::verifyChain)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            return check instanceof Intact intact ? intact.end().seq() : -1;
        }
    }
}
