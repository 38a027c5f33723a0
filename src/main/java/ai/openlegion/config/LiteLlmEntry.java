package ai.openlegion.config;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.config.Node.Field;
import ai.openlegion.config.Node.Fields;
import ai.openlegion.config.Node.Items;
import ai.openlegion.config.Node.Kind;
import ai.openlegion.config.Node.Scalar;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One entry of a price file in LiteLLM's format, as an entry of ours or with the reason why it can be none.
final class LiteLlmEntry {

    /// Their names for providers that have another here.
    private static final Map<String, String> OURS = Map.ofEntries(
            Map.entry("together_ai", "together"),
            Map.entry("fireworks_ai", "fireworks"),
            Map.entry("fireworks_ai-embedding-models", "fireworks"),
            Map.entry("novita", "novita-ai"),
            Map.entry("dashscope", "alibaba"),
            Map.entry("vercel_ai_gateway", "vercel"),
            Map.entry("cohere_chat", "cohere"),
            Map.entry("friendliai", "friendli"),
            Map.entry("gmi", "gmicloud"),
            Map.entry("gradient_ai", "digitalocean"),
            Map.entry("amazon_nova", "nova"),
            Map.entry("meta_llama", "llama"));

    /// Whose models they list without the provider before a slash.
    private static final Set<String> BARE = Set.of("openai", "anthropic", "cohere", "cohere_chat", "ai21");

    private static final String INPUT = "input_cost_per_token";
    private static final String OUTPUT = "output_cost_per_token";

    /// Their kinds of token price, in the order in which ours are written.
    private static final Map<String, String> RATES = rates();

    private static final Pattern TIER = Pattern.compile("(.+)_above_([0-9]{1,6})k_tokens");

    /// What a call cannot cause here: service tiers, tools that a provider runs, sound and moving pictures are refused.
    private static final Pattern REFUSED_ANYWAY = Pattern.compile(
            ".*_(priority|flex|batches)|search_context_cost_per_query|(computer_use|file_search|code_interpreter|"
                    + "vector_store)_.*|input_cost_per_(audio|video)_.*|cache_.*_audio_.*|input_cost_per_image_token");

    private static final int MOST_DIGITS = 100;

    private static final Pattern PRICE = Pattern.compile(".*(cost|pric|_fee).*");

    private final String name;
    private final Map<String, Field> fields;

    private LiteLlmEntry(String name, Map<String, Field> fields) {
        this.name = name;
        this.fields = fields;
    }

    /// What became of an entry.
    sealed interface Outcome {}

    /// An entry of ours.
    ///
    /// @param prices the flow mapping to write under the id, without its closing brace
    /// @param limits what to add where the model is not shipped; perhaps empty
    /// @param weight by which the dearer of two entries for one id is known
    record Priced(String id, String prices, String limits, BigDecimal weight) implements Outcome {}

    /// Left out, and why.
    record Skipped(String name, String reason) implements Outcome {}

    /// Reads one entry of the file.
    static Outcome read(String name, Node entry, Map<String, Provider> providers) {
        if (!(entry instanceof Fields(int _, Map<String, Field> fields))) {
            return new Skipped(name, "is no object");
        }
        try {
            return new LiteLlmEntry(name, fields).read(providers);
        } catch (Left left) {
            return new Skipped(name, left.reason);
        }
    }

    private Outcome read(Map<String, Provider> providers) throws Left {
        String theirs = text("litellm_provider").orElseThrow(() -> new Left("names no provider"));
        String ours = OURS.getOrDefault(theirs, theirs);
        Provider provider = providers.get(ours);
        if (provider == null) {
            throw new Left("provider " + theirs + " is not known here");
        }
        String id = ours + "/" + upstreamName(theirs);
        if (!Names.MODEL.matcher(id).matches()) {
            throw new Left("its name is none that a model can have here");
        }
        String mode = text("mode").orElse("");
        String head = switch (mode) {
            case "chat" -> "";
            case "responses" -> responses(provider);
            case "embedding" -> embedding(provider);
            default -> // open: every other mode is billed by something else than tokens
                throw new Left(mode.isEmpty() ? "names no mode" : "mode " + mode + " is not served");
        };
        refuseOtherPrices();
        Map<String, BigDecimal> base = tier();
        BigDecimal input = base.get(INPUT);
        if (input == null) {
            throw new Left("has no input price");
        }
        boolean isEmbedding = mode.equals("embedding");
        BigDecimal output = isEmbedding ? BigDecimal.ZERO : base.get(OUTPUT);
        if (output == null) {
            throw new Left("has no output price");
        }
        boolean isFree = input.signum() == 0 && output.signum() == 0;
        if (isFree && provider.credential() != null) {
            throw new Left("price 0 at a provider that bills; list it in mesh.yaml if that is meant");
        }
        base.put(OUTPUT, output.max(number("output_cost_per_reasoning_token").orElse(BigDecimal.ZERO)));
        String prices = head + written(base, isEmbedding) + longContext(base, isEmbedding);
        return new Priced(id, prices, limits(isEmbedding), input.add(output));
    }

