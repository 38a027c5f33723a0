package ai.openlegion.config;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Model.Kind;
import ai.openlegion.catalogue.Price;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Rates;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The reading of `models:`, where an entry adds a model or takes the place of a shipped price; limits and tokenizer
/// of a shipped model stay where the entry does not name them.
final class ModelReader {

    /// A dollar a token: more than a thousand times the dearest price there is.
    static final BigDecimal MAX_USD_PER_MTOK = BigDecimal.valueOf(1_000_000);

    /// A millionth of a dollar per million tokens is one pico-dollar per token, the smallest there is.
    static final int MAX_DECIMALS = 6;

    static final List<String> TOKENIZERS = List.of("o200k", "cl100k");

    private static final String INPUT = "input_usd_per_mtok";
    private static final String OUTPUT = "output_usd_per_mtok";
    private static final List<String> KINDS =
            Arrays.stream(Kind.values()).map(Kind::key).toList();
    private static final long MAX_TOKENS = 1_000_000_000;

    private final Map<String, Provider> providers;
    private final Map<String, Model> models = new LinkedHashMap<>();

    ModelReader(Map<String, Provider> providers) {
        this.providers = providers;
    }

    /// The models read so far, in the order of the files.
    Map<String, Model> models() {
        return models;
    }

    /// Reads the `models:` that are shipped. One in a dialect that the home has taken from its provider is left out:
    /// whoever points a provider at a server of their own has made no mistake.
    void readShipped(Tree section) {
        section.sections().forEach((id, entry) -> {
            Optional<Provider> provider = provider(id, entry);
            boolean isServed = entry.choice("dialect", ProviderReader.DIALECTS)
                    .flatMap(Dialect::of)
                    .flatMap(dialect -> provider.map(known -> known.serves(dialect)))
                    .orElse(true);
            if (isServed) {
                read(id, provider, entry).ifPresent(read -> models.put(id, read));
                entry.end();
            }
        });
    }

    /// Reads a `models:` mapping over what was read before.
    void read(Tree section) {
        section.sections().forEach((id, entry) -> {
            Optional<Provider> provider = provider(id, entry);
            Optional<Model> model = read(id, provider, entry);
            model.ifPresent(read -> models.put(id, read));
            entry.end();
        });
    }

    private Optional<Provider> provider(String id, Tree entry) {
        if (!Names.MODEL.matcher(id).matches()) {
            entry.problem("must be provider/model, of letters, digits and . _ : @ + ~ -");
            return Optional.empty();
        }
        String name = id.substring(0, id.indexOf('/'));
        Provider provider = providers.get(name);
        if (provider == null) {
            entry.problem("names an unknown provider before its slash" + Nearest.hint(name, providers.keySet()));
        }
        return Optional.ofNullable(provider);
    }

    private Optional<Model> read(String id, Optional<Provider> provider, Tree entry) {
        @Nullable Model shipped = models.get(id);
        Kind kind = entry.choice("kind", KINDS).flatMap(Kind::of).orElse(shipped == null ? Kind.CHAT : shipped.kind());
        @Nullable
        Dialect dialect =
                provider.map(known -> dialect(entry, known, kind, shipped)).orElse(null);
        Optional<Rates> base = rates(entry, kind);
        Tree longContext = entry.section("long_context");
        @Nullable Rates longRates = null;
        long above = Long.MAX_VALUE;
        if (entry.has("long_context")) {
            longRates = rates(longContext, kind).orElse(null);
            var _ = longContext.requiredKey("above_tokens");
            above = longContext.integer("above_tokens", Long.MAX_VALUE, 1, MAX_TOKENS);
            longContext.end();
        }
        long context = entry.integer("context_tokens", shipped == null ? 0 : shipped.contextTokens(), 1, MAX_TOKENS);
        long output =
                entry.integer("max_output_tokens", shipped == null ? 0 : shipped.maxOutputTokens(), 1, MAX_TOKENS);
        @Nullable
        String tokenizer = entry.choice("tokenizer", TOKENIZERS).orElse(shipped == null ? null : shipped.tokenizer());
        var _ = entry.text("source");
        var _ = entry.text("checked");
        if (base.isEmpty() || provider.isEmpty()) {
            return Optional.empty();
        }
        Price price = new Price(base.get(), longRates, above);
        String upstreamName = id.substring(id.indexOf('/') + 1);
        return Optional.of(
                new Model(id, provider.get(), upstreamName, kind, dialect, price, context, output, tokenizer));
    }

    private static @Nullable Dialect dialect(Tree entry, Provider provider, Kind kind, @Nullable Model shipped) {
        Optional<Dialect> own = entry.choice("dialect", ProviderReader.DIALECTS).flatMap(Dialect::of);
        if (own.isPresent() && !provider.serves(own.get())) {
            entry.problem(
                    "dialect", "is not served by provider " + provider.name() + ": name it under its dialect or also");
        }
        boolean isEmbedding = kind == Kind.EMBEDDING;
        if (isEmbedding && own.isPresent() && own.get() != Dialect.OPENAI) {
            entry.problem("dialect", "must be openai for an embedding model: no other dialect has embeddings");
        } else if (isEmbedding && !provider.serves(Dialect.OPENAI)) {
            entry.problem("kind", "embedding needs a provider that serves the dialect openai");
        }
        return own.orElse(shipped == null ? null : shipped.ownDialect());
    }

    private static Optional<Rates> rates(Tree entry, Kind kind) {
        Optional<Long> input = perToken(entry.requiredDecimal(INPUT, MAX_USD_PER_MTOK, MAX_DECIMALS));
        Optional<Long> output = output(entry, kind);
        Optional<Long> cached = perToken(entry.decimal("cached_input_usd_per_mtok", MAX_USD_PER_MTOK, MAX_DECIMALS));
        Optional<Long> write = perToken(entry.decimal("cache_write_usd_per_mtok", MAX_USD_PER_MTOK, MAX_DECIMALS));
        Optional<Long> hour = perToken(entry.decimal("cache_write_1h_usd_per_mtok", MAX_USD_PER_MTOK, MAX_DECIMALS));
        // what costs nothing to send costs nothing to keep
        boolean isFree = input.equals(Optional.of(0L)) && write.orElse(0L) == 0;
        Long longWrite = hour.orElse(isFree ? 0L : null);
        return input.flatMap(
                in -> output.map(out -> new Rates(in, out, cached.orElse(in), write.orElse(in), longWrite)));
    }

    /* What an embedding model gives back is not billed. */
    private static Optional<Long> output(Tree entry, Kind kind) {
        return switch (kind) {
            case CHAT -> perToken(entry.requiredDecimal(OUTPUT, MAX_USD_PER_MTOK, MAX_DECIMALS));
            case EMBEDDING -> {
                Optional<Long> output = perToken(entry.decimal(OUTPUT, MAX_USD_PER_MTOK, MAX_DECIMALS));
                if (output.orElse(0L) != 0) {
                    entry.problem(OUTPUT, "must be 0 or absent for an embedding model");
                }
                yield Optional.of(0L);
            }
        };
    }

    private static Optional<Long> perToken(Optional<BigDecimal> usdPerMillion) {
        return usdPerMillion.map(usd -> usd.movePointRight(MAX_DECIMALS).longValueExact());
    }
}
