package ai.openlegion.vault;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An immutable set of named credentials, and the search for their values in outgoing text.
public final class Vault {

    private static final String PREFIX = "OPENLEGION_CRED_";

    private final Map<String, Secret> secrets;
    private final Redaction redaction;
    private final LeakSearch search;
    private final @Nullable LeakAutomaton automaton;

    private Vault(Map<String, Secret> secrets) {
        this.secrets = secrets;
        redaction = new Redaction(secrets.values());
        search = new LeakSearch(secrets.values());
        automaton = LeakAutomaton.of(secrets.values());
    }

    /// A vault with these credentials; names are lower-cased.
    public static Vault of(Map<String, Secret> secrets) {
        Map<String, Secret> named = new TreeMap<>();
        secrets.forEach((name, secret) -> named.put(name.toLowerCase(Locale.ROOT), secret));
        return new Vault(named);
    }

    /// The credentials of a home: `OPENLEGION_CRED_<NAME>` of its `.env` file and of the environment, which wins.
    /// An empty value counts as absent.
    ///
    /// @param problems told, in one sentence each, which variables cannot be used; never their values
    public static Vault load(Map<String, String> dotEnv, Map<String, String> environment, Consumer<String> problems) {
        Map<String, Secret> named = new TreeMap<>();
        collect(dotEnv, named, problems);
        collect(environment, named, problems);
        return new Vault(named);
    }

    /// The credential of this name, in any case.
    public Optional<Secret> get(String name) {
        return Optional.ofNullable(secrets.get(name.toLowerCase(Locale.ROOT)));
    }

    /// The names of all credentials, lower-cased, in order.
    public Set<String> names() {
        return Collections.unmodifiableSet(secrets.keySet());
    }

    /// The text with every value of 8 characters or more, and its base64, URL, hex and JSON form, replaced by `***`.
    public String redact(String text) {
        return redaction.apply(text);
    }

    /// Whether a value of 12 characters or more stands in these bytes, as it is.
    public boolean leaks(byte[] bytes, int from, int to) {
        return search.finds(bytes, from, to);
    }

    /// A new search for the values of 12 characters or more in one text that comes in pieces.
    public LeakWatch watch() {
        return new LeakWatch(automaton);
    }

    /// A new search for the values of 12 characters or more in bytes of any kind that come in pieces.
    public ByteWatch byteWatch() {
        return new ByteWatch(automaton);
    }

    @Override
    public String toString() {
        return "Vault" + secrets.keySet();
    }

    private static void collect(Map<String, String> variables, Map<String, Secret> named, Consumer<String> problems) {
        variables.forEach((key, value) -> {
            if (!key.startsWith(PREFIX) || value.isBlank()) {
                return;
            }
            String name = key.substring(PREFIX.length());
            if (!name.matches("[A-Za-z0-9_]{1,128}")) {
                problems.accept("a variable that begins with " + PREFIX + " has no usable name after it");
            } else if (value.chars().anyMatch(Character::isISOControl)) {
                problems.accept(key + " holds a control character or line break, which no credential may");
            } else {
                named.put(name.toLowerCase(Locale.ROOT), Secret.of(value.strip()));
            }
        });
    }
}