    private String upstreamName(String theirs) throws Left {
        for (String prefix : List.of(theirs + "/", theirs.replace('_', '-') + "/", "fireworks_ai/")) {
            if (name.startsWith(prefix)) {
                return name.substring(prefix.length());
            }
        }
        if (!BARE.contains(theirs)) {
            throw new Left("its name does not begin with " + theirs + "/");
        }
        return name;
    }

    private String responses(Provider provider) throws Left {
        Field endpoints = fields.get("supported_endpoints");
        boolean hasChat = endpoints != null
                && endpoints.value() instanceof Items(int _, List<Node> items)
                && items.stream()
                        .anyMatch(item ->
                                item instanceof Scalar scalar && scalar.text().endsWith("/chat/completions"));
        if (hasChat) {
            return "";
        }
        if (!provider.serves(Dialect.RESPONSES)) {
            throw new Left("answers on Responses, which provider " + provider.name() + " does not serve here");
        }
        return "dialect: " + Dialect.RESPONSES.key() + ", ";
    }

    private static String embedding(Provider provider) throws Left {
        if (!provider.serves(Dialect.OPENAI)) {
            throw new Left("provider " + provider.name() + " has no embeddings here");
        }
        return "kind: embedding, ";
    }

    private void refuseOtherPrices() throws Left {
        for (String key : fields.keySet()) {
            Matcher tier = TIER.matcher(key);
            String plain = tier.matches() ? tier.group(1) : key;
            boolean isKnown = RATES.containsKey(plain)
                    || plain.equals("input_cost_per_token_cache_hit")
                    || plain.equals("output_cost_per_reasoning_token")
                    || REFUSED_ANYWAY.matcher(key).matches();
            if (!isKnown && PRICE.matcher(key).matches() && !isNothing(key)) {
                throw new Left("is billed by " + Tree.shown(key) + ", which has no bound here");
            }
        }
        if (number("input_cost_per_image_token")
                        .orElse(BigDecimal.ZERO)
                        .compareTo(number(INPUT).orElse(BigDecimal.ZERO))
                > 0) {
            throw new Left("is billed by input_cost_per_image_token, which has no bound here");
        }
    }

    private boolean isNothing(String key) {
        Field field = fields.get(key);
        return field != null
                && field.value() instanceof Scalar(int _, Kind kind, String text)
                && (kind == Kind.NULL || (kind == Kind.NUMBER && new BigDecimal(text).signum() == 0));
    }

    private Map<String, BigDecimal> tier() throws Left {
        Map<String, BigDecimal> tier = new LinkedHashMap<>();
        for (String key : RATES.keySet()) {
            number(key).ifPresent(price -> tier.put(key, price));
        }
        if (!tier.containsKey("cache_read_input_token_cost")) {
            number("input_cost_per_token_cache_hit").ifPresent(price -> tier.put("cache_read_input_token_cost", price));
        }
        return tier;
    }

