package ai.openlegion.config;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Price;
import ai.openlegion.catalogue.Rates;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The models that a home can call and what they cost, as its operator reads them.
public final class PriceList {

    private final List<Entry> entries;

    private PriceList(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /// The prices of one tier, in US dollars for a million tokens.
    ///
    /// @param cachedInput of tokens read from the provider's cache
    /// @param cacheWrite of tokens written to it
    /// @param cacheWrite1h of tokens written to it for an hour; null = such calls are refused
    public record Tier(
            BigDecimal input,
            BigDecimal output,
            BigDecimal cachedInput,
            BigDecimal cacheWrite,
            @Nullable BigDecimal cacheWrite1h) {}

    /// One model.
    ///
    /// @param kind `chat` or `embedding`
    /// @param dialects in which its provider is asked for it, by their names in the files
    /// @param longContext the prices of a call with a longer prompt; null where there are no others
    /// @param longContextAboveTokens the longest prompt that `base` covers; 0 without `longContext`
    /// @param contextTokens 0 = unknown
    /// @param maxOutputTokens 0 = unknown
    /// @param tokenizer null = unknown
    /// @param origin `shipped`, `imported` or `mesh.yaml`
    public record Entry(
            String id,
            String provider,
            String kind,
            List<String> dialects,
            Tier base,
            @Nullable Tier longContext,
            long longContextAboveTokens,
            long contextTokens,
            long maxOutputTokens,
            @Nullable String tokenizer,
            String origin) {

        public Entry {
            dialects = List.copyOf(dialects);
        }
    }

    /// Reads the prices of a home, whether or not the rest of its configuration is valid.
    ///
    /// @param problems told every mistake in the files that hold providers and prices
    /// @return nothing when there is a mistake
    public static Optional<PriceList> of(Home home, Problems problems) {
        ConfigFiles files = new ConfigFiles(home, problems);
        CatalogueReader reader = new CatalogueReader(files, new ArrayList<>());
        Optional<Tree> mesh = files.own("mesh.yaml").flatMap(source -> Tree.yaml(source, problems));
        if (mesh.isEmpty()) {
            return Optional.empty();
        }
        var _ = reader.read(mesh.get(), problems, _ -> {});
        return problems.any() ? Optional.empty() : Optional.of(new PriceList(entries(reader)));
    }

    private static List<Entry> entries(CatalogueReader reader) {
        List<Entry> entries = new ArrayList<>();
        reader.models().forEach((id, model) -> {
            boolean isImported = reader.imported().contains(id);
            String origin = reader.own().contains(id) ? "mesh.yaml" : isImported ? "imported" : "shipped";
            entries.add(entry(model, origin));
        });
        return entries;
    }

    private static Entry entry(Model model, String origin) {
        Price price = model.price();
        Rates dearer = price.longContext();
        List<String> dialects = Arrays.stream(Dialect.values())
                .filter(dialect -> model.dialectFor(dialect) == dialect)
                .filter(dialect -> model.kind() == Model.Kind.CHAT || dialect == Dialect.OPENAI)
                .map(Dialect::key)
                .toList();
        return new Entry(
                model.id(),
                model.provider().name(),
                model.kind().key(),
                dialects,
                tier(price.base()),
                dearer == null ? null : tier(dearer),
                dearer == null ? 0 : price.longContextAboveTokens(),
                model.contextTokens(),
                model.maxOutputTokens(),
                model.tokenizer(),
                origin);
    }

    private static Tier tier(Rates rates) {
        Long hour = rates.cacheWriteLong();
        return new Tier(
                usdPerMillion(rates.input()),
                usdPerMillion(rates.output()),
                usdPerMillion(rates.cachedInput()),
                usdPerMillion(rates.cacheWrite()),
                hour == null ? null : usdPerMillion(hour));
    }

    /// Dollars for a million tokens, exact, from pico-dollars for one.
    private static BigDecimal usdPerMillion(long picoPerToken) {
        return BigDecimal.valueOf(picoPerToken, ModelReader.MAX_DECIMALS);
    }

    /// A price in a line: `5 in, 30 out, 0.5 cached, above 272000: 10 in, 45 out`; what costs as much as input is left
    /// out.
    static String line(Price price) {
        Rates dearer = price.longContext();
        return line(price.base())
                + (dearer == null ? "" : ", above " + price.longContextAboveTokens() + ": " + line(dearer));
    }

    private static String line(Rates rates) {
        StringBuilder line = new StringBuilder(shown(rates.input()) + " in, " + shown(rates.output()) + " out");
        Map<String, Long> others = new java.util.LinkedHashMap<>();
        others.put(" cached", rates.cachedInput());
        others.put(" cache write", rates.cacheWrite());
        others.forEach((name, rate) -> {
            if (rate != rates.input()) {
                line.append(", ").append(shown(rate)).append(name);
            }
        });
        Long hour = rates.cacheWriteLong();
        return line + (hour == null ? "" : ", " + shown(hour) + " cache write 1h");
    }

    private static String shown(long picoPerToken) {
        return usdPerMillion(picoPerToken).stripTrailingZeros().toPlainString();
    }

    /// Every model, in the order of the files.
    public List<Entry> entries() {
        return entries;
    }

    /// The model of this id.
    public Optional<Entry> find(String id) {
        return entries.stream().filter(entry -> entry.id().equals(id)).findFirst();
    }
}
