package ai.openlegion.catalogue;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An immutable snapshot of every provider, every priced model, what may stand in for one, and every other service.
public final class Catalogue {

    /// The vendors whose models may be named without their provider.
    private static final List<String> BARE = List.of("openai", "anthropic", "gemini");

    private static final Map<String, String> BARE_PREFIXES = Map.of(
            "gpt-", "openai",
            "chatgpt-", "openai",
            "text-embedding-", "openai",
            "o1", "openai",
            "o3", "openai",
            "o4", "openai",
            "claude-", "anthropic",
            "gemini-", "gemini");

    private final Map<String, Provider> providers;
    private final Map<String, Model> models;
    private final Map<String, Service> services;
    private final Map<String, Resolution.Known> known;
    private final Map<String, List<Model>> failovers;

    private Catalogue(
            Map<String, Provider> providers,
            Map<String, Model> models,
            Map<String, List<Model>> failovers,
            Map<String, Service> services) {
        this.failovers = failovers;
        this.services = services;
        this.providers = Collections.unmodifiableMap(providers);
        this.models = Collections.unmodifiableMap(models);
        this.known = new HashMap<>(models.size() * 2);
        models.forEach((id, model) -> known.put(id, new Resolution.Known(model)));
        for (String vendor : BARE) {
            models.values().stream()
                    .filter(model -> model.provider().name().equals(vendor))
                    .forEach(this::nameBare);
        }
    }

    /// A snapshot of these; each model's provider must be among them, and ids and names must be unique.
    public static Catalogue of(Collection<Provider> providers, Collection<Model> models) {
        Map<String, Provider> byName = new LinkedHashMap<>();
        for (Provider provider : providers) {
            if (byName.put(provider.name(), provider) != null) {
                throw new IllegalArgumentException("provider " + provider.name() + " twice");
            }
        }
        Map<String, Model> byId = new LinkedHashMap<>();
        for (Model model : models) {
            if (!model.provider().equals(byName.get(model.provider().name()))) {
                throw new IllegalArgumentException("model " + model.id() + ": its provider is not in the catalogue");
            }
            if (byId.put(model.id(), model) != null) {
                throw new IllegalArgumentException("model " + model.id() + " twice");
            }
        }
        return new Catalogue(byName, byId, Map.of(), Map.of());
    }

    /// The same with these services, by name.
    public Catalogue withServices(Map<String, Service> services) {
        return new Catalogue(providers, models, failovers, Map.copyOf(services));
    }

    /// The service of this name.
    public Optional<Service> service(String name) {
        return Optional.ofNullable(services.get(name));
    }

    /// Every service.
    public Collection<Service> services() {
        return services.values();
    }

    /// The same with these models standing in.
    ///
    /// @param failovers by a model's concrete id, in the order they are tried
    public Catalogue withFailovers(Map<String, List<Model>> failovers) {
        Map<String, List<Model>> copy = new HashMap<>();
        failovers.forEach((id, others) -> {
            if (!models.containsKey(id) || others.stream().anyMatch(other -> !models.containsKey(other.id()))) {
                throw new IllegalArgumentException("the failovers of " + id + " are not all in the catalogue");
            }
            copy.put(id, List.copyOf(others));
        });
        return new Catalogue(providers, models, Map.copyOf(copy), services);
    }

    /// What may stand in for a model, in the order it is tried; what stands in for those is not meant.
    ///
    /// @param id the model's concrete id
    public List<Model> failovers(String id) {
        return failovers.getOrDefault(id, List.of());
    }

    /// Resolves `provider/model`, or a bare name of an OpenAI, Anthropic or Gemini model; exact and case-sensitive.
    public Resolution resolve(String name) {
        Resolution.Known exact = known.get(name);
        if (exact != null) {
            return exact;
        }
        int slash = name.indexOf('/');
        String providerName = slash < 0 ? vendorOf(name) : name.substring(0, slash);
        Provider provider = providerName == null ? null : providers.get(providerName);
        if (provider == null || slash == name.length() - 1) {
            return new Resolution.Unknown(name);
        }
        return new Resolution.Unpriced(slash < 0 ? providerName + "/" + name : name, provider);
    }

    /// Every priced model, in the order the files list them.
    public Collection<Model> models() {
        return models.values();
    }

    /// Every provider, in the order the files list them.
    public Collection<Provider> providers() {
        return providers.values();
    }

    /// The provider of this name.
    public Optional<Provider> provider(String name) {
        return Optional.ofNullable(providers.get(name));
    }

    /* A vendor's prefix decides before a listing does: `gpt-x` is never Gemini's, whatever a file lists. */
    private void nameBare(Model model) {
        String bare = model.upstreamName();
        String vendor = vendorOf(bare);
        if (bare.indexOf('/') < 0
                && (vendor == null || vendor.equals(model.provider().name()))) {
            known.putIfAbsent(bare, new Resolution.Known(model));
        }
    }

    private static @Nullable String vendorOf(String bareName) {
        for (Map.Entry<String, String> entry : BARE_PREFIXES.entrySet()) {
            String prefix = entry.getKey();
            if (bareName.startsWith(prefix) && (prefix.endsWith("-") || endsWord(bareName, prefix.length()))) {
                return entry.getValue();
            }
        }
        return null;
    }

    private static boolean endsWord(String name, int at) {
        return name.length() == at || name.charAt(at) == '-';
    }
}
