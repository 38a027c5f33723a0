package ai.openlegion.config;

import ai.openlegion.vault.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The reading of `mesh.tls`: files that are there, say what they should, belong together and hold now.
final class TlsReader {

    /// The usual port beside the agents' own; with a free one for agents, it is free as well.
    static final int INNER_PORT = 8422;

    private static final int MAX_BYTES = 1024 * 1024;
    private static final Duration SOON = Duration.ofDays(14);
    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /// The kinds of keys that Vert.x reads.
    private static final Set<String> SERVED = Set.of("RSA", "EC");

    private final Home home;
    private final @Nullable Instant now;
    private final List<String> warnings;

    /// @param now null where it is of no interest whether certificates hold
    TlsReader(Home home, @Nullable Instant now, List<String> warnings) {
        this.home = home;
        this.now = now;
        this.warnings = warnings;
    }

    /// What the section says; null where there is none, or it has a problem.
    ///
    /// @param port of the agents' listener
    @Nullable
    Tls read(Tree mesh, int port) {
        if (!mesh.has("tls")) {
            return null;
        }
        Tree tls = mesh.section("tls");
        byte[] chain = file(tls, "cert", true);
        byte[] key = file(tls, "key", true);
        byte[] clientCa = file(tls, "client_ca", false);
        String auth = tls.choice("client_auth", List.of("optional", "required")).orElse("");
        if (!auth.isEmpty() && !tls.has("client_ca")) {
            tls.problem("client_auth", "needs client_ca: the certificates that a client's must come from");
        }
        int innerPort = tls.integer("inner_port", port == 0 ? 0 : INNER_PORT, 0, 65_535);
        if (innerPort != 0 && innerPort == port) {
            tls.problem("inner_port", "must be another port than the agents' own");
        }
        List<X509Certificate> certificates = chain == null ? List.of() : certificates(tls, "cert", chain);
        if (clientCa != null) {
            var _ = certificates(tls, "client_ca", clientCa);
        }
        Secret secret = key == null ? null : key(tls, key, certificates);
        tls.end();
        if (chain == null || secret == null || certificates.isEmpty()) {
            return null;
        }
        chained(tls, certificates);
        return new Tls(chain, secret, clientCa, !auth.equals("optional"), innerPort, fingerprint(certificates.get(0)));
    }

    private byte @Nullable [] file(Tree tls, String key, boolean isRequired) {
        if (!tls.has(key)) {
            if (isRequired) {
                var _ = tls.requiredKey(key);
            }
            return null;
        }
        String name = tls.text(key).orElse("");
        if (name.isEmpty()) {
            return null;
        }
        try {
            Path file = home.root().resolve(Path.of(name));
            warnOfReaders(tls, key, file);
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(MAX_BYTES + 1);
                if (bytes.length <= MAX_BYTES) {
                    return bytes;
                }
                tls.problem(key, file + " is larger than a certificate or key can be");
            }
        } catch (IOException unreadable) {
            tls.problem(key, home.root().resolve(Path.of(name)) + " cannot be read");
        } catch (InvalidPathException impossible) {
            tls.problem(key, "must name a file in PEM");
        }
        return null;
    }

    private void warnOfReaders(Tree tls, String key, Path file) throws IOException {
        if (key.equals("key") && Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Set<PosixFilePermission> may = Files.getPosixFilePermissions(file);
            if (may.contains(PosixFilePermission.OTHERS_READ) || may.contains(PosixFilePermission.GROUP_READ)) {
                warnings.add(tls.remark(key, file + " can be read by others than its owner; chmod 600 it"));
            }
        }
    }

    private List<X509Certificate> certificates(Tree tls, String key, byte[] pem) {
        try {
            List<X509Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (found.isEmpty()) {
                tls.problem(key, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
            }
            found.forEach(certificate -> dates(tls, key, certificate));
            return found;
        } catch (CertificateException | ClassCastException malformed) {
            tls.problem(key, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
            return List.of();
        }
    }

    private void dates(Tree tls, String key, X509Certificate certificate) {
        if (now == null) {
            return;
        }
        Instant from = certificate.getNotBefore().toInstant();
        Instant to = certificate.getNotAfter().toInstant();
        if (now.isBefore(from)) {
            tls.problem(key, "holds a certificate that is not valid before " + from);
        } else if (now.isAfter(to)) {
            tls.problem(key, "holds a certificate that expired at " + to);
        } else if (now.plus(SOON).isAfter(to)) {
            warnings.add(tls.remark(key, "holds a certificate that expires at " + to));
        }
    }

    private static @Nullable Secret key(Tree tls, byte[] bytes, List<X509Certificate> certificates) {
        String pem = new String(bytes, StandardCharsets.ISO_8859_1);
        Matcher key = PKCS8.matcher(pem);
        if (!key.find()) {
            tls.problem(
                    "key",
                    pem.contains("ENCRYPTED")
                            ? "is encrypted, and nobody is asked for its password; decrypt it with openssl pkcs8"
                            : pem.contains(" PRIVATE KEY-----")
                                    ? "must be PKCS8 (-----BEGIN PRIVATE KEY-----); openssl pkcs8 -topk8 -nocrypt"
                                            + " makes it that"
                                    : "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
            return null;
        }
        if (certificates.isEmpty()) {
            return null;
        }
        PublicKey its = certificates.get(0).getPublicKey();
        if (!SERVED.contains(its.getAlgorithm())) {
            tls.problem("key", "is of the kind " + its.getAlgorithm() + "; the listener serves RSA and EC");
            return null;
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(key.group(1));
            PrivateKey mine =
                    KeyFactory.getInstance(its.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            if (signs(mine, its)) {
                return Secret.of(pem);
            }
        } catch (GeneralSecurityException | IllegalArgumentException another) {
            // a key of another kind does not belong to it either
        }
        tls.problem("key", "does not belong to the first certificate of cert");
        return null;
    }

    private static boolean signs(PrivateKey mine, PublicKey its) throws GeneralSecurityException {
        byte[] text = "openlegion".getBytes(StandardCharsets.US_ASCII);
        Signature signature =
                Signature.getInstance(its.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
        signature.initSign(mine);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(its);
        signature.update(text);
        return signature.verify(signed);
    }

    private static void chained(Tree tls, List<X509Certificate> certificates) {
        for (int i = 0; i + 1 < certificates.size(); i++) {
            try {
                certificates.get(i).verify(certificates.get(i + 1).getPublicKey());
            } catch (GeneralSecurityException broken) {
                tls.problem(
                        "cert",
                        "is no chain: certificate " + (i + 1) + " was not signed by the one after it; the"
                                + " listener's own comes first");
                return;
            }
        }
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
