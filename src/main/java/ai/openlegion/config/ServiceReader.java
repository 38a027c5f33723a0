package ai.openlegion.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The reading of `services:`; their names are what `allowed_apis` may list besides `llm`.
final class ServiceReader {

    private ServiceReader() {}

    /// The names of all services.
    ///
    /// @param taken told which credentials they have, by name, and why nothing else may use them
    static Set<String> read(Tree section, Map<String, String> taken, List<String> warnings) {
        Set<String> names = new LinkedHashSet<>();
        section.sections().forEach((name, entry) -> {
            if (!Names.SERVICE.matcher(name).matches()) {
                entry.problem("must be a name of letters, digits, - and _");
            } else if (name.equals("llm")) {
                entry.problem("llm is the name of the models; choose another");
            }
            service(entry)
                    .ifPresent(credential -> taken.put(
                            credential,
                            "is the key of service " + Tree.shown(name)
                                    + ", and service keys are usable only by their service"));
            entry.end();
            names.add(name);
        });
        if (!names.isEmpty()) {
            warnings.add(section.remark("this version does not serve services yet"));
        }
        return names;
    }

    /// The name of its credential.
    private static Optional<String> service(Tree entry) {
        if (entry.requiredKey("base_url")) {
            var _ = BaseUrl.read(entry, "base_url");
        }
        entry.text("header").ifPresent(header -> {
            if (!Names.HEADER.matcher(header).matches()) {
                entry.problem("header", "must be the name of an HTTP header");
            }
        });
        Optional<String> credential = ProviderReader.credential(entry);
        if (entry.requiredKey("usd_per_call")) {
            var _ = LimitsReader.amount(entry, "usd_per_call");
        }
        for (Tree.Text handle : entry.texts("handles")) {
            int colon = handle.value().indexOf(':');
            String place = colon < 0 ? "" : handle.value().substring(0, colon);
            if (!(place.equals("header") || place.equals("query"))
                    || colon == handle.value().length() - 1) {
                entry.problem(handle, "must be header:<name> or query:<name>");
            }
        }
        return credential;
    }
}
