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

    CredentialReader(Problems problems, List<String> warnings) {
        this.problems = problems;
        this.warnings = warnings;
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
                warnings.add("service " + service.name() + " has no key: set " + PREFIX + name.toUpperCase(Locale.ROOT)
                        + " in .env or the environment");
            }
        }
    }

    /// Warns for each of these providers whose key is not in the vault.
    void warnOfMissing(Collection<Provider> used, Vault vault) {
        for (Provider provider : used) {
            String name = provider.credential();
            if (name != null && vault.get(name).isEmpty()) {
                warnings.add("provider " + provider.name() + " has no key: set " + PREFIX
                        + name.toUpperCase(Locale.ROOT) + " in .env or the environment");
            }
        }
    }
}
