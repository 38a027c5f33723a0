package ai.openlegion.config;

import java.util.Optional;
import java.util.regex.Pattern;

/// The shapes that names chosen by the operator must have.
final class Names {

    /// Of a provider: what stands before the first slash of a model id.
    static final Pattern PROVIDER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /// Of a service, a topic, a workflow.
    static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    /// Of a credential in the vault, so that `OPENLEGION_CRED_<NAME>` is a variable every shell can set.
    static final Pattern CREDENTIAL = Pattern.compile("[A-Za-z0-9_]{1,128}");

    /// Of a model: no character that a glob would read as more than itself.
    static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[A-Za-z0-9@._:/+~-]{1,200}");

    /// Of an HTTP header.
    static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private Names() {}

    /// A text of at most so many characters, none of which is a control character.
    static Optional<String> plain(Tree entry, String key, int mostChars) {
        Optional<String> text = entry.text(key);
        if (text.isPresent() && text.get().length() > mostChars) {
            entry.problem(key, "must have at most " + mostChars + " characters");
        } else if (text.isPresent() && !text.get().codePoints().allMatch(Names::isPlain)) {
            entry.problem(key, "must not hold a control character");
        } else {
            return text;
        }
        return Optional.empty();
    }

    private static boolean isPlain(int c) {
        return !Character.isISOControl(c) && Character.getType(c) != Character.SURROGATE;
    }
}
