package ai.openlegion.fleet;

import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Service;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whose key a credential is: then only its holder uses it, and no agent's handle, listing or storing reaches it.
///
/// @param holder the name of the provider or service, or the id of the webhook
public record KeyUse(Kind kind, String holder) {

    private static final String KEY_SUFFIX = "_api_key";
    private static final String BASE_SUFFIX = "_api_base";

    /// What a key opens.
    public enum Kind {
        PROVIDER,
        SERVICE,
        WEBHOOK,
        /// Nothing, but it is called as a provider's key or address is: likely one that is used no more, or will be.
        RESERVED;

        /// The word for it in answers.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Whose keys all credentials are that are somebody's, by their names in lower case, each in the order of the
    /// files.
    public static Map<String, List<KeyUse>> all(Fleet fleet) {
        Map<String, List<KeyUse>> uses = new HashMap<>();
        for (Provider provider : fleet.catalogue().providers()) {
            note(uses, provider.credential(), new KeyUse(Kind.PROVIDER, provider.name()));
        }
        for (Service service : fleet.catalogue().services()) {
            note(uses, service.credential(), new KeyUse(Kind.SERVICE, service.name()));
        }
        for (Hook hook : fleet.hooks().values()) {
            note(uses, hook.secret(), new KeyUse(Kind.WEBHOOK, hook.id()));
        }
        return uses;
    }

    private static void note(Map<String, List<KeyUse>> uses, @Nullable String credential, KeyUse use) {
        if (credential != null) {
            uses.computeIfAbsent(credential.toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                    .add(use);
        }
    }

    /// Whose key this credential is, in any case; empty where it is nobody's. What is called as a provider's key or
    /// address is [Kind#RESERVED] where that provider uses another.
    public static Optional<KeyUse> of(Fleet fleet, String credential) {
        for (Provider provider : fleet.catalogue().providers()) {
            if (credential.equalsIgnoreCase(provider.credential())) {
                return Optional.of(new KeyUse(Kind.PROVIDER, provider.name()));
            }
        }
        for (Service service : fleet.catalogue().services()) {
            if (credential.equalsIgnoreCase(service.credential())) {
                return Optional.of(new KeyUse(Kind.SERVICE, service.name()));
            }
        }
        for (Hook hook : fleet.hooks().values()) {
            if (credential.equalsIgnoreCase(hook.secret())) {
                return Optional.of(new KeyUse(Kind.WEBHOOK, hook.id()));
            }
        }
        return shapedFor(fleet, credential).map(provider -> new KeyUse(Kind.RESERVED, provider.name()));
    }

    /// Whether this is what a key or an address of a provider is called, of one in the catalogue.
    public static boolean isProviderShaped(Fleet fleet, String credential) {
        return shapedFor(fleet, credential).isPresent();
    }

    private static Optional<Provider> shapedFor(Fleet fleet, String credential) {
        String name = credential.toLowerCase(Locale.ROOT);
        String suffix = name.endsWith(KEY_SUFFIX) ? KEY_SUFFIX : BASE_SUFFIX;
        if (!name.endsWith(suffix)) {
            return Optional.empty();
        }
        String wanted = name.substring(0, name.length() - suffix.length());
        for (Provider provider : fleet.catalogue().providers()) {
            String vendor = provider.name().toLowerCase(Locale.ROOT);
            if (vendor.length() == wanted.length()
                    && vendor.replaceAll("[^a-z0-9]", "_").equals(wanted)) {
                return Optional.of(provider);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return kind == Kind.RESERVED
                ? "what a provider's key or address is called"
                : "the key of " + kind.word() + " " + holder;
    }
}
