package ai.openlegion.proxy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The members of a request whose meaning the mesh checks, by name.
final class GovernedMembers {

    /// Members that change what a call costs and that the price table does not know: refused by name.
    private static final Set<String> PRICED = Set.of(
            "web_search_options",
            "search_parameters",
            "plugins",
            "prediction",
            "audio",
            "models",
            "route",
            "provider",
            "fallbacks",
            "enable_search",
            "web_search",
            "compound_custom",
            "mcp_servers",
            "container");

    /// Every member whose meaning is checked here.
    private static final Set<String> EXACT = exact();

    /// The same in any case.
    private static final Set<String> GOVERNED = anyCase(EXACT);

    /// What decides the price of a message, a part of one or a tool, from inside it.
    private static final Set<String> EXACT_INSIDE = Set.of(
            "type",
            "id",
            "content",
            "source",
            "image_url",
            "file_id",
            "file_data",
            "file_url",
            "audio",
            "input_audio",
            "cache_control",
            "ttl",
            "tool_name",
            "encrypted_content",
            "environment",
            "execution");

    /// The same in any case.
    private static final Set<String> GOVERNED_INSIDE = anyCase(EXACT_INSIDE);

    private static Set<String> exact() {
        Set<String> names = new HashSet<>(PRICED);
        names.addAll(CallRequest.DROPPED);
        names.addAll(List.of(
                "model",
                "messages",
                "tools",
                "stream",
                "stream_options",
                "n",
                "thinking",
                "reasoning",
                "service_tier"));
        names.addAll(List.of("system", "cache_control", "context_management", "speed", "inference_geo"));
        names.addAll(List.of("input", "instructions", "background", "previous_response_id", "conversation", "prompt"));
        names.addAll(List.of("modalities", "max_tokens", "max_completion_tokens", "max_output_tokens"));
        return names;
    }

    private static Set<String> anyCase(Set<String> exact) {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(exact);
        return names;
    }

    private GovernedMembers() {}

    /// Whether the member changes what a call costs in a way that the price table does not know.
    static boolean isPriced(String name) {
        return PRICED.contains(name);
    }

    /// Whether the name differs from a checked one in nothing but case. Many servers match keys whatever their case and
    /// take the last one: what they would read is not what was checked.
    static boolean isDisguised(String name) {
        return isDisguised(name, EXACT, GOVERNED);
    }

    /// The same of a member of a message, of a part of one, or of a tool.
    static boolean isDisguisedInside(String name) {
        return isDisguised(name, EXACT_INSIDE, GOVERNED_INSIDE);
    }

    private static boolean isDisguised(String name, Set<String> exact, Set<String> anyCase) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '_' && (c < 'a' || c > 'z')) {
                return anyCase.contains(name) && !exact.contains(name);
            }
        }
        return false;
    }
}
