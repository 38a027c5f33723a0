package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A store that cannot write: no spending, said openly, and over when the cause is.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class StoreFaultTest {

    private static Upstream upstream;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
    }

    @AfterAll
    static void stop() throws Exception {
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @Test
    void a_full_disk_stops_spending_until_there_is_room_again() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1000");
        Path data = Files.createDirectories(home.root().resolve("data"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", data.toString()))
                .as("may mount a tmpfs")
                .isZero();
        try (Mesh mesh = Mesh.start(home)) {
            assertThat(chat(mesh).status()).isEqualTo(200);
            Path ballast = data.resolve("ballast");
            fill(ballast);

            Eventually.until("calls are refused", () -> chat(mesh).status() == 503);
            Eventually.until("healthz says so", () -> health(mesh).status() == 503);
            long requests = upstream.requests();
            assertThat(chat(mesh).status()).isEqualTo(503);
            assertThat(upstream.requests()).isEqualTo(requests);
            assertThat(mesh.alive()).isTrue();

            Files.delete(ballast);
            Eventually.until("calls are served again", () -> chat(mesh).status() == 200);
            Eventually.until("healthz says so", () -> health(mesh).status() == 200);
            assertThat(mesh.settledSpend("alpha").gone())
                    .isGreaterThanOrEqualTo(upstream.counts().outputTokens() * 2_000_000);
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
            run("umount", data.toString());
        } finally {
            run("umount", "-l", data.toString());
        }
    }

    @Test
    void a_locked_database_stops_spending_until_it_is_unlocked() throws Exception {
        try (Mesh mesh = Mesh.start(MeshHome.in(upstream).agent("alpha", "1000"))) {
            assertThat(chat(mesh).status()).isEqualTo(200);
            String url = "jdbc:sqlite:" + mesh.home().root().resolve("data/openlegion.db");
            try (Connection other = DriverManager.getConnection(url);
                    Statement statement = other.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                Eventually.until("calls are refused", () -> chat(mesh).status() == 503);
                Eventually.until("healthz says so", () -> health(mesh).status() == 503);
                assertThat(mesh.log()).containsIgnoringCase("store");
                statement.execute("ROLLBACK");
            }
            Eventually.until("calls are served again", () -> chat(mesh).status() == 200);
            Eventually.until("healthz says so", () -> health(mesh).status() == 200);
            assertThat(mesh.settledSpend("alpha").gone())
                    .isGreaterThanOrEqualTo(upstream.counts().outputTokens() * 2_000_000);
        }
    }

    private static Reply chat(Mesh mesh) {
        return mesh.chat("alpha", Chat.with("tokens=50"));
    }

    private static Reply health(Mesh mesh) {
        return mesh.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.port() + "/healthz")));
    }

    private static void fill(Path ballast) throws IOException {
        try (OutputStream out = Files.newOutputStream(ballast)) {
            byte[] block = new byte[4096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(Files.size(ballast)).isPositive();
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
