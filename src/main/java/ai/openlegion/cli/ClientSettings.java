package ai.openlegion.cli;

import ai.openlegion.cli.ConnectCommand.Client;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What clients need to work as one agent, in the words of each.
///
/// @param launcher the command that starts this program, as it is found from any directory
/// @param base of the agent listener, without a path
/// @param home of the mesh, absolute
/// @param window of the model in tokens; 0 = unknown
record ClientSettings(String launcher, String agent, String model, String base, String home, long window) {

    /// The command whose output is the agent's token.
    List<String> tokenCommand() {
        return List.of(launcher, "token", agent, "--home", home);
    }

    /// What the client's own base URL is: OpenAI's clients add `/responses` to theirs, Anthropic's `/v1/messages`.
    String baseUrl(Client client) {
        return switch (client) {
            case claude, anthropic -> base;
            case codex, openai -> base + "/v1";
        };
    }

    /// The variable that takes the token; empty where the client runs the command itself.
    String tokenVariable(Client client) {
        return switch (client) {
            case claude -> "ANTHROPIC_AUTH_TOKEN";
            case anthropic -> "ANTHROPIC_API_KEY";
            case openai -> "OPENAI_API_KEY";
            case codex -> "";
        };
    }

    /// Variables that must not be inherited.
    List<String> unset(Client client) {
        return switch (client) {
            case claude -> List.of("ANTHROPIC_API_KEY");
            case anthropic -> List.of("ANTHROPIC_AUTH_TOKEN");
            case openai -> List.of("OPENAI_ORG_ID", "OPENAI_PROJECT_ID");
            case codex -> List.of();
        };
    }

    /// Variables to set, besides that of the token.
    Map<String, String> environment(Client client) {
        Map<String, String> set = new LinkedHashMap<>();
        switch (client) {
            case claude -> {
                set.put("ANTHROPIC_BASE_URL", baseUrl(client));
                set.put("ANTHROPIC_MODEL", model);
                // what a client calls opus, sonnet and haiku must be a model that this agent may use
                for (String family : List.of("OPUS", "SONNET", "HAIKU")) {
                    set.put("ANTHROPIC_DEFAULT_" + family + "_MODEL", model);
                }
                set.put("ANTHROPIC_SMALL_FAST_MODEL", model);
                set.put("CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY", "1");
                set.put("CLAUDE_CODE_GATEWAY_HINT_HEADERS", "1");
                set.put("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
            }
            case anthropic -> set.put("ANTHROPIC_BASE_URL", baseUrl(client));
            case openai -> set.put("OPENAI_BASE_URL", baseUrl(client));
            case codex -> {}
        }
        return set;
    }

    /// For the shell in which Claude Code is started.
    String claude() {
        return "# Claude Code as agent " + agent
                + "; in the shell that starts it, or: eval \"$(" + launcher + " connect claude "
                + agent + ")\"\n"
                + exports(Client.claude)
                + "# An ANTHROPIC_API_KEY that is inherited would outrank the token. ANTHROPIC_SMALL_FAST_MODEL is for old\n"
                + "# clients; new ones read ANTHROPIC_DEFAULT_HAIKU_MODEL. Fast mode and the domain check of WebFetch ask\n"
                + "# api.anthropic.com themselves and are lost behind a gateway. To keep the token out of the environment,\n"
                + "# drop ANTHROPIC_AUTH_TOKEN and put into ~/.claude/settings.json:\n"
                + "#   {\"apiKeyHelper\": \""
                + shellCommand().replace("\\", "\\\\").replace("\"", "\\\"") + "\"}";
    }

    /// For `~/.codex/config.toml`.
    String codex() {
        return "# Codex as agent " + agent
                + ": into ~/.codex/config.toml, the keys above the first [table] at its top.\n"
                + "# Codex runs the command for its token, and ignores providers in a project's own config.toml.\n"
                + "model = " + toml(model) + "\n"
                + "model_provider = \"openlegion\"\n"
                + (window == 0 ? "" : "model_context_window = " + window + "\n")
                + "# a search that the provider runs has no price here and would be refused\n"
                + "web_search = \"disabled\"\n"
                + "# model_catalog_json is left out: the mesh lists its models under /v1/models. A warning that the model has\n"
                + "# no metadata is harmless; the window above is what Codex then goes by.\n"
                + "\n"
                + "[model_providers.openlegion]\n"
                + "name = \"OpenLegion\"\n"
                + "base_url = " + toml(baseUrl(Client.codex)) + "\n"
                + "wire_api = \"responses\"\n"
                + "supports_websockets = false\n"
                + "\n"
                + "[model_providers.openlegion.auth]\n"
                + "command = " + toml(tokenCommand().getFirst()) + "\n"
                + "args = "
                + tokenCommand().stream().skip(1).map(ClientSettings::toml).collect(Collectors.joining(", ", "[", "]"));
    }

    /// For a program with OpenAI's SDK.
    String openai() {
        return "# OpenAI's SDKs as agent " + agent + "\n"
                + exports(Client.openai)
                + "# Python, for example:\n"
                + "#   from openai import OpenAI\n"
                + "#   print(OpenAI().chat.completions.create(model=\"" + model
                + "\", messages=[{\"role\": \"user\", \"content\": \"Hello\"}]))";
    }

    /// For a program with Anthropic's SDK.
    String anthropic() {
        return "# Anthropic's SDKs as agent " + agent + "\n"
                + exports(Client.anthropic)
                + "# Python, for example:\n"
                + "#   from anthropic import Anthropic\n"
                + "#   print(Anthropic().messages.create(model=\"" + model
                + "\", max_tokens=100, messages=[{\"role\": \"user\", \"content\": \"Hello\"}]))";
    }

    private String exports(Client client) {
        StringBuilder lines = new StringBuilder();
        unset(client).forEach(name -> lines.append("unset ").append(name).append('\n'));
        lines.append("export ")
                .append(tokenVariable(client))
                .append("=\"$(")
                .append(shellCommand())
                .append(")\"\n");
        environment(client)
                .forEach((name, value) -> lines.append("export ")
                        .append(name)
                        .append('=')
                        .append(shell(value))
                        .append('\n'));
        return lines.toString();
    }

    private String shellCommand() {
        return tokenCommand().stream().map(ClientSettings::shell).collect(Collectors.joining(" "));
    }

    private static String shell(String word) {
        return word.matches("[A-Za-z0-9_@%+=:,./~-]+") && !word.startsWith("~")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }

    private static String toml(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
