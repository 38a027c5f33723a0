package ai.openlegion.cli;

import ai.openlegion.config.PriceList;
import ai.openlegion.config.PriceList.Entry;
import ai.openlegion.config.PriceList.Tier;
import ai.openlegion.config.Problem;
import ai.openlegion.config.Problems;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models`: the models that a home can call and what they cost, whether or not the mesh is up.
@Command(
        name = "models",
        description = {
            "Lists the models this home can call, with their prices in US dollars for a million tokens.",
            "Works whether or not the mesh is up."
        })
final class ModelsCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--provider", paramLabel = "NAME", description = "Only the models of this provider.")
    private @Nullable String provider;

    @Option(names = "--json", description = "Prints the models as JSON, with every tier and limit.")
    private boolean json;

    private ModelsCommand(OpenLegion root) {
        this.root = root;
    }

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new ModelsCommand(root))
                .addSubcommand("search", new Search(root))
                .addSubcommand("show", new Show(root))
                .addSubcommand("import", new ModelsImportCommand(root));
    }

    @Override
    public Integer call() throws CommandFailure {
        return list(root, entry -> true, provider, json);
    }

    /// `models search`.
    @Command(name = "search", description = "Lists the models whose id holds TEXT, in whatever case.")
    static final class Search implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "TEXT", description = "A part of the id.")
        private String text = "";

        @Option(names = "--provider", paramLabel = "NAME", description = "Only the models of this provider.")
        private @Nullable String provider;

        @Option(names = "--json", description = "Prints the models as JSON, with every tier and limit.")
        private boolean json;

        private Search(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            String wanted = text.toLowerCase(Locale.ROOT);
            return list(root, entry -> entry.id().toLowerCase(Locale.ROOT).contains(wanted), provider, json);
        }
    }

    /// `models show`.
    @Command(name = "show", description = "Shows one model: prices of every tier, limits, and where the price is from.")
    static final class Show implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "ID", description = "provider/model, as the files name it.")
        private String id = "";

        @Option(names = "--json", description = "Prints the model as JSON.")
        private boolean json;

        private Show(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            Entry entry = prices(root)
                    .find(id)
                    .orElseThrow(() -> CommandFailure.failed("there is no model of this id with a price; look for one"
                            + " with: openlegion models search, or list it under models: in config/mesh.yaml"));
            if (json) {
                root.terminal().print(asJson(entry).encode());
            } else {
                show(entry, root.terminal());
            }
            return 0;
        }

        private static void show(Entry entry, Terminal terminal) {
            terminal.print(terminal.bold(entry.id()) + "  " + entry.kind());
            terminal.print("dialects     " + String.join(", ", entry.dialects()));
            terminal.print("window       " + tokens(entry.contextTokens()));
            terminal.print("most output  " + tokens(entry.maxOutputTokens()));
            terminal.print("tokenizer    " + (entry.tokenizer() == null ? "unknown" : entry.tokenizer()));
            terminal.print("price from   " + entry.origin());
            List<List<String>> rows = new ArrayList<>();
            rows.add(row("any prompt", entry.base()));
            Tier dearer = entry.longContext();
            if (dearer != null) {
                rows.set(0, row("up to " + entry.longContextAboveTokens(), entry.base()));
                rows.add(row("longer", dearer));
            }
            terminal.table(
                    List.of("USD/MTOK, PROMPT", "INPUT", "OUTPUT", "CACHED", "CACHE WRITE", "CACHE WRITE 1H"), rows);
        }

        private static List<String> row(String prompt, Tier tier) {
            BigDecimal hour = tier.cacheWrite1h();
            return List.of(
                    prompt,
                    usd(tier.input()),
                    usd(tier.output()),
                    usd(tier.cachedInput()),
                    usd(tier.cacheWrite()),
                    hour == null ? "refused" : usd(hour));
        }
    }

    private static int list(OpenLegion root, Predicate<Entry> wanted, @Nullable String provider, boolean json)
            throws CommandFailure {
        List<Entry> entries = prices(root).entries().stream()
                .filter(wanted)
                .filter(entry -> provider == null || entry.provider().equals(provider))
                .toList();
        Terminal terminal = root.terminal();
        if (json) {
            JsonArray listed = new JsonArray();
            entries.forEach(entry -> listed.add(asJson(entry)));
            terminal.print(listed.encode());
        } else if (entries.isEmpty()) {
            terminal.err().println("no such model has a price here");
        } else {
            List<List<String>> rows = new ArrayList<>();
            for (Entry entry : entries) {
                rows.add(List.of(
                        entry.id(),
                        usd(entry.base().input()),
                        usd(entry.base().output()),
                        usd(entry.base().cachedInput()),
                        tokens(entry.contextTokens()),
                        entry.kind(),
                        entry.origin()));
            }
            terminal.table(List.of("MODEL", "INPUT", "OUTPUT", "CACHED", "WINDOW", "KIND", "PRICE FROM"), rows);
        }
        return 0;
    }

    private static PriceList prices(OpenLegion root) throws CommandFailure {
        Problems problems = new Problems();
        return PriceList.of(root.home(), problems).orElseThrow(() -> invalid(problems.list(), root));
    }

    /// The failure that names every problem, one a line after the first.
    static CommandFailure invalid(List<Problem> problems, OpenLegion root) {
        problems.forEach(problem -> root.terminal().err().println(problem));
        return CommandFailure.misused(
                "nothing is done: " + problems.size() + (problems.size() == 1 ? " problem" : " problems"));
    }

    private static JsonObject asJson(Entry entry) {
        JsonObject json = new JsonObject()
                .put("id", entry.id())
                .put("provider", entry.provider())
                .put("kind", entry.kind())
                .put("dialects", new JsonArray(entry.dialects()))
                .put("usd_per_mtok", asJson(entry.base()));
        Tier dearer = entry.longContext();
        if (dearer != null) {
            json.put("long_context", asJson(dearer).put("above_tokens", entry.longContextAboveTokens()));
        }
        return json.put("context_tokens", entry.contextTokens() == 0 ? null : entry.contextTokens())
                .put("max_output_tokens", entry.maxOutputTokens() == 0 ? null : entry.maxOutputTokens())
                .put("tokenizer", entry.tokenizer())
                .put("origin", entry.origin());
    }

    private static JsonObject asJson(Tier tier) {
        BigDecimal hour = tier.cacheWrite1h();
        return new JsonObject()
                .put("input", plain(tier.input()))
                .put("output", plain(tier.output()))
                .put("cached_input", plain(tier.cachedInput()))
                .put("cache_write", plain(tier.cacheWrite()))
                .put("cache_write_1h", hour == null ? null : plain(hour));
    }

    /* Without trailing zeros, and never 1E+1. */
    private static BigDecimal plain(BigDecimal usd) {
        return new BigDecimal(usd(usd));
    }

    private static String usd(BigDecimal usd) {
        return usd.signum() == 0 ? "0" : usd.stripTrailingZeros().toPlainString();
    }

    private static String tokens(long count) {
        return count == 0 ? "unknown" : String.valueOf(count);
    }
}
