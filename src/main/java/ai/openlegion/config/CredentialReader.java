package ai.openlegion.config;

import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Service;
import ai.openlegion.vault.DotEnv;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The reading of credentials from `.env` and the environment.
final class CredentialReader {

    private static final String FILE = ".env";
    private static final String PREFIX = "OPENLEGION_CRED_";

    private final Problems problems;
    private final List<String> warnings;
    private final Map<String, String> unset;

    /// @param unset told, by their sentences, which credentials have no value yet
    CredentialReader(Problems problems, List<String> warnings, Map<String, String> unset) {
        this.problems = problems;
        this.warnings = warnings;
        this.unset = unset;
    }

    /// The vault of a home. A line that cannot be used is a problem, told without its value.
    Vault read(Home home, Map<String, String> environment, Map<String, Secret> additional) {
        Map<String, String> lines = Map.of();
        try {
            DotEnv file = DotEnv.read(home.env());
            file.flaws().forEach(flaw -> problems.add(FILE, flaw.line(), "", flaw.message()));
            warnings.addAll(file.warnings());
            lines = file.values();
        } catch (IOException unreadable) {
            problems.add(FILE, 0, "", "cannot be read");
        }
        for (String key : lines.keySet()) {
            if (!key.startsWith(PREFIX)) {
                warnings.add(
                        FILE + ": " + Tree.shown(key) + " is not used: credentials are named " + PREFIX + "<NAME>");
            }
        }
        Vault vault = Vault.load(lines, environment, flaw -> problems.add("credentials", 0, "", flaw));
        return additional.isEmpty() ? vault : vault.and(additional);
    }

    /// Warns of each service whose credential is not in the vault.
    void warnOfMissingServiceKeys(Collection<Service> services, Vault vault) {
        for (Service service : services) {
            String name = service.credential();
            if (name != null && vault.get(name).isEmpty()) {
                unset.put("service " + service.name() + " has no key: " + howToSet(name), name);
            }
        }
    }

    /// Warns for each of these providers whose key is not in the vault.
    void warnOfMissing(Collection<Provider> used, Vault vault) {
        for (Provider provider : used) {
            String name = provider.credential();
            if (name != null && vault.get(name).isEmpty()) {
                unset.put("provider " + provider.name() + " has no key: " + howToSet(name), name);
            }
        }
    }

    /// What an operator does for a credential that has no value.
    static String howToSet(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return "openlegion vault set " + lower + ", or " + PREFIX + name.toUpperCase(Locale.ROOT)
                + " in .env or the environment";
    }
}
