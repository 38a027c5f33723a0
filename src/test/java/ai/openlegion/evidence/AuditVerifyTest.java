package ai.openlegion.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditKeyFiles;
import ai.openlegion.evidence.LogRig.Backup;
import ai.openlegion.evidence.LogRig.Ended;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What somebody may do to a log without its key, and that the command finds it.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditVerifyTest {

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
    void an_untouched_log_is_as_it_was_written_and_its_key_is_told() throws Exception {
        rig.lives(new int[] {2, 3}, new int[] {1200, 1}, new int[] {1});
        Ended human = rig.run("audit", "verify");
        assertThat(human.err()).isEmpty();
        assertThat(human.code()).isZero();
        String key = rig.run("audit", "key").err();
        assertThat(human.out())
                .contains("entries 1 to 1208 are as they were written; signed up to entry 1208")
                .contains(key.replaceAll("(?s)^key (\\w+),.*", "key $1 signed entries 1 to 1208"));
        Ended json = rig.run("audit", "verify", "--json");
        assertThat(json.json().getBoolean("ok")).isTrue();
        assertThat(json.json().getLong("signed_to")).isEqualTo(1208);
        assertThat(rig.ask("SELECT COUNT(*) FROM audit_checkpoint WHERE seq = 1000"))
                .isEqualTo("1");
    }

    @Test
    void a_removed_row_is_found() throws Exception {
        rig.lives(new int[] {2, 2, 2, 2});
        rig.attack("DELETE FROM audit_group WHERE first_seq = 4");
        broken("removed", 4);
        rig.attack("DELETE FROM audit_group WHERE first_seq < 4");
        broken("removed", 1);
    }

    @Test
    void reordered_rows_and_swapped_contents_are_found() throws Exception {
        rig.lives(new int[] {2, 2, 2, 2});
        Backup backup = rig.backup();
        // entry 1 tells of the new key, in a row of its own
        rig.attack(
                "UPDATE audit_group SET first_seq = -1, last_seq = 0 WHERE first_seq = 4",
                "UPDATE audit_group SET first_seq = 4, last_seq = 5 WHERE first_seq = 6",
                "UPDATE audit_group SET first_seq = 6, last_seq = 7 WHERE first_seq = -1");
        broken("reordered", 4);
        backup.restore();
        swap("data");
        broken("reordered", 4);
        backup.restore();
        swap("data", "hash");
        broken("reordered", 4);
        backup.restore();
        swap("data", "hash", "previous_hash");
        broken("reordered", 4);
    }

    private void swap(String... columns) throws Exception {
        for (String column : columns) {
            rig.attack(
                    "CREATE TEMP TABLE held AS SELECT " + column + " AS it FROM audit_group WHERE first_seq = 4",
                    "UPDATE audit_group SET " + column + " = (SELECT " + column
                            + " FROM audit_group WHERE first_seq = 8) WHERE first_seq = 4",
                    "UPDATE audit_group SET " + column + " = (SELECT it FROM held) WHERE first_seq = 8",
                    "DROP TABLE held");
        }
    }

    @Test
    void a_truncated_log_is_found_whatever_else_of_the_database_is_mended() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2, 2});
        rig.attack("DELETE FROM audit_group WHERE first_seq > 5");
        broken("truncated", 6);
        rig.attack("UPDATE meta SET value = (SELECT last_seq || ':' || LOWER(HEX(hash)) FROM audit_group"
                + " ORDER BY first_seq DESC LIMIT 1) WHERE name = 'audit_tail'");
        Ended mended = broken("truncated", 6);
        assertThat(mended.json().getJsonObject("finding").getString("why")).contains("in the database");
        rig.attack("DELETE FROM audit_checkpoint WHERE seq > 5");
        Ended filesOnly = broken("truncated", 6);
        assertThat(filesOnly.json().getJsonObject("finding").getString("why")).contains("2026-11-22.jsonl line");
        rig.attack("DELETE FROM audit_checkpoint");
        broken("truncated", 6);
    }

    @Test
    void a_log_cut_back_to_an_earlier_signature_with_its_files_shows_by_one_kept_elsewhere() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2, 2});
        Path kept = folder.resolve("kept.jsonl");
        List<String> lines = Files.readAllLines(rig.files().getFirst());
        Files.writeString(kept, lines.getLast() + "\n");
        assertThat(rig.run("audit", "verify", "--checkpoint", kept.toString()).code())
                .isZero();
        rig.attack(
                "DELETE FROM audit_group WHERE first_seq > 5",
                "DELETE FROM audit_checkpoint WHERE seq > 5",
                "UPDATE meta SET value = (SELECT last_seq || ':' || LOWER(HEX(hash)) FROM audit_group"
                        + " ORDER BY first_seq DESC LIMIT 1) WHERE name = 'audit_tail'");
        Files.writeString(rig.files().getFirst(), lines.get(0) + "\n" + lines.get(1) + "\n");
        assertThat(broken("truncated", 6).err() + broken("truncated", 6).out())
                .as("by what the mesh remembers beside its key")
                .contains("audit.last");
        Files.delete(rig.memory());
        assertThat(rig.run("audit", "verify").code()).as("nothing here tells").isZero();
        Ended told = rig.run("audit", "verify", "--json", "--checkpoint", kept.toString());
        assertThat(told.code()).isEqualTo(1);
        assertThat(told.kind()).isEqualTo("truncated");
        assertThat(told.from()).isEqualTo(6);
    }

    @Test
    void a_chain_made_anew_without_the_key_is_found_with_its_checkpoints_left_or_removed() throws Exception {
        rig.lives(new int[] {500, 1}, new int[] {700});
        Path whole = rig.forged(Path.of("none"), 501, 1, 700);
        Backup backup = rig.backup();
        rig.replaceChain(whole);
        Ended left = broken("recomputed", 1);
        rig.attack("DELETE FROM audit_checkpoint");
        broken("recomputed", 1);
        rig.removeFiles();
        broken("unsigned", 1);
        Files.delete(rig.memory());
        Ended unsigned = broken("unsigned", 1);
        assertThat(unsigned.json().getJsonObject("finding").getLong("to")).isEqualTo(1202);
        backup.restore();
        rig.replaceChain(whole);
        rig.removeFiles();
        broken("recomputed", 1);
        // the stored checkpoints told to say what the new chain says
        rig.attack("UPDATE audit_checkpoint SET hash = (SELECT hash FROM audit_group WHERE last_seq = seq)"
                + " WHERE seq IN (SELECT last_seq FROM audit_group)");
        broken("recomputed", 1);
    }

    @Test
    void a_tail_made_anew_without_the_key_is_found_and_what_lies_before_it_is_not_blamed() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2, 2});
        Path start = folder.resolve("start.db");
        Files.copy(rig.database, start);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + start);
                Statement statement = connection.createStatement()) {
            var _ = statement.executeUpdate("DELETE FROM audit_group WHERE first_seq > 6");
            var _ = statement.executeUpdate(
                    "UPDATE meta SET value = (SELECT last_seq || ':' || LOWER(HEX(hash)) FROM audit_group"
                            + " ORDER BY first_seq DESC LIMIT 1) WHERE name = 'audit_tail'");
        }
        rig.replaceChain(rig.forged(start, 2));
        Ended left = broken("recomputed", 6);
        assertThat(left.json().getLong("signed_to")).isEqualTo(5);
        rig.attack("DELETE FROM audit_checkpoint WHERE seq > 5");
        broken("recomputed", 6);
    }

    @Test
    void a_small_log_made_anew_with_every_signature_removed_shows_by_its_times() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2}, new int[] {2});
        rig.pass(Duration.ofHours(1));
        Path first = rig.forged(Path.of("none"), 4);
        rig.pass(Duration.ofHours(1));
        rig.replaceChain(rig.forged(first, 5));
        rig.attack("DELETE FROM audit_checkpoint");
        rig.removeFiles();
        Files.delete(rig.memory());
        broken("unsigned", 1);
    }

    @Test
    void a_removed_head_with_a_forged_base_is_found() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2, 2});
        Backup backup = rig.backup();
        String checkpoint = Files.readAllLines(rig.files().getFirst()).getFirst();
        // a true signature, but one of a checkpoint
        rig.attack(
                "DELETE FROM audit_group WHERE first_seq <= 5",
                "DELETE FROM audit_checkpoint WHERE seq <= 5",
                "UPDATE meta SET value = '" + checkpoint + "' WHERE name = 'audit_base'");
        broken("removed", 1);
        rig.attack("DELETE FROM meta WHERE name = 'audit_base'");
        broken("edited", 1);
        backup.restore();
        Path thief = folder.resolve("thief");
        try (LogRig other = new LogRig(thief)) {
            other.lives(new int[] {2, 2}, new int[] {2});
        }
        String foreign;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + thief.resolve("data/openlegion.db"));
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT value FROM meta WHERE name = 'audit_base'")) {
            assertThat(row.next()).isTrue();
            foreign = row.getString(1);
        }
        rig.attack("UPDATE meta SET value = '" + foreign + "' WHERE name = 'audit_base'");
        broken("key", 1);
    }

    @Test
    void a_checkpoint_signed_again_with_another_key_is_found_even_if_that_key_is_slipped_in() throws Exception {
        rig.lives(new int[] {2, 2}, new int[] {2, 2}, new int[] {2});
        Path auditors = folder.resolve("auditor.pub");
        Files.copy(rig.home.resolve("data/audit.pub"), auditors);
        Backup backup = rig.backup();
        Resigned.all(rig, folder.resolve("thief.key"), 9);
        broken("key", 6);
        Path pub = rig.home.resolve("data/audit.pub");
        Files.writeString(
                pub,
                Files.readString(pub)
                        + Files.readString(
                                AuditKeyFiles.at(folder.resolve("thief.key")).openFile()));
        Ended slippedIn = broken("key", 6);
        assertThat(slippedIn.json().getJsonObject("finding").getString("why")).contains("no entry tells");
        backup.restore();
        // everything, the beginning too, and the home's public key replaced: only the auditor's copy tells
        Resigned.all(rig, folder.resolve("thief.key"), 1, 5, 9, 11);
        Resigned.base(rig, folder.resolve("thief.key"));
        Files.copy(AuditKeyFiles.at(folder.resolve("thief.key")).openFile(), pub, StandardCopyOption.REPLACE_EXISTING);
        Files.delete(rig.memory());
        assertThat(rig.run("audit", "verify").code()).isZero();
        Ended auditor = rig.run("audit", "verify", "--json", "--public-key", auditors.toString());
        assertThat(auditor.code()).isEqualTo(1);
        assertThat(auditor.kind()).isEqualTo("key");
    }

    @Test
    void checkpoints_that_the_table_or_the_files_have_lost_are_told() throws Exception {
        rig.lives(new int[] {2}, new int[] {2}, new int[] {2});
        Backup backup = rig.backup();
        rig.attack("DELETE FROM audit_checkpoint WHERE seq = 5");
        broken("unsigned", 5);
        backup.restore();
        Path file = rig.files().getFirst();
        List<String> lines = Files.readAllLines(file);
        Files.writeString(file, lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(3) + "\n");
        broken("unsigned", 5);
        Files.writeString(file, lines.get(1) + "\n" + lines.get(0) + "\n" + lines.get(2) + "\n" + lines.get(3) + "\n");
        assertThat(rig.run("audit", "verify").code()).isEqualTo(1);
    }

    @Test
    void a_damaged_a_locked_and_a_missing_database_give_one_sentence() throws Exception {
        Ended missing = rig.run("audit", "verify");
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err().lines()).hasSize(1);
        assertThat(missing.err()).contains("there is no database at");
        rig.lives(new int[] {200, 200});
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + rig.database);
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA locking_mode = EXCLUSIVE");
            statement.execute("BEGIN EXCLUSIVE");
            statement.execute("UPDATE meta SET value = value");
            Ended locked = rig.run("audit", "verify");
            assertThat(locked.err()).contains("another process holds it locked");
            assertThat(locked.err().lines()).hasSize(1);
            assertThat(locked.code()).isEqualTo(1);
            statement.execute("ROLLBACK");
        }
        byte[] bytes = Files.readAllBytes(rig.database);
        byte[] damaged = bytes.clone();
        Arrays.fill(damaged, 4096, damaged.length, (byte) 0x5a);
        Files.write(rig.database, damaged);
        Ended torn = rig.run("audit", "verify");
        assertThat(torn.code()).isEqualTo(1);
        assertThat(torn.err().lines()).hasSize(1);
        Files.writeString(rig.database, "no database at all, but some text that is long enough to be looked at");
        Ended foreign = rig.run("audit", "verify");
        assertThat(foreign.code()).isEqualTo(1);
        assertThat(foreign.err()).contains("it is damaged, or no database");
        assertThat(foreign.err().lines()).hasSize(1);
    }

    @CanIgnoreReturnValue
    private Ended broken(String kind, long from) {
        Ended ended = rig.run("audit", "verify", "--json");
        assertThat(ended.code()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(ended.kind()).as(ended.out()).isEqualTo(kind);
        assertThat(ended.from()).as(ended.out()).isEqualTo(from);
        Ended human = rig.run("audit", "verify");
        assertThat(human.code()).isEqualTo(1);
        assertThat(human.err()).contains(kind).contains(Long.toString(from));
        return ended;
    }
}
