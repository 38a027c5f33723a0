package ai.openlegion.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The tokens of one home: derived ones for external agents, and the operator's.
///
/// Works whether or not the mesh is up; two processes may use one home at the same time. A token that was rotated by
/// another process is seen at the next question, since the generations are read each time.
public final class Tokens {

    private static final int KEY_BYTES = 32;
    private static final int SHORTEST_OPERATOR_TOKEN = 32;

    private final Path dataDir;
    private final SecretKeySpec key;
    private final Generations generations;
    private final List<String> warnings;

    private Tokens(Path dataDir, byte[] key, List<String> warnings) {
        this.dataDir = dataDir;
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.generations = new Generations(dataDir);
        this.warnings = warnings;
    }

    /// Opens the tokens of a home's data folder; folder (mode 0700) and key (mode 0600) are made when absent.
    ///
    /// @throws IOException when the folder cannot be used or the key file is not 32 bytes long
    public static Tokens open(Path dataDir) throws IOException {
        PrivateFile.directory(dataDir);
        Path file = dataDir.resolve("agent.key");
        byte[] key = PrivateFile.readOrCreate(file, () -> random(KEY_BYTES));
        if (key.length != KEY_BYTES) {
            throw new IOException(file + " is damaged: it must hold 32 bytes and holds " + key.length
                    + "; restore it, or delete it to give every external agent a new token");
        }
        List<String> warnings = new ArrayList<>();
        PrivateFile.warnIfShared(file, warnings);
        return new Tokens(dataDir, key, warnings);
    }

    /// What the operator should know about the token files: one sentence for each file that others may read.
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /// The bearer token of an external agent: `ol_` and 43 characters, the same until it is rotated.
    public String external(AgentId agent) throws IOException {
        return derive("agent", agent, generations.of(agent));
    }

    /// The bearer tokens of these external agents, by one reading of the generations.
    public Map<AgentId, String> external(Collection<AgentId> agents) throws IOException {
        Map<AgentId, Long> current = generations.all();
        Map<AgentId, String> tokens = new LinkedHashMap<>();
        for (AgentId agent : agents) {
            tokens.put(agent, derive("agent", agent, current.getOrDefault(agent, Generations.FIRST)));
        }
        return tokens;
    }

    /// The token by which an external agent knows the mesh; rotated together with the agent's own.
    public String inbound(AgentId agent) throws IOException {
        return derive("inbound", agent, generations.of(agent));
    }

    /// A new token for one start of an agent that the mesh runs: 256 random bits, never derived again.
    public static String minted() {
        return encode("ol_", random(KEY_BYTES));
    }

    /// The token by which an agent that the mesh runs knows the mesh, during one start.
    ///
    /// It is derived, so that it need not be kept: a mesh that adopts a running agent finds it again.
    ///
    /// @param start names that start, and no other
    public String inbound(AgentId agent, String start) {
        return encode("ol_", mac("inbound-start|" + agent.value() + "|" + start));
    }

    /// Gives an agent new tokens from now on; a running mesh keeps the old ones until it reloads.
    public void rotate(AgentId agent) throws IOException {
        generations.advance(agent);
    }

    /// Which generation of tokens each agent has; those that were never rotated are left out.
    public Map<AgentId, Long> generations() throws IOException {
        return generations.all();
    }

    /// The operator's token, from `data/control.token` (mode 0600), made when absent.
    ///
    /// @throws IOException when the file cannot be used or holds no token of at least 32 printable characters
    public String operator() throws IOException {
        Path file = dataDir.resolve("control.token");
        byte[] bytes = PrivateFile.readOrCreate(
                file, () -> (encode("olc_", random(KEY_BYTES)) + "\n").getBytes(StandardCharsets.US_ASCII));
        String token = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        if (token.length() < SHORTEST_OPERATOR_TOKEN
                || token.length() > TokenDigest.LONGEST_TOKEN
                || !token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new IOException(file + " holds no usable token: 32 to 256 printable characters without spaces are"
                    + " needed; delete it to have a new one made");
        }
        return token;
    }

    private String derive(String purpose, AgentId agent, long generation) {
        return encode("ol_", mac(purpose + "|" + agent.value() + "|" + generation));
    }

    private byte[] mac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has HmacSHA256", missing);
        }
    }

    private static String encode(String prefix, byte[] bytes) {
        return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
