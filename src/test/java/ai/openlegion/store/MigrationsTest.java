package ai.openlegion.store;

import static ai.openlegion.store.StoreProbe.await;
import static ai.openlegion.store.StoreProbe.put;
import static ai.openlegion.store.StoreProbe.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.openlegion.store.StoreException.Reason;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MigrationsTest {

    private static final String FIRST = """
            -- what every schema has
            CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
            """;
    private static final String SECOND = """
            CREATE TABLE second (id BIGINT NOT NULL PRIMARY KEY);
            INSERT INTO second (id) VALUES (2);
            """;

    @TempDir
    Path folder;

    private Vertx vertx;
    private Path file;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        file = folder.resolve("openlegion.db");
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void a_new_file_gets_the_newest_schema_and_no_copy() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            assertThat(value(database, "schema_version")).isEqualTo("12");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void an_older_file_is_copied_aside_and_then_migrated() throws Exception {
        try (Database old = open(FIRST)) {
            await(put(old, "kept", "yes"));
        }
        try (Database migrated = open(FIRST, SECOND)) {
            assertThat(value(migrated, "schema_version")).isEqualTo("2");
            assertThat(value(migrated, "kept")).isEqualTo("yes");
        }
        Path copy = folder.resolve("openlegion.db.v1.bak");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        assertThat(rows(copy, "SELECT value FROM meta WHERE name IN ('kept', 'schema_version') ORDER BY name"))
                .containsExactly("yes", "1");
        assertThat(folder.resolve("openlegion.db.v1.bak.tmp")).doesNotExist();
    }

    @Test
    void a_copy_holds_what_was_still_in_the_journal() throws Exception {
        Database old = open(FIRST);
        Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (reader;
                Statement statement = reader.createStatement()) {
            try (old) {
                statement.execute("BEGIN");
                assertThat(statement.executeQuery("SELECT * FROM meta").next()).isTrue();
                await(put(old, "in the journal", "yes"));
            }
            assertThat(file.resolveSibling("openlegion.db-wal")).isNotEmptyFile();
            open(FIRST, SECOND).close();
        }
        assertThat(rows(folder.resolve("openlegion.db.v1.bak"), "SELECT value FROM meta WHERE name LIKE 'in the%'"))
                .containsExactly("yes");
    }

    @Test
    void a_file_of_a_newer_version_is_refused_and_left_as_it_is() throws Exception {
        open(FIRST, SECOND).close();
        byte[] before = Files.readAllBytes(file);
        StoreException refused = catchThrowableOfType(StoreException.class, () -> open(FIRST));
        assertThat(refused.reason()).isEqualTo(Reason.NEWER_SCHEMA);
        assertThat(refused).hasMessageContaining("schema is version 2").hasMessageContaining("up to 1");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void a_migration_that_fails_leaves_the_older_schema_usable() throws Exception {
        try (Database old = open(FIRST)) {
            await(put(old, "kept", "yes"));
        }
        assertThatThrownBy(() -> open(FIRST, SECOND + "INSERT INTO second (id) VALUES (2);\n"))
                .isInstanceOf(StoreException.class);
        try (Database old = open(FIRST)) {
            assertThat(value(old, "kept")).isEqualTo("yes");
        }
        try (Database repaired = open(FIRST, SECOND)) {
            assertThat(value(repaired, "schema_version")).isEqualTo("2");
        }
    }

    @Test
    void a_file_that_is_no_database_is_refused_and_left_as_it_is() throws Exception {
        byte[] text = "not a database, but long enough to be taken for one at first sight, by its length"
                .repeat(100)
                .getBytes(StandardCharsets.UTF_8);
        Files.write(file, text);
        StoreException refused = catchThrowableOfType(StoreException.class, () -> Database.open(file, vertx));
        assertThat(refused.reason()).isEqualTo(Reason.CORRUPT);
        assertThat(refused).hasMessageContaining(file.toString());
        assertThat(Files.readAllBytes(file)).isEqualTo(text);
    }

    private Database open(String... scripts) {
        return Database.open(file, vertx, StoreSettings.DEFAULTS, new Migrations(List.of(scripts)));
    }

    private static List<String> rows(Path database, String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new java.util.ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        }
    }
}
