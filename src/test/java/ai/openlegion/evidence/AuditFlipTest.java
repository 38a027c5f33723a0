package ai.openlegion.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.evidence.LogRig.Ended;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One flipped bit in any byte of what the log consists of is found: in each column of each row, in each line of the
/// files and in each byte of an export.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditFlipTest {

    private static final long SEED = 20261122;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private LogRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new LogRig(folder.resolve("home"));
        rig.lives(new int[] {1, 2}, new int[] {2});
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void in_any_byte_of_any_column_of_the_entries() throws Exception {
        int tried = 0;
        for (String column : List.of("previous_hash", "hash", "data")) {
            tried += flip("audit_group", "first_seq", column, true);
        }
        tried += number("audit_group", "first_seq", "last_seq");
        tried += number("audit_group", "first_seq", "first_seq");
        assertThat(tried).isGreaterThan(700);
        assertThat(rig.verify().finding()).isNull();
    }

    @Test
    void in_any_byte_of_the_remembered_end_and_the_signed_beginning() throws Exception {
        int tried = flip("meta", "name", "value", false, "name IN ('audit_tail', 'audit_base')");
        tried += flip("meta", "name", "name", false, "name IN ('audit_tail', 'audit_base')");
        assertThat(tried).isGreaterThan(350);
        assertThat(rig.verify().finding()).isNull();
    }

    @Test
    void in_any_byte_of_any_column_of_the_checkpoints() throws Exception {
        int tried = 0;
        for (String column : List.of("hash", "signature")) {
            tried += flip("audit_checkpoint", "seq", column, true);
        }
        tried += flip("audit_checkpoint", "seq", "key_id", false);
        tried += number("audit_checkpoint", "seq", "time_ms");
        tried += number("audit_checkpoint", "seq", "seq");
        assertThat(tried).isGreaterThan(400);
        assertThat(rig.verify().finding()).isNull();
    }

    @Test
    void in_any_byte_of_any_line_of_the_files() throws Exception {
        Path file = rig.files().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < bytes.length; i++) {
            Files.write(file, flipped(bytes, i));
            assertThat(rig.verify().finding()).as("byte %d, seed %d", i, SEED).isNotNull();
        }
        for (int length = 0; length < bytes.length; length++) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertThat(rig.verify().finding()).as("cut to %d bytes", length).isNotNull();
        }
        Files.write(file, bytes);
        assertThat(rig.verify().finding()).isNull();
    }

    @Test
    void in_any_byte_of_an_export_and_through_the_command() throws Exception {
        Path export = folder.resolve("export.jsonl");
        assertThat(rig.run("audit", "export", export.toString()).code()).isZero();
        Path key = rig.home.resolve("data/audit.pub");
        byte[] bytes = Files.readAllBytes(export);
        Path altered = folder.resolve("altered.jsonl");
        for (int i = 0; i < bytes.length; i++) {
            Files.write(altered, flipped(bytes, i));
            assertThat(isFound(altered, key)).as("byte %d, seed %d", i, SEED).isTrue();
        }
        for (int length = 0; length < bytes.length; length++) {
            Files.write(altered, Arrays.copyOf(bytes, length));
            assertThat(isFound(altered, key)).as("cut to %d bytes", length).isTrue();
        }
        assertThat(Evidence.verify(export, key, null).finding()).isNull();
        for (int time = 0; time < 5; time++) {
            Files.write(altered, flipped(bytes, random.nextInt(bytes.length)));
            Ended ended = rig.run("audit", "verify", altered.toString());
            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.err().lines().filter(line -> !line.startsWith("note")))
                    .hasSize(1);
        }
    }

    private static boolean isFound(Path export, Path key) {
        try {
            return Evidence.verify(export, key, null).finding() != null;
        } catch (EvidenceException noExportAtAll) {
            return true;
        }
    }

    private int flip(String table, String key, String column, boolean isBlob) throws Exception {
        return flip(table, key, column, isBlob, "TRUE");
    }

    private int flip(String table, String key, String column, boolean isBlob, String where) throws Exception {
        int tried = 0;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + rig.database)) {
            for (String row : rows(connection, table, key, where)) {
                byte[] bytes = value(connection, table, key, row, column);
                String at = row;
                for (int i = 0; i < bytes.length; i++) {
                    byte[] altered = flipped(bytes, i);
                    set(connection, table, key, at, column, altered, isBlob);
                    if (column.equals(key)) {
                        at = new String(altered, StandardCharsets.ISO_8859_1);
                    }
                    assertThat(rig.verify().finding())
                            .as("%s.%s of %s, byte %d, seed %d", table, column, row, i, SEED)
                            .isNotNull();
                    set(connection, table, key, at, column, bytes, isBlob);
                    at = row;
                    tried++;
                }
            }
        }
        return tried;
    }

    /// A number's eight bytes.
    private int number(String table, String key, String column) throws Exception {
        int tried = 0;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + rig.database);
                Statement statement = connection.createStatement()) {
            for (String row : rows(connection, table, key, "TRUE")) {
                long value = Long.parseLong(
                        new String(value(connection, table, key, row, column), StandardCharsets.ISO_8859_1));
                for (int bit = 0; bit < 64; bit++) {
                    long altered = value ^ (1L << bit);
                    String at = column.equals(key) ? Long.toString(altered) : row;
                    if (column.equals(key)
                            && rows(connection, table, key, "TRUE").contains(at)) {
                        continue; // there can be no two of one number
                    }
                    var _ = statement.executeUpdate(
                            "UPDATE " + table + " SET " + column + " = " + altered + " WHERE " + key + " = " + row);
                    assertThat(rig.verify().finding())
                            .as("%s.%s of %s, bit %d", table, column, row, bit)
                            .isNotNull();
                    var _ = statement.executeUpdate(
                            "UPDATE " + table + " SET " + column + " = " + value + " WHERE " + key + " = " + at);
                    tried++;
                }
            }
        }
        return tried;
    }

    private static List<String> rows(Connection connection, String table, String key, String where)
            throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT " + key + " FROM " + table + " WHERE " + where)) {
            while (found.next()) {
                rows.add(found.getString(1));
            }
        }
        assertThat(rows).isNotEmpty();
        return rows;
    }

    private static byte[] value(Connection connection, String table, String key, String row, String column)
            throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT " + column + " FROM " + table + " WHERE " + key + " = ?")) {
            select.setString(1, row);
            try (ResultSet found = select.executeQuery()) {
                assertThat(found.next()).isTrue();
                return found.getBytes(1);
            }
        }
    }

    private static void set(
            Connection connection, String table, String key, String row, String column, byte[] value, boolean isBlob)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE " + table + " SET " + column + " = ? WHERE " + key + " = ?")) {
            if (isBlob) {
                update.setBytes(1, value);
            } else {
                update.setString(1, new String(value, StandardCharsets.ISO_8859_1));
            }
            update.setString(2, row);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    /* Of texts, not the highest bit: the driver would store two bytes for it. */
    private byte[] flipped(byte[] bytes, int at) {
        byte[] altered = bytes.clone();
        altered[at] ^= (byte) (1 << random.nextInt(7));
        return altered;
    }
}
