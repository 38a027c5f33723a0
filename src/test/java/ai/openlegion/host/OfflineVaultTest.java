package ai.openlegion.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.audit.AuditPages;
import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.Problems;
import ai.openlegion.evidence.Evidence;
import ai.openlegion.evidence.Verdict;
import ai.openlegion.store.Database;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(180)
class OfflineVaultTest {

    private static final Map<String, String> OTHER_KEY = Map.of("OPENLEGION_VAULT_KEY", "0123456789abcdef".repeat(4));

    @TempDir
    private Path folder;

    private Home home;

    @BeforeEach
    void make() throws Exception {
        home = new Home(folder);
        Files.createDirectories(home.config());
    }

    @Test
    void an_order_is_recorded_before_it_is_done_and_again_where_it_came_to_something_else() throws Exception {
        OfflineVault vault = new OfflineVault(home, Map.of());
        assertThat(vault.set("Token", "value-of-it").status()).isEqualTo(200);
        assertThat(vault.remove("nowhere").status()).isEqualTo(404);
        assertThat(vault.set("no name", "value-of-it").status()).isEqualTo(400);
        assertThat(audited())
                .containsExactly(
                        "vault.set token allowed",
                        "vault.remove nowhere allowed",
                        "vault.remove nowhere refused: unknown",
                        "vault.set  allowed",
                        "vault.set  refused: bad name");
    }

    @Test
    void nothing_changes_where_it_cannot_be_recorded() throws Exception {
        OfflineVault vault = new OfflineVault(home, Map.of());
        assertThat(vault.set("first", "value-of-it").status()).isEqualTo(200);
        sql("CREATE TRIGGER no_audit BEFORE INSERT ON audit_group BEGIN SELECT RAISE(ABORT, 'no'); END");
        assertThatThrownBy(() -> vault.set("second", "value-of-it"))
                .isInstanceOf(StartException.class)
                .hasMessage("not recorded in the audit, which cannot be written: vault.set");
        assertThatThrownBy(() -> vault.remove("first")).isInstanceOf(StartException.class);
        sql("DROP TRIGGER no_audit");
        assertThat(vault.list().body()).contains("\"first\"").doesNotContain("\"second\"");
    }

    @Test
    void a_look_with_another_master_key_moves_nothing_and_a_change_records_what_it_moved() throws Exception {
        OfflineVault vault = new OfflineVault(home, Map.of());
        OfflineVault moving = new OfflineVault(home, OTHER_KEY);
        assertThat(vault.set("first", "value-of-it").status()).isEqualTo(200);
        assertThat(moving.list().body()).contains("\"first\"").contains("\"unreadable\":[]");
        assertThat(vault.list().body()).as("as it was").contains("\"unreadable\":[]");

        assertThat(moving.set("second", "value-of-it").status()).isEqualTo(200);
        assertThat(vault.list().body()).contains("OPENLEGION_VAULT_KEY");
        assertThat(audited())
                .containsExactly(
                        "vault.set first allowed",
                        "vault.set second allowed",
                        "vault.rotate 1 stored credentials done");
    }

    @Test
    void what_is_ordered_minutes_apart_is_signed_each_time_also_on_a_home_that_never_ran() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-22T12:00:00Z"));
        OfflineVault vault = new OfflineVault(home, Map.of(), now::get);
        for (String name : List.of("first", "second", "third")) {
            assertThat(vault.set(name, "value-of-it").status()).isEqualTo(200);
            Verdict verdict = Evidence.of(
                            Configuration.settings(home, new Problems()).orElseThrow())
                    .verify(null, null);
            assertThat(verdict.finding()).as(name).isNull();
            assertThat(verdict.notes()).as(name).isEmpty();
            assertThat(verdict.signedTo()).isEqualTo(verdict.last()).isPositive();
            now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(3)));
        }
    }

    private List<String> audited() throws Exception {
        List<String> all = new ArrayList<>();
        Vertx vertx = Vertx.vertx();
        try (Database database = Database.open(file(), vertx)) {
            var _ = new AuditPages(vertx, database)
                    .read(1, recorded -> {
                        var entry = recorded.entry();
                        return entry.action().equals("audit.key")
                                || all.add(entry.action() + ' ' + entry.resource() + ' ' + entry.decision());
                    })
                    .await(30, TimeUnit.SECONDS);
        } finally {
            var _ = vertx.close().await(30, TimeUnit.SECONDS);
        }
        return all;
    }

    private void sql(String text) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            var _ = statement.execute(text);
        }
    }

    private Path file() {
        return home.data().resolve("openlegion.db");
    }
}