    /* Ours has one more tier: the first boundary counts, and beyond it the dearest of every further tier. */
    private String longContext(Map<String, BigDecimal> base, boolean isEmbedding) throws Left {
        long above = Long.MAX_VALUE;
        Map<String, BigDecimal> dearest = new LinkedHashMap<>();
        for (String key : fields.keySet()) {
            Matcher tier = TIER.matcher(key);
            if (tier.matches() && RATES.containsKey(tier.group(1))) {
                above = Math.min(above, Long.parseLong(tier.group(2)) * 1_000);
                number(key).ifPresent(price -> dearest.merge(tier.group(1), price, BigDecimal::max));
            }
        }
        if (dearest.isEmpty() || above == 0) {
            return "";
        }
        for (String key : List.of(INPUT, OUTPUT)) {
            BigDecimal usual = base.getOrDefault(key, BigDecimal.ZERO);
            dearest.merge(key, usual, BigDecimal::max);
        }
        return ", long_context: {above_tokens: " + above + ", " + written(dearest, isEmbedding) + "}";
    }

    /* A cache at price 0 is one that is not there: what is not written costs what input costs. */
    private static String written(Map<String, BigDecimal> tier, boolean isEmbedding) throws Left {
        StringBuilder written = new StringBuilder();
        for (Map.Entry<String, String> rate : RATES.entrySet()) {
            BigDecimal price = tier.get(rate.getKey());
            boolean isLeftOut = isEmbedding
                    ? !rate.getKey().equals(INPUT)
                    : price != null && price.signum() == 0 && !rate.getKey().endsWith("put_cost_per_token");
            if (price != null && !isLeftOut) {
                written.append(written.isEmpty() ? "" : ", ")
                        .append(rate.getValue())
                        .append(": ")
                        .append(usdPerMillion(price));
            }
        }
        return written.toString();
    }

    /* A millionth of a dollar for a million tokens is the finest there is: what is finer is rounded up. */
    private static String usdPerMillion(BigDecimal usdPerToken) throws Left {
        BigDecimal usd = usdPerToken.movePointRight(6).setScale(ModelReader.MAX_DECIMALS, RoundingMode.CEILING);
        if (usd.compareTo(ModelReader.MAX_USD_PER_MTOK) > 0) {
            throw new Left("has a price beyond a dollar for a token");
        }
        return usd.signum() == 0 ? "0" : usd.stripTrailingZeros().toPlainString();
    }

    private String limits(boolean isEmbedding) throws Left {
        StringBuilder limits = new StringBuilder();
        limit("max_input_tokens")
                .ifPresent(most -> limits.append(", context_tokens: ").append(most));
        if (!isEmbedding) {
            Optional<Long> output = limit("max_output_tokens");
            (output.isPresent() ? output : limit("max_tokens"))
                    .ifPresent(most -> limits.append(", max_output_tokens: ").append(most));
        }
        return limits.toString();
    }

    private Optional<Long> limit(String key) throws Left {
        return number(key)
                .filter(number -> number.signum() > 0 && number.compareTo(BigDecimal.valueOf(1_000_000_000)) <= 0)
                .map(BigDecimal::longValue);
    }

    private Optional<String> text(String key) {
        Field field = fields.get(key);
        return field != null
                        && field.value() instanceof Scalar(int _, Kind kind, String text)
                        && kind == Kind.TEXT
                        && !text.isBlank()
                ? Optional.of(text)
                : Optional.empty();
    }

    private Optional<BigDecimal> number(String key) throws Left {
        Field field = fields.get(key);
        if (field == null || (field.value() instanceof Scalar scalar && scalar.kind() == Kind.NULL)) {
            return Optional.empty();
        }
        if (field.value() instanceof Scalar(int _, Kind kind, String text) && kind == Kind.NUMBER) {
            BigDecimal number = new BigDecimal(text);
            if (number.signum() >= 0 && Math.abs(number.scale()) <= MOST_DIGITS) {
                return Optional.of(number);
            }
        }
        throw new Left(Tree.shown(key) + " is not a number ≥ 0");
    }

    private static Map<String, String> rates() {
        Map<String, String> rates = new LinkedHashMap<>();
        rates.put(INPUT, "input_usd_per_mtok");
        rates.put(OUTPUT, "output_usd_per_mtok");
        rates.put("cache_read_input_token_cost", "cached_input_usd_per_mtok");
        rates.put("cache_creation_input_token_cost", "cache_write_usd_per_mtok");
        rates.put("cache_creation_input_token_cost_above_1hr", "cache_write_1h_usd_per_mtok");
        return rates;
    }

    /// Why this entry is left out.
    private static final class Left extends Exception {
        @java.io.Serial
        private static final long serialVersionUID = 1L;

        private final String reason;

        Left(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }
}
