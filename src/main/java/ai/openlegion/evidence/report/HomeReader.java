package ai.openlegion.evidence.report;

import ai.openlegion.config.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Opens a mesh's database for reading, whether the mesh runs or not.
final class HomeReader {

    private HomeReader() {}

    /// A report from one moment of the database.
    ///
    /// @throws IOException with a sentence for the operator where there is none, or it cannot be read
    static Report read(Path database, Period period, @Nullable Loaded files, ReportReader.Making making)
            throws IOException {
        if (!Files.isRegularFile(database)) {
            throw new IOException("there is no database at " + database + ": no mesh has run on this home");
        }
        Properties readOnly = new Properties();
        readOnly.setProperty("open_mode", "1");
        readOnly.setProperty("busy_timeout", "5000");
        try (Connection connection =
                DriverManager.getConnection("jdbc:sqlite:" + database.toAbsolutePath(), readOnly)) {
            connection.setAutoCommit(false); // everything is read as of the first query
            return new ReportReader(connection, period, files).read(making);
        } catch (SQLException unreadable) {
            throw new IOException(
                    "the database " + database + " cannot be read: " + unreadable.getMessage(), unreadable);
        } catch (IllegalArgumentException damaged) {
            throw new IOException("the audit in " + database + " is damaged: " + damaged.getMessage(), damaged);
        }
    }
}
