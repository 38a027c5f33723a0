package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.TrailReader;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The actions that `src/docs/audit.md` lists, and those that a home's audit holds.
public final class AuditedActions {

    private static final Path DOCUMENT = Path.of("src/docs/audit.md");
    private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\| (`[a-z_.]+`(?:, `[a-z_.]+`)*) \\|");
    private static final Pattern STORAGE = Pattern.compile("jdbc:sqlite:([^\"'}\\s]+)");
    private static final Pattern NAME = Pattern.compile("`([a-z_.]+)`");

    private AuditedActions() {}

    /// Those of the documentation.
    public static Set<String> documented() throws IOException {
        String section = Files.readString(DOCUMENT)
                .split("(?m)^## What is recorded$", 2)[1]
                .split("(?m)^## ", 2)[0];
        Set<String> actions = new TreeSet<>();
        FIRST_CELL
                .matcher(section)
                .results()
                .forEach(row -> NAME.matcher(row.group(1))
                        .results()
                        .map(name -> name.group(1))
                        .forEach(actions::add));
        assertThat(actions).hasSizeGreaterThan(60);
        return actions;
    }

    /* Where the home's mesh.yaml says that it is. */
    private static Path database(Path home) throws IOException {
        Path settings = home.resolve("config/mesh.yaml");
        Matcher named = STORAGE.matcher(Files.exists(settings) ? Files.readString(settings) : "");
        return home.resolve(named.find() ? named.group(1) : "data/openlegion.db");
    }

    /// Those of a home whose mesh has ended.
    static Set<String> of(Path home) throws SQLException, IOException {
        Set<String> actions = new TreeSet<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database(home))) {
            if (hasTables(connection)) {
                new TrailReader(connection).read(1, recorded -> {
                    actions.add(recorded.entry().action());
                    return true;
                });
            }
        }
        return actions;
    }

    /* None where a mesh was killed, or refused to go on, before its first tables were there. */
    private static boolean hasTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet any = statement.executeQuery("SELECT 1 FROM sqlite_schema LIMIT 1")) {
            return any.next();
        }
    }

    /// Fails where a home's audit holds an action that is not documented, or cannot be read.
    ///
    /// There is no database only where meshes refused to start (ConfigurationTest, StoredKeyTest), where an
    /// earlier mesh on the home has removed it as it closed (LifecycleTest, FabricStoreFaultTest and whoever
    /// else starts a home twice), where it was on a disk that is mounted no more (StoreFaultTest) and where
    /// AuditReportTest takes it away.
    static void check(Path home) throws IOException {
        if (!Files.exists(database(home))) {
            return;
        }
        Set<String> found;
        try {
            found = of(home);
        } catch (SQLException | IllegalArgumentException unreadable) {
            throw new AssertionError("the audit in " + home + " cannot be read", unreadable);
        }
        assertThat(documented()).as("the actions that audit.md lists").containsAll(found);
    }

    /// Changes a bit of the last entry that a mesh which was killed has left.
    static void damageTheLast(Path home) throws SQLException, IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database(home));
                Statement statement = connection.createStatement()) {
            byte[] data;
            try (ResultSet row =
                    statement.executeQuery("SELECT data FROM audit_group ORDER BY first_seq DESC LIMIT 1")) {
                assertThat(row.next()).isTrue();
                data = row.getBytes(1);
            }
            data[data.length - 1] ^= 1;
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE audit_group SET data = ? WHERE first_seq = (SELECT MAX(first_seq) FROM audit_group)")) {
                update.setBytes(1, data);
                assertThat(update.executeUpdate()).isEqualTo(1);
            }
        }
    }

    /// Waits for an entry of that actor and action whose decision begins so.
    static void await(Mesh mesh, String actor, String action, String decision, Predicate<JsonObject> also) {
        Eventually.until(
                actor + " " + action + " " + decision,
                () -> entries(mesh, "action=" + action).stream()
                        .anyMatch(entry -> entry.getString("actor").equals(actor)
                                && entry.getString("action").equals(action)
                                && entry.getString("decision").startsWith(decision)
                                && also.test(entry)));
    }

    /// The entries of a running mesh; `filter` as it stands in the query.
    static List<JsonObject> entries(Mesh mesh, String filter) {
        try (EventSource events = mesh.events("after=0&follow=false&" + filter)) {
            return events.toTheEnd().stream().map(EventSource.Event::item).toList();
        }
    }
}
