package ai.openlegion.agent.self;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What the agent is told by its environment when it starts.
///
/// @param agentId `AGENT_ID`
/// @param role `AGENT_ROLE`
/// @param mesh `MESH_URL`, without a slash at its end
/// @param meshToken `MESH_AUTH_TOKEN`: by which the mesh knows this agent
/// @param inboundToken `MESH_INBOUND_TOKEN`: by which this agent knows the mesh
/// @param model `LLM_MODEL`: for each call of the model
/// @param instructions `INITIAL_INSTRUCTIONS`: what it is for; may be empty
/// @param port `AGENT_PORT`: where it listens, 8400 unless said; 0 is any free one
/// @param bind `AGENT_BIND`: the address that it listens on, all unless said
/// @param data `AGENT_DATA`: the only folder it writes to, `/data` unless said
/// @param contextTokens `LLM_CONTEXT_TOKENS`: how much the model reads at most, 128,000 unless said
public record Settings(
        String agentId,
        String role,
        URI mesh,
        String meshToken,
        String inboundToken,
        String model,
        String instructions,
        int port,
        String bind,
        Path data,
        int contextTokens) {

    private static final int PORT = 8400;
    private static final int CONTEXT_TOKENS = 128_000;
    private static final int LEAST_CONTEXT_TOKENS = 1_000;

    /// Reads the environment.
    ///
    /// @throws UnusableSetting if one that is needed is missing or empty, or one cannot be what it says
    public static Settings from(Map<String, String> environment) throws UnusableSetting {
        return new Settings(
                needed(environment, "AGENT_ID"),
                needed(environment, "AGENT_ROLE"),
                address(environment),
                needed(environment, "MESH_AUTH_TOKEN"),
                needed(environment, "MESH_INBOUND_TOKEN"),
                needed(environment, "LLM_MODEL"),
                given(environment, "INITIAL_INSTRUCTIONS").orElse(""),
                number(environment, "AGENT_PORT", PORT, 0, 65_535),
                given(environment, "AGENT_BIND").orElse("0.0.0.0"),
                Path.of(given(environment, "AGENT_DATA").orElse("/data")),
                number(environment, "LLM_CONTEXT_TOKENS", CONTEXT_TOKENS, LEAST_CONTEXT_TOKENS, 100_000_000));
    }

    /// Says who it is, and no token.
    @Override
    public String toString() {
        return "Settings[" + agentId + ", " + mesh + "]";
    }

    private static Optional<String> given(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private static String needed(Map<String, String> environment, String name) throws UnusableSetting {
        return given(environment, name).orElseThrow(() -> new UnusableSetting(name + " is missing"));
    }

    private static URI address(Map<String, String> environment) throws UnusableSetting {
        String given = needed(environment, "MESH_URL").replaceFirst("/+$", "");
        if (!given.matches("https?://[^/?#@]+")) {
            throw new UnusableSetting("MESH_URL is not an address such as http://host:8420");
        }
        try {
            return URI.create(given);
        } catch (IllegalArgumentException malformed) {
            throw new UnusableSetting("MESH_URL is not an address such as http://host:8420");
        }
    }

    private static int number(Map<String, String> environment, String name, int absent, int least, int most)
            throws UnusableSetting {
        Optional<String> given = given(environment, name);
        if (given.isEmpty()) {
            return absent;
        }
        if (given.get().matches("[0-9]{1,9}")) {
            int number = Integer.parseInt(given.get());
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new UnusableSetting(name + " is not a number from " + least + " to " + most);
    }
}
