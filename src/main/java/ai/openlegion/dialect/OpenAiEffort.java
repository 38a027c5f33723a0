package ai.openlegion.dialect;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which words for how much to think a model of OpenAI's dialects is known to take. How much to think is a wish: what a
/// model would refuse is left out.
public final class OpenAiEffort {

    private static final List<String> NOT_THINKING =
            List.of("gpt-3.5", "gpt-4", "chatgpt-4o", "o1-mini", "o1-preview", "llama", "mistral", "gemma", "command");

    /// These always think.
    private static final List<String> ALWAYS_THINKING = List.of("o1", "o3", "o4", "gpt-5-");

    private OpenAiEffort() {}

    /// Whether the model may be asked to think at all; families that do not think refuse a request that says so.
    public static boolean isTakenBy(String model) {
        return NOT_THINKING.stream().noneMatch(name(model)::startsWith);
    }

    /// The effort in OpenAI's words; null where it is left out.
    public static @Nullable String of(@Nullable String effort, String model) {
        if (effort == null || !isTakenBy(model)) {
            return null;
        }
        return switch (effort) {
            case "none" -> alwaysThinks(name(model)) ? null : effort;
            case "max" -> "xhigh"; // OpenAI's name for its highest
            default -> effort; // open: the words that all have in common
        };
    }

    private static boolean alwaysThinks(String name) {
        return name.equals("gpt-5") || ALWAYS_THINKING.stream().anyMatch(name::startsWith);
    }

    private static String name(String model) {
        return model.substring(model.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    }
}
