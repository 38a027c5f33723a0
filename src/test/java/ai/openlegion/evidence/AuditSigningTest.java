package ai.openlegion.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.evidence.LogRig.Ended;
import ai.openlegion.evidence.LogRig.Session;
import ai.openlegion.scenario.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When the log is signed, by which key, and what is kept of it.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditSigningTest {

    @TempDir
    Path folder;

    private LogRig rig;

    @BeforeEach
    void start() {
        rig = new LogRig(folder.resolve("home"));
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void each_thousandth_entry_is_signed_and_the_end_within_a_minute_and_at_both_ends_of_a_life() throws Exception {
        try (Session session = rig.open()) {
            session.record(3500);
            Eventually.until("the thousandths are signed", () -> seqs().contains(3000L));
            assertThat(seqs()).containsExactly(1L, 1000L, 2000L, 3000L);
            rig.pass(Duration.ofSeconds(59));
            session.record(1);
            assertThat(seqs()).hasSize(4);
            rig.pass(Duration.ofSeconds(2));
            Eventually.until("the end is signed", () -> seqs().contains(3502L));
            rig.pass(Duration.ofHours(1));
            session.record(5);
            assertThat(rig.verify().notes()).hasSize(1);
            assertThat(rig.verify().finding()).isNull();
        }
        assertThat(seqs()).containsExactly(1L, 1000L, 2000L, 3000L, 3502L, 3507L);
        assertThat(rig.verify().notes()).isEmpty();
        assertThat(rig.files()).hasSize(1);
        assertThat(Files.getPosixFilePermissions(rig.files().getFirst()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void a_clock_that_is_set_back_or_ahead_breaks_nothing() throws Exception {
        rig.lives(new int[] {2});
        rig.pass(Duration.ofDays(-40));
        rig.lives(new int[] {2, 3}, new int[] {1});
        assertThat(rig.files()).as("a day that is over is not written to again").hasSize(1);
        assertThat(rig.verify().finding()).isNull();
        rig.pass(Duration.ofDays(80));
        try (Session session = rig.open()) {
            session.record(2);
            rig.pass(Duration.ofMinutes(-30));
            session.record(2);
            Eventually.until("what seems to be of the future is signed", () -> seqs().getLast() >= 11);
            rig.pass(Duration.ofMinutes(70));
            session.record(2);
            rig.pass(Duration.ofMinutes(2));
            Eventually.until("the end is signed", () -> seqs().contains(15L));
        }
        assertThat(rig.files()).hasSize(2);
        Verdict verdict = rig.verify();
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.last()).isEqualTo(15);
    }

    @Test
    void the_key_is_made_once_for_its_owner_alone() throws Exception {
        rig.lives(new int[] {1});
        Path secret = rig.home.resolve("data/audit.key");
        assertThat(Files.getPosixFilePermissions(secret)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.readString(secret)).startsWith("-----BEGIN PRIVATE KEY-----");
        String made = Files.readString(secret);
        Files.delete(rig.home.resolve("data/audit.pub"));
        rig.lives(new int[] {1});
        assertThat(Files.readString(secret)).isEqualTo(made);
        assertThat(rig.verify().finding()).as("the public half was made again").isNull();
        assertThat(rig.verify().keys()).hasSize(1);
    }

    @Test
    void a_lost_key_stops_the_start_until_the_operator_makes_a_new_one_which_shows_for_ever() throws Exception {
        rig.lives(new int[] {3}, new int[] {2});
        Path auditors = folder.resolve("auditor.pub");
        Files.copy(rig.home.resolve("data/audit.pub"), auditors);
        String lost = rig.verify().keys().getFirst().keyId();
        Files.delete(rig.home.resolve("data/audit.key"));
        assertThatThrownBy(() -> rig.open())
                .rootCause()
                .hasMessageContaining("is gone, and the audit was signed with it (key " + lost + ")")
                .hasMessageContaining("openlegion audit key --new");
        Ended made = rig.run("audit", "key", "--new");
        assertThat(made.code()).isZero();
        assertThat(made.out()).startsWith("-----BEGIN PUBLIC KEY-----");
        rig.lives(new int[] {2}, new int[] {1});
        Verdict verdict = rig.verify();
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.keys()).hasSize(2);
        assertThat(verdict.keys().getFirst().keyId()).isEqualTo(lost);
        assertThat(verdict.keys().getLast().from()).isEqualTo(7);
        assertThat(verdict.notes()).anyMatch(note -> note.contains("key " + lost + " signed up to entry 6"));
        Ended auditor = rig.run("audit", "verify", "--json", "--public-key", auditors.toString());
        assertThat(auditor.code()).isEqualTo(1);
        assertThat(auditor.kind()).isEqualTo("key");
        assertThat(auditor.from()).isEqualTo(7);
    }

    @Test
    void what_a_crash_left_unsigned_is_signed_by_the_next_start_and_told() throws Exception {
        rig.lives(new int[] {2});
        // as after a kill: entries without a signature behind them, among them a thousandth
        Path forgery = rig.forged(rig.database, 1500);
        rig.replaceChain(forgery);
        assertThat(rig.verify().finding()).as("a kill may leave that").isNull();
        assertThat(rig.verify().notes()).anyMatch(note -> note.contains("are not signed: nothing proves them yet"));
        rig.pass(Duration.ofHours(5));
        rig.lives(new int[] {1});
        assertThat(seqs()).contains(1000L, 1503L);
        Verdict verdict = rig.verify();
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.notes()).anyMatch(note -> note.contains("were signed late"));
    }

    @Test
    void what_is_older_than_is_to_be_kept_goes_and_the_rest_proves_itself() throws Exception {
        rig.keeping(30);
        rig.lives(new int[] {600, 600, 3}, new int[] {2});
        Path whole = folder.resolve("whole.jsonl");
        assertThat(rig.run("audit", "export", whole.toString()).code()).isZero();
        rig.pass(Duration.ofDays(20));
        rig.lives(new int[] {4});
        assertThat(rig.verify().first()).isEqualTo(1);
        rig.pass(Duration.ofDays(15));
        try (Session session = rig.open()) {
            Eventually.until("the old entries are gone", () -> first() == 1207);
            session.record(1);
        }
        Verdict verdict = rig.verify();
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.first()).isEqualTo(1207);
        assertThat(rig.ask("SELECT MIN(seq) FROM audit_checkpoint")).isEqualTo("1210");
        assertThat(rig.files().getFirst().getFileName().toString()).isEqualTo("2026-12-12.jsonl");
        assertThat(Evidence.verify(whole, null, null).finding())
                .as("taken out before")
                .isNull();
        Path rest = folder.resolve("rest.jsonl");
        assertThat(rig.run("audit", "export", rest.toString()).code()).isZero();
        assertThat(Files.readString(rest))
                .contains("\"action\":\"audit.prune\"")
                .contains("entries 1 to 1206");
        assertThat(Evidence.verify(rest, rig.home.resolve("data/audit.pub"), null)
                        .finding())
                .isNull();
        rig.attack("DELETE FROM audit_group WHERE first_seq = 1207");
        assertThat(rig.verify().finding()).isNotNull();
    }

    private List<Long> seqs() {
        try {
            return List.of(rig.ask("SELECT GROUP_CONCAT(seq) FROM (SELECT seq FROM audit_checkpoint ORDER BY seq)")
                            .split(","))
                    .stream()
                    .map(Long::valueOf)
                    .toList();
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    private long first() {
        try {
            return Long.parseLong(rig.ask("SELECT MIN(first_seq) FROM audit_group"));
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }
}
