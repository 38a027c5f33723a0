package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mesh.tls`: every mistake is told with its key before the mesh starts.
class TlsFileTest {

    @TempDir
    private static Path made;

    private static TestCertificate good;
    private static TestCertificate other;

    @TempDir
    private Path folder;

    @BeforeAll
    static void make() throws Exception {
        good = TestCertificate.make(made, "good", "-validity", "90");
        other = TestCertificate.make(made, "other", "-keyalg", "RSA", "-keysize", "2048");
    }

    private HomeFiles home(String tls) {
        var files = new HomeFiles(folder);
        return files.mesh("mesh: {host: 127.0.0.1, port: 8420, tls: {" + tls + "}}\n" + HomeFiles.MESH);
    }

    private static String paths(Path certificate, Path key) {
        return "cert: \"" + certificate + "\", key: \"" + key + "\"";
    }

    @Test
    void a_certificate_with_its_key_is_taken_by_paths_relative_to_the_home() throws Exception {
        Files.createDirectories(folder.resolve("config"));
        Files.copy(good.certificate(), folder.resolve("config/tls.pem"));
        Files.copy(good.key(), folder.resolve("config/tls.key"));
        Files.setPosixFilePermissions(folder.resolve("config/tls.key"), PosixFilePermissions.fromString("rw-------"));

        Loaded loaded = home("cert: config/tls.pem, key: config/tls.key").load();

        Tls tls = of(loaded);
        assertThat(tls.chain()).isEqualTo(Files.readAllBytes(good.certificate()));
        assertThat(tls.clientCa()).isNull();
        assertThat(tls.innerPort()).isEqualTo(8422);
        assertThat(HexFormat.of().parseHex(tls.fingerprint())).hasSize(32);
        assertThat(loaded.settings().mesh().scheme()).isEqualTo("https");
        assertThat(loaded.warnings()).noneMatch(warning -> warning.contains("tls"));
    }

    @Test
    void with_the_certificates_of_clients_they_are_required_unless_it_says_optional() {
        String both = paths(other.certificate(), other.key()) + ", client_ca: \"" + good.certificate() + "\"";

        assertThat(of(home(both).load()).requiresClient()).isTrue();
        assertThat(of(home(both + ", client_auth: optional").load()).requiresClient())
                .isFalse();
    }

    private static Tls of(Loaded loaded) {
        return Objects.requireNonNull(loaded.settings().mesh().tls());
    }

    @Test
    void what_is_missing_is_named() {
        assertThat(home("key: \"" + good.key() + "\"").problems())
                .containsExactly("config/mesh.yaml:1: mesh.tls.cert: is missing");
        assertThat(home("cert: \"" + good.certificate() + "\", key: nowhere.key")
                        .problems())
                .containsExactly(
                        "config/mesh.yaml:1: mesh.tls.key: " + folder.resolve("nowhere.key") + " cannot be read");
        assertThat(home(paths(good.certificate(), good.key()) + ", client_auth: required")
                        .problems())
                .containsExactly("config/mesh.yaml:1: mesh.tls.client_auth: needs client_ca: the certificates that a"
                        + " client's must come from");
        assertThat(home(paths(good.certificate(), good.key()) + ", certs: x").problems())
                .singleElement()
                .asString()
                .startsWith("config/mesh.yaml:1: mesh.tls.certs: ");
    }

    @Test
    void what_is_no_certificate_or_key_is_refused() throws IOException {
        Path garbage = Files.writeString(folder.resolve("garbage"), "-----BEGIN CERTIFICATE-----\nMII=\n");
        Path old = Files.writeString(
                folder.resolve("old.key"), "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n");
        Path locked = Files.writeString(
                folder.resolve("locked.key"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----\n");
        for (Path key : new Path[] {old, locked, garbage}) {
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        }

        assertThat(home(paths(garbage, good.key())).problems())
                .containsExactly("config/mesh.yaml:1: mesh.tls.cert: holds no certificate in PEM (-----BEGIN"
                        + " CERTIFICATE-----)");
        assertThat(home(paths(good.certificate(), garbage)).problems())
                .containsExactly("config/mesh.yaml:1: mesh.tls.key: holds no private key in PEM (-----BEGIN PRIVATE"
                        + " KEY-----)");
        assertThat(home(paths(good.certificate(), old)).problems())
                .singleElement()
                .asString()
                .contains("must be PKCS8");
        assertThat(home(paths(good.certificate(), locked)).problems())
                .singleElement()
                .asString()
                .contains("is encrypted");
        assertThat(home(paths(good.certificate(), good.key()) + ", client_ca: \"" + garbage + "\"")
                        .problems())
                .singleElement()
                .asString()
                .startsWith("config/mesh.yaml:1: mesh.tls.client_ca: holds no certificate");
    }

    @Test
    void a_key_of_a_kind_that_the_listener_cannot_serve_is_refused() throws Exception {
        for (String kind : new String[] {"Ed25519", "RSASSA-PSS"}) {
            TestCertificate made = TestCertificate.make(folder, kind, "-keyalg", kind);

            assertThat(home(paths(made.certificate(), made.key())).problems())
                    .singleElement()
                    .asString()
                    .startsWith("config/mesh.yaml:1: mesh.tls.key: is of the kind ")
                    .endsWith("; the listener serves RSA and EC");
        }
    }

    @Test
    void a_key_of_another_certificate_and_a_broken_chain_are_refused() throws IOException {
        Path both = folder.resolve("both.pem");
        Files.writeString(both, Files.readString(good.certificate()) + Files.readString(other.certificate()));

        assertThat(home(paths(good.certificate(), other.key())).problems())
                .containsExactly("config/mesh.yaml:1: mesh.tls.key: does not belong to the first certificate of cert");
        assertThat(home(paths(both, good.key())).problems())
                .singleElement()
                .asString()
                .startsWith("config/mesh.yaml:1: mesh.tls.cert: is no chain: certificate 1 was not signed");
    }

    @Test
    void a_certificate_holds_now_and_one_that_ends_soon_is_told() throws Exception {
        TestCertificate expired = TestCertificate.make(folder, "expired", "-startdate", "-10d", "-validity", "3");
        TestCertificate early = TestCertificate.make(folder, "early", "-startdate", "+5d", "-validity", "30");
        TestCertificate ending = TestCertificate.make(folder, "ending", "-validity", "5");
        Files.setPosixFilePermissions(ending.key(), PosixFilePermissions.fromString("rw-r-----"));

        assertThat(home(paths(expired.certificate(), expired.key())).problems())
                .singleElement()
                .asString()
                .startsWith("config/mesh.yaml:1: mesh.tls.cert: holds a certificate that expired at ");
        assertThat(home(paths(early.certificate(), early.key())).problems())
                .singleElement()
                .asString()
                .contains("holds a certificate that is not valid before ");
        assertThat(home(paths(ending.certificate(), ending.key())).load().warnings())
                .anyMatch(warning -> warning.contains("mesh.tls.cert: holds a certificate that expires at "))
                .anyMatch(warning -> warning.contains("can be read by others than its owner"));
    }

    @Test
    void the_inner_port_is_another_one() {
        assertThat(home(paths(good.certificate(), good.key()) + ", inner_port: 8420")
                        .problems())
                .containsExactly("config/mesh.yaml:1: mesh.tls.inner_port: must be another port than the agents' own");
        assertThat(home(paths(good.certificate(), good.key()) + ", inner_port: 8421")
                        .problems())
                .singleElement()
                .asString()
                .contains("must listen on another port than mesh.tls.inner_port, 8421");
    }
}
