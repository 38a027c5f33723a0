package ai.openlegion.vault;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An immutable set of named credentials, and the search for their values in outgoing text.
///
/// The operator's come from the environment, from `.env` or from the store, the strongest first. What agents stored is
/// kept apart: it is hostile input, opens nothing of the mesh's own, and is looked for only where somebody may use it,
/// since a common word stored as a credential would else stop everybody's answers.
public final class Vault {

    private static final String PREFIX = "OPENLEGION_CRED_";

    /// Where the value of a credential comes from, the strongest first.
    public enum Source {
        /// `OPENLEGION_CRED_<NAME>` of the environment.
        ENVIRONMENT,
        /// The same in `.env`.
        ENV_FILE,
        /// Set by the operator while the mesh ran.
        OPERATOR,
        /// Stored by an agent.
        AGENT;

        /// The word for it in answers.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Map<String, Secret> environment;
    private final Map<String, Secret> envFile;
    private final Map<String, Stored> stored;
    private final Map<String, Secret> operators = new TreeMap<>();
    private final Map<String, Stored> agents = new TreeMap<>();
    private final AgentScans scans;
    private final LeakScan scan;

    private Vault(
            Map<String, Secret> environment,
            Map<String, Secret> envFile,
            Map<String, Stored> stored,
            Optional<Vault> before) {
        this.environment = environment;
        this.envFile = envFile;
        this.stored = Map.copyOf(stored);
        stored.forEach((name, each) -> {
            if (each.isOperators()) {
                operators.put(name, each.value());
            }
        });
        operators.putAll(envFile);
        operators.putAll(environment);
        stored.forEach((name, each) -> {
            if (!each.isOperators() && !operators.containsKey(name)) {
                agents.put(name, each);
            }
        });
        List<Secret> values = values();
        scans = before.map(vault -> vault.scans)
                .filter(made -> made.isFor(values))
                .orElseGet(() -> new AgentScans(values));
        scan = scans.alone();
    }

    /// A vault with these credentials, as from the environment; names are lower-cased.
    public static Vault of(Map<String, Secret> secrets) {
        return new Vault(lowerCased(secrets), Map.of(), Map.of(), Optional.empty());
    }

    /// The credentials of a home: `OPENLEGION_CRED_<NAME>` of its `.env` file and of the environment, which wins.
    /// An empty value counts as absent.
    ///
    /// @param problems told, in one sentence each, which variables cannot be used; never their values
    public static Vault load(Map<String, String> dotEnv, Map<String, String> environment, Consumer<String> problems) {
        Map<String, Secret> file = new TreeMap<>();
        Map<String, Secret> variables = new TreeMap<>();
        collect(dotEnv, file, problems);
        collect(environment, variables, problems);
        return new Vault(variables, file, Map.of(), Optional.empty());
    }

    /// This vault with these as well, as from the environment.
    public Vault and(Map<String, Secret> more) {
        Map<String, Secret> variables = new TreeMap<>(environment);
        variables.putAll(lowerCased(more));
        return new Vault(variables, envFile, stored, Optional.of(this));
    }

    /// This vault with these stored credentials instead of those it had; a name of the environment or of `.env` keeps
    /// its value from there.
    ///
    /// @param now by name, lower-cased
    public Vault withStored(Map<String, Stored> now) {
        return stored.equals(now) ? this : new Vault(environment, envFile, now, Optional.of(this));
    }

    /// The operator's credential of this name, in any case. What an agent stored is never found here, so it opens no
    /// provider, service or webhook.
    public Optional<Secret> get(String name) {
        return Optional.ofNullable(operators.get(lower(name)));
    }

    /// Whether another vault has the same of the operator's under this name; the name null stands for none.
    public boolean hasSame(@Nullable String name, Vault other) {
        return name == null || get(name).equals(other.get(name));
    }

    /// What a handle of this name stands for: the operator's credential, else what an agent stored. Whose key it is,
    /// and who may use it, is decided before.
    public Optional<Secret> forHandle(String name) {
        Stored agents = this.agents.get(lower(name));
        return get(name).or(() -> Optional.ofNullable(agents).map(Stored::value));
    }

    /// The names of the operator's credentials, lower-cased, in order.
    public Set<String> names() {
        return Collections.unmodifiableSet(operators.keySet());
    }

    /// The names of all credentials, also those that agents stored, lower-cased, in order.
    public Set<String> allNames() {
        Set<String> names = new TreeSet<>(operators.keySet());
        names.addAll(agents.keySet());
        return names;
    }

    /// Where the value that this name stands for comes from; empty where there is none.
    public Optional<Source> source(String name) {
        String key = lower(name);
        if (environment.containsKey(key)) {
            return Optional.of(Source.ENVIRONMENT);
        }
        if (envFile.containsKey(key)) {
            return Optional.of(Source.ENV_FILE);
        }
        return stored(key).map(each -> each.isOperators() ? Source.OPERATOR : Source.AGENT);
    }

    /// What is stored under this name, whether or not the environment or `.env` takes its place.
    public Optional<Stored> stored(String name) {
        return Optional.ofNullable(stored.get(lower(name)));
    }

    /// The search for the operator's values: in everything that leaves.
    public LeakScan scan() {
        return scan;
    }

    /// The search for the operator's values and for those that agents stored under names for which this holds: in what
    /// comes back to somebody who may use these. Making it may take longer than an event loop has: see [#madeScan].
    public LeakScan scan(Predicate<String> covers) {
        return scans.make(covered(covers));
    }

    /// [#scan(Predicate)] where it is made already.
    public Optional<LeakScan> madeScan(Predicate<String> covers) {
        return scans.made(covered(covers));
    }

    private Map<String, Stored> covered(Predicate<String> covers) {
        Map<String, Stored> covered = new TreeMap<>();
        agents.forEach((name, each) -> {
            if (covers.test(name)) {
                covered.put(name, each);
            }
        });
        return covered;
    }

    /// [LeakScan#redact] for the operator's values.
    public String redact(String text) {
        return scan.redact(text);
    }

    /// [LeakScan#struckOut] for the operator's values.
    public Optional<String> struckOut(String text) {
        return scan.struckOut(text);
    }

    /// [LeakScan#leaks] for the operator's values.
    public boolean leaks(byte[] bytes, int from, int to) {
        return scan.leaks(bytes, from, to);
    }

    /// [LeakScan#watch] for the operator's values.
    public LeakWatch watch() {
        return scan.watch();
    }

    @Override
    public String toString() {
        return "Vault" + allNames();
    }

    /// Every value of the operator's, also one whose place another has taken: it is a secret all the same.
    private List<Secret> values() {
        List<Secret> values = new ArrayList<>(environment.values());
        values.addAll(envFile.values());
        new TreeMap<>(stored).values().stream().filter(Stored::isOperators).forEach(each -> values.add(each.value()));
        return values;
    }

    private static Map<String, Secret> lowerCased(Map<String, Secret> secrets) {
        Map<String, Secret> named = new TreeMap<>();
        secrets.forEach((name, secret) -> named.put(lower(name), secret));
        return named;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
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
                named.put(lower(name), Secret.of(value.strip()));
            }
        });
    }
}
