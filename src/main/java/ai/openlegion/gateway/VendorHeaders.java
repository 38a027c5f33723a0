package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The headers of a client that a provider of its dialect gets (`gateway.md`): a vendor's feature often is a header and
/// a body member together, and one without the other is an error or silently nothing.
final class VendorHeaders {

    /// What an Anthropic endpoint demands; the only version there has been since 2023.
    private static final String ANTHROPIC_VERSION = "2023-06-01";

    /// Whose account a call is booked on is decided by our key alone.
    private static final Set<String> OURS = Set.of("openai-organization", "openai-project");

    private VendorHeaders() {}

    /// Copies what passes.
    ///
    /// @param verbatim whether the provider speaks the client's dialect
    static void copy(MultiMap client, MultiMap provider, Dialect spoken, boolean verbatim) {
        if (verbatim) {
            for (Map.Entry<String, String> header : client) {
                String name = header.getKey();
                if (passes(name, spoken)) {
                    provider.add(name, header.getValue());
                }
            }
        }
        if (spoken == Dialect.ANTHROPIC && !provider.contains("anthropic-version")) {
            provider.set("anthropic-version", ANTHROPIC_VERSION);
        }
    }

    private static boolean passes(String header, Dialect spoken) {
        char first = header.isEmpty() ? ' ' : Character.toLowerCase(header.charAt(0));
        return switch (spoken) {
            case ANTHROPIC -> first == 'a' && header.toLowerCase(Locale.ROOT).startsWith("anthropic-");
            case OPENAI, RESPONSES -> {
                String name = first == 'o' ? header.toLowerCase(Locale.ROOT) : "";
                yield name.startsWith("openai-") && !OURS.contains(name);
            }
        };
    }
}
