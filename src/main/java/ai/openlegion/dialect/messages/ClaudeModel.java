package ai.openlegion.dialect.messages;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a model of Anthropic understands, by the version in its name; a name without one is taken for a new model of
/// another vendor, which follows the dialect and not the extensions of Anthropic's own models.
///
/// @param version hundreds for the first number, ones for the second; 0 where the name has none
record ClaudeModel(int version) {

    private static final Pattern NAME =
            Pattern.compile("claude-(?:[a-z]+-)?(\\d{1,2})(?:[-.](\\d{1,2}))?(?!\\d)", Pattern.CASE_INSENSITIVE);

    static ClaudeModel named(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.find()) {
            return new ClaudeModel(0);
        }
        String minor = matcher.group(2);
        return new ClaudeModel(
                Integer.parseInt(matcher.group(1)) * 100 + (minor == null ? 0 : Integer.parseInt(minor)));
    }

    /// Adaptive thinking came with 4.6; later models know no other.
    boolean thinksAdaptively() {
        return version == 0 || version >= 406;
    }

    /// Instructions in mid-conversation came with 4.8.
    boolean takesLateInstructions() {
        return version >= 408;
    }
}
