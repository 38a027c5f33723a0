package ai.openlegion.supervisor;

import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Resolution;
import ai.openlegion.fleet.Agent;
import ai.openlegion.runtime.Ground;
import ai.openlegion.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a start of an agent is made of: what it runs as, and what it finds in its environment.
///
/// @param contextTokens the window of its model; 0 = not known
record Plan(Agent agent, long contextTokens) {

    static Plan of(Agent agent, Catalogue catalogue) {
        Resolution model = catalogue.resolve(agent.model());
        return new Plan(
                agent, model instanceof Resolution.Known known ? known.model().contextTokens() : 0);
    }

    /// Whether what runs by the other one would run the same by this one.
    boolean isSameProgram(Plan other) {
        return agent.runtime() == other.agent.runtime() && hash("", 0).equals(other.hash("", 0));
    }

    /// Everything in the environment of a started agent; no credential is among it.
    ///
    /// @param token the agent's own, with which it comes in
    /// @param inbound the one by which it knows the mesh
    Map<String, String> environment(Ground ground, int meshPort, String token, Secret inbound) {
        String mesh = "http://" + ground.meshHost() + ':' + meshPort;
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("AGENT_ID", agent.id().value());
        environment.put("AGENT_ROLE", agent.role());
        environment.put("MESH_URL", mesh);
        environment.put("MESH_AUTH_TOKEN", token);
        environment.put("MESH_INBOUND_TOKEN", inbound.reveal());
        environment.put("LLM_MODEL", agent.model());
        environment.put("INITIAL_INSTRUCTIONS", agent.instructions());
        environment.put("OPENAI_BASE_URL", mesh + "/v1");
        environment.put("OPENAI_API_KEY", token);
        environment.put("ANTHROPIC_BASE_URL", mesh);
        environment.put("ANTHROPIC_AUTH_TOKEN", token);
        if (contextTokens > 0) {
            environment.put("LLM_CONTEXT_TOKENS", Long.toString(contextTokens));
        }
        return environment;
    }

    /// SHA-256, in hex, of all that a start depends on: as long as it is the same, what runs need not make way.
    String hash(String runtime, int meshPort) {
        Agent.Program program = agent.program();
        List<String> parts = List.of(
                runtime,
                Integer.toString(meshPort),
                agent.role(),
                agent.model(),
                agent.instructions(),
                Long.toString(contextTokens),
                String.valueOf(program.image()),
                Integer.toString(program.command().size()),
                String.join("\0", program.command()),
                program.resources().toString(),
                Boolean.toString(program.hasServer()));
        MessageDigest digest = sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }
}
