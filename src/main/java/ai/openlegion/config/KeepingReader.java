package ai.openlegion.config;

import ai.openlegion.audit.AuditSettings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// The reading of `audit:` and `retention:`.
final class KeepingReader {

    /// More than a year, so that the same month of the year before can be looked at.
    static final int DAYS = 400;

    /// What budgets by the month need is kept elsewhere, but a whole month should be there to be looked into.
    private static final int LEAST_USAGE_DAYS = 31;

    private static final int MOST_DAYS = 36_500;
    private static final String KEY_FILE = "data/audit.key";

    private KeepingReader() {}

    /// How the audit is signed, and how long it is kept.
    static AuditSettings audit(Tree mesh, Tree retention, Home home) {
        Tree audit = mesh.section("audit");
        Path keyFile = home.root().resolve(KEY_FILE);
        try {
            keyFile = home.root()
                    .resolve(Path.of(audit.text("key_file").orElse(KEY_FILE)))
                    .normalize();
        } catch (InvalidPathException impossible) {
            audit.problem("key_file", "must be the path of a file");
        }
        audit.end();
        return new AuditSettings(
                keyFile, home.data().resolve("checkpoints"), retention.integer("audit_days", DAYS, 0, MOST_DAYS));
    }

    /// How many days single settlements are kept; 0 = for ever.
    static int usageDays(Tree retention) {
        int days = retention.integer("usage_days", DAYS, 0, MOST_DAYS);
        if (days > 0 && days < LEAST_USAGE_DAYS) {
            retention.problem("usage_days", "must be 0 (for ever) or at least " + LEAST_USAGE_DAYS);
        }
        return days;
    }
}
