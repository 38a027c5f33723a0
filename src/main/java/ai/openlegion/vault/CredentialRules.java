package ai.openlegion.vault;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a credential that is set while the mesh runs may be called, and may be.
public final class CredentialRules {

    /// The longest name, in characters.
    public static final int NAME_CHARS = 128;

    /// The longest value, in bytes of its UTF-8: twice the longest tokens there are.
    public static final int VALUE_BYTES = 8 * 1024;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1," + NAME_CHARS + "}");

    private CredentialRules() {}

    /// The name as it is kept, in lower case; empty where nothing can be called so.
    public static Optional<String> name(String text) {
        return NAME.matcher(text).matches() ? Optional.of(text.toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    /// What [#name] takes, for a refusal.
    public static String nameRule() {
        return "a name has 1 to " + NAME_CHARS + " letters, digits and _";
    }

    /// Why this cannot be a value, without repeating any of it; empty where it can.
    public static Optional<String> flaw(String value) {
        if (value.isBlank()) {
            return Optional.of("the value is empty");
        }
        if (value.length() > VALUE_BYTES || value.getBytes(StandardCharsets.UTF_8).length > VALUE_BYTES) {
            return Optional.of("the value has more than " + VALUE_BYTES + " bytes");
        }
        if (value.codePoints().anyMatch(Character::isISOControl)) {
            return Optional.of("the value holds a control character or a line break");
        }
        if (value.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            return Optional.of("the value is not well-formed Unicode");
        }
        if (!value.strip().equals(value)) {
            return Optional.of("the value begins or ends with a blank");
        }
        return Optional.empty();
    }
}
