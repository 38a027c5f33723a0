package ai.openlegion.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Thief;
import ai.openlegion.evidence.LogRig.Ended;
import ai.openlegion.scenario.Eventually;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of a log when a mesh starts on it: what somebody altered is told for ever, what a crash left is mended.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditOpeningTest {

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
    void a_log_made_anew_is_told_for_ever_though_the_next_start_signs_it() throws Exception {
        rig.lives(new int[] {500, 1}, new int[] {700});
        rig.replaceChain(rig.forged(Path.of("none"), 501, 1, 700));
        rig.attack("DELETE FROM audit_checkpoint");
        rig.removeFiles();
        told("unsigned", 1);
        rig.lives(new int[] {1}, new int[] {2});
        Ended after = told("reported", 1203);
        assertThat(after.json().getJsonObject("finding").getString("why"))
                .contains("the checkpoint of entry 1202 was removed from the database and from data/checkpoints")
                .contains("entries 1 to 1202 are not those that the mesh signed");
        assertThat(rig.evidence().verify(null, null, 1202).finding()).isNotNull();
        Verdict acknowledged = rig.evidence().verify(null, null, 1203);
        assertThat(acknowledged.finding()).as("told once, looked into").isNull();
        assertThat(acknowledged.notes()).anyMatch(note -> note.contains("entry 1203 reports what was acknowledged"));
        assertThat(rig.run("audit", "verify", "--acknowledged", "1203").code()).isZero();
        Path export = folder.resolve("export.jsonl");
        assertThat(rig.run("audit", "export", export.toString()).code()).isZero();
        assertThat(Evidence.verify(export, null, null).finding()).isNotNull();
        assertThat(Evidence.verify(export, null, null, 1203).finding()).isNull();
    }

    @Test
    void an_end_made_anew_is_told_for_ever_with_and_without_a_checkpoint_that_covers_it() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2, 2});
        LogRig.Backup backup = rig.backup();
        forgeTheEnd();
        rig.lives(new int[] {1});
        told("reported", 9);
        backup.restore();
        forgeTheEnd();
        rig.attack(
                "INSERT INTO audit_checkpoint (seq, time_ms, hash, key_id, signature) SELECT last_seq, 1795348800000,"
                        + " hash, '0123456789abcdef', ZEROBLOB(64) FROM audit_group WHERE last_seq = 8");
        told("key", 6);
        rig.lives(new int[] {1});
        rig.attack("DELETE FROM audit_checkpoint WHERE key_id = '0123456789abcdef'");
        assertThat(rig.verify().finding())
                .as("what covered it for a while is gone again")
                .isNotNull();
        backup.restore();
        rig.replaceChain(cutBack());
        rig.attack("DELETE FROM audit_checkpoint WHERE seq > 5");
        cutFiles();
        rig.lives(new int[] {6});
        assertThat(told("reported", 6).out()).contains("entries 6 to 9, which the mesh signed, are missing");
    }

    /// Entries 6 to 8 in the place of 6 to 9, without any signature of those.
    private void forgeTheEnd() throws Exception {
        rig.replaceChain(rig.forged(cutBack(), 3));
        rig.attack("DELETE FROM audit_checkpoint WHERE seq > 5");
        cutFiles();
    }

    private Path cutBack() throws Exception {
        Path start = folder.resolve("start-" + System.nanoTime() + ".db");
        Files.copy(rig.database, start);
        LogRig.attack(
                start,
                "DELETE FROM audit_group WHERE first_seq > 5",
                "UPDATE meta SET value = (SELECT last_seq || ':' || LOWER(HEX(hash)) FROM audit_group"
                        + " ORDER BY first_seq DESC LIMIT 1) WHERE name = 'audit_tail'");
        return start;
    }

    private void cutFiles() throws Exception {
        List<String> lines = Files.readAllLines(rig.files().getFirst());
        Files.writeString(rig.files().getFirst(), lines.get(0) + "\n" + lines.get(1) + "\n");
    }

    @Test
    void a_signed_beginning_that_was_removed_or_altered_is_told_for_ever() throws Exception {
        rig.lives(new int[] {2, 2});
        LogRig.Backup backup = rig.backup();
        rig.attack("DELETE FROM meta WHERE name = 'audit_base'");
        rig.lives(new int[] {1});
        told("reported", 6);
        backup.restore();
        rig.attack(
                "UPDATE meta SET value = REPLACE(value, '\"time_ms\":1', '\"time_ms\":2') WHERE name = 'audit_base'");
        rig.lives(new int[] {1});
        assertThat(rig.ask("SELECT COUNT(*) FROM audit_group"))
                .as("recorded, too")
                .isEqualTo("5");
        assertThat(rig.run("audit", "verify").code()).isEqualTo(1);
    }

    @Test
    void what_seems_old_by_an_altered_time_is_not_removed() throws Exception {
        rig.keeping(30);
        rig.lives(new int[] {600, 600}, new int[] {2});
        rig.attack("UPDATE audit_checkpoint SET time_ms = 0 WHERE seq < (SELECT MAX(seq) FROM audit_checkpoint)");
        try (LogRig.Session _ = rig.open()) {
            Eventually.until("it is told", () -> "1204".equals(lastSeq()));
        }
        assertThat(rig.ask("SELECT MIN(first_seq) FROM audit_group")).isEqualTo("1");
        told("edited", 1);
    }

    @Test
    void what_was_removed_sooner_than_a_day_after_it_was_signed_is_told() throws Exception {
        rig.lives(new int[] {600, 600}, new int[] {2});
        Checkpoint base = new Thief(rig.home.resolve("data/audit.key"))
                .resignBase(new Checkpoint(
                        601,
                        rig.now.get().toEpochMilli(),
                        rig.ask("SELECT LOWER(HEX(hash)) FROM audit_group WHERE last_seq = 601"),
                        "0".repeat(16),
                        "0".repeat(128)));
        rig.attack(
                "DELETE FROM audit_group WHERE last_seq <= 601",
                "DELETE FROM audit_checkpoint WHERE seq <= 601",
                "UPDATE meta SET value = '" + base.text() + "' WHERE name = 'audit_base'");
        assertThat(told("removed", 1).out()).contains("but signed only at 2026-11-22");
    }

    @Test
    void a_key_that_is_lost_after_a_crash_may_be_replaced_and_the_log_holds() throws Exception {
        rig.lives(new int[] {2});
        List<String> lines = Files.readAllLines(rig.files().getFirst());
        String memory = Files.readString(rig.memory());
        rig.replaceChain(rig.forged(rig.database, 1500)); // as after a kill, with a thousandth that is not signed
        rig.pass(Duration.ofDays(3));
        Files.delete(rig.home.resolve("data/audit.key"));
        assertThat(rig.run("audit", "key", "--new").code()).isZero();
        rig.lives(new int[] {1});
        holds();
        assertThat(rig.verify().keys()).hasSize(2);
        // as after a kill between the entry that tells of the key and its first signature
        rig.replaceChain(upTo(1504));
        rig.attack("DELETE FROM audit_checkpoint WHERE seq > 3");
        for (Path file : rig.files().subList(1, rig.files().size())) {
            Files.delete(file);
        }
        Files.write(rig.files().getFirst(), lines);
        Files.writeString(rig.memory(), memory);
        holds();
        rig.pass(Duration.ofDays(1));
        rig.lives(new int[] {1});
        holds();
    }

    private Path upTo(long seq) throws Exception {
        Path copy = folder.resolve("copy-" + System.nanoTime() + ".db");
        Files.copy(rig.database, copy);
        LogRig.attack(
                copy,
                "DELETE FROM audit_group WHERE first_seq > " + seq,
                "UPDATE meta SET value = (SELECT last_seq || ':' || LOWER(HEX(hash)) FROM audit_group"
                        + " ORDER BY first_seq DESC LIMIT 1) WHERE name = 'audit_tail'");
        return copy;
    }

    @Test
    void unsigned_thousands_of_an_earlier_version_are_signed_once_and_a_kill_on_the_way_breaks_nothing()
            throws Exception {
        Files.createDirectories(rig.database.getParent());
        Files.copy(rig.forged(Path.of("none"), 2500), rig.database);
        rig.pass(Duration.ofDays(3));
        rig.lives(new int[] {1});
        holds();
        List<String> expected = LongStream.of(1000, 2000, 2501, 2502)
                .mapToObj(seq -> "\"seq\":" + seq + ",")
                .toList();
        List<String> lines = Files.readAllLines(rig.files().getFirst());
        assertThat(lines).hasSize(4);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).contains(expected.get(i));
        }
        // as after a kill before anything was signed
        rig.replaceChain(upTo(2501));
        rig.attack("DELETE FROM audit_checkpoint");
        rig.removeFiles();
        Files.delete(rig.memory());
        Files.delete(rig.home.resolve("data/audit.pub"));
        assertThatThrownBy(() -> rig.verify())
                .isInstanceOf(EvidenceException.class)
                .hasMessageContaining("start the mesh");
        rig.pass(Duration.ofDays(3));
        rig.lives(new int[] {1});
        holds();
    }

    @Test
    void a_new_key_keeps_the_public_half_of_the_one_it_replaces_also_where_its_file_is_gone() throws Exception {
        rig.lives(new int[] {2});
        Path pub = rig.home.resolve("data/audit.pub");
        Files.delete(pub);
        assertThat(rig.run("audit", "key", "--new").code()).isZero();
        rig.lives(new int[] {1});
        holds();
        assertThat(rig.verify().keys()).hasSize(2);
        byte[] both = Files.readAllBytes(pub);
        Files.delete(pub);
        Files.delete(rig.home.resolve("data/audit.key"));
        Ended refused = rig.run("audit", "key", "--new");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("put a copy of it back first");
        assertThat(rig.home.resolve("data/audit.key")).doesNotExist();
        Files.write(pub, both);
        assertThat(rig.run("audit", "key", "--new").code()).isZero();
        rig.lives(new int[] {1});
        holds();
        assertThat(rig.verify().keys()).hasSize(3);
    }

    @Test
    void what_the_mesh_cannot_remember_does_not_stop_it() throws Exception {
        rig.lives(new int[] {1});
        Files.delete(rig.memory());
        Files.createDirectory(rig.memory());
        Files.createFile(rig.memory().resolve("in-the-way"));
        try (LogRig.Session session = rig.open()) {
            session.record(2);
        }
        Files.delete(rig.memory().resolve("in-the-way"));
        Files.delete(rig.memory());
        rig.lives(new int[] {1});
        holds();
        assertThat(Files.readString(rig.memory()))
                .contains("\"seq\":" + rig.verify().last() + ",");
    }

    private void holds() throws Exception {
        assertThat(rig.verify().finding()).isNull();
    }

    private String lastSeq() {
        try {
            return rig.ask("SELECT MAX(last_seq) FROM audit_group");
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    @CanIgnoreReturnValue
    private Ended told(String kind, long from) {
        Ended ended = rig.run("audit", "verify", "--json");
        assertThat(ended.code()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(ended.kind()).as(ended.out()).isEqualTo(kind);
        assertThat(ended.from()).as(ended.out()).isEqualTo(from);
        return ended;
    }
}
