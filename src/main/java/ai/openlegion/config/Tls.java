package ai.openlegion.config;

import ai.openlegion.vault.Secret;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the agents' listener proves itself with: certificate and key as they were checked, so that these and nothing
/// else is served.
public final class Tls {

    private final byte[] chain;
    private final Secret key;
    private final byte @Nullable [] clientCa;
    private final boolean requiresClient;
    private final int innerPort;
    private final String fingerprint;

    /// @param chain certificates in PEM, the listener's own first
    /// @param key in PEM, PKCS8
    /// @param clientCa certificates in PEM that a client's must come from; null = clients are not asked for any
    /// @param innerPort where the agents that the mesh runs come in, without TLS; 0 takes a free one
    /// @param fingerprint SHA-256 of the listener's own certificate, in hex
    Tls(
            byte[] chain,
            Secret key,
            byte @Nullable [] clientCa,
            boolean requiresClient,
            int innerPort,
            String fingerprint) {
        this.chain = chain.clone();
        this.key = key;
        this.clientCa = clientCa == null ? null : clientCa.clone();
        this.requiresClient = requiresClient;
        this.innerPort = innerPort;
        this.fingerprint = fingerprint;
    }

    /// The certificates in PEM, the listener's own first.
    public byte[] chain() {
        return chain.clone();
    }

    /// The key in PEM, PKCS8.
    public Secret key() {
        return key;
    }

    /// The certificates in PEM that a client's must come from; null where clients are not asked for any.
    public byte @Nullable [] clientCa() {
        return clientCa == null ? null : clientCa.clone();
    }

    /// Whether a client without a certificate is turned away.
    public boolean requiresClient() {
        return requiresClient;
    }

    /// Where the agents that the mesh runs come in, without TLS; 0 takes a free port.
    public int innerPort() {
        return innerPort;
    }

    /// SHA-256 of the listener's own certificate, in hex.
    public String fingerprint() {
        return fingerprint;
    }

    /// Whether a reload from the other one to this changes what is served.
    public boolean provesLike(Tls other) {
        return Arrays.equals(chain, other.chain)
                && Arrays.equals(clientCa, other.clientCa)
                && requiresClient == other.requiresClient
                && key.reveal().equals(other.key.reveal());
    }
}
