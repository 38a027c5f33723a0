package ai.openlegion.store;

import ai.openlegion.store.StoreException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The schema's history: scripts that lead from each version to the next, never back.
final class Migrations {

    private static final Logger LOG = System.getLogger("openlegion.store");
    private static final String VERSION = "schema_version";
    private static final List<String> SHIPPED = List.of(
            "V001__ledger_and_audit.sql",
            "V002__blackboard.sql",
            "V003__messaging.sql",
            "V004__schedule.sql",
            "V005__webhook.sql",
            "V006__agent_starts.sql",
            "V007__tasks.sql",
            "V008__runs.sql",
            "V009__run_accounts.sql",
            "V010__run_event.sql",
            "V011__vault.sql",
            "V012__audit_checkpoint.sql");

    private final List<String> scripts;

    /// The n-th script leads from version n − 1 to version n.
    Migrations(List<String> scripts) {
        this.scripts = List.copyOf(scripts);
    }

    /// The migrations this version of the program brings along.
    static Migrations shipped() {
        return new Migrations(SHIPPED.stream().map(Migrations::resource).toList());
    }

    /// The version that the last script leads to.
    int newest() {
        return scripts.size();
    }

    /// Brings the file to the newest version; a file that already holds data is copied aside first. Refuses a file that
    /// is newer than the newest script.
    void run(SqliteFile file) throws SQLException {
        MetaTable meta = new MetaTable();
        int found = version(file.connection(), meta);
        if (found > scripts.size()) {
            throw new StoreException(
                    Reason.NEWER_SCHEMA,
                    "%s was written by a newer OpenLegion: its schema is version %d, this program knows up to %d. Run that newer version, or restore a copy of the older file."
                            .formatted(file.path(), found, scripts.size()));
        }
        if (found == scripts.size()) {
            return;
        }
        @Nullable Path copy = found == 0 ? null : file.copyAside(".v" + found + ".bak");
        for (int version = found + 1; version <= scripts.size(); version++) {
            apply(file, meta, version);
        }
        LOG.log(Level.INFO, "schema migrated from=" + found + " to=" + scripts.size() + " copy=" + copy);
    }

    private void apply(SqliteFile file, MetaTable meta, int version) throws SQLException {
        Connection connection = file.connection();
        file.begin();
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements(scripts.get(version - 1))) {
                statement.execute(sql);
            }
            meta.put(connection, VERSION, Integer.toString(version));
            file.commit();
        } catch (SQLException failure) {
            file.rollback();
            throw failure;
        }
    }

    private static int version(Connection connection, MetaTable meta) throws SQLException {
        try (ResultSet tables = connection.getMetaData().getTables(null, null, "meta", null)) {
            if (!tables.next()) {
                return 0;
            }
        }
        return Math.toIntExact(meta.number(connection, VERSION));
    }

    private static List<String> statements(String script) {
        String withoutComments =
                script.lines().filter(line -> !line.startsWith("--")).collect(Collectors.joining("\n"));
        List<String> statements = new ArrayList<>();
        for (String statement : withoutComments.split(";\\s*(\n|$)")) {
            if (!statement.isBlank()) {
                statements.add(statement.strip());
            }
        }
        return statements;
    }

    private static String resource(String name) {
        try (InputStream in = Migrations.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its migration " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
