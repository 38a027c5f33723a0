package ai.openlegion.cli;

import ai.openlegion.config.PriceImport;
import ai.openlegion.config.PriceImport.Change;
import ai.openlegion.config.Problems;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models import`: takes the prices of a file in LiteLLM's format into the home.
@Command(
        name = "import",
        description = {
            "Takes prices from FILE, which is in the format of LiteLLM's model_prices_and_context_window.json,",
            "into config/models.imported.yaml, in the place of those of an earlier import.",
            "They stand above the shipped prices and below those of mesh.yaml."
        })
final class ModelsImportCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Parameters(paramLabel = "FILE", description = "The price file.")
    private @Nullable Path file;

    @Option(names = "--dry-run", description = "Only says what would change.")
    private boolean dryRun;

    @Option(names = "--verbose", description = "Names every entry that is left out, not only how many and why.")
    private boolean verbose;

    @Option(names = "--json", description = "Prints what changes, and what is left out, as JSON.")
    private boolean json;

    ModelsImportCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (file == null) {
            throw CommandFailure.misused("which file?");
        }
        Problems problems = new Problems();
        PriceImport prices = PriceImport.read(root.home(), file, problems)
                .orElseThrow(() -> ModelsCommand.invalid(problems.list(), root));
        Path written = null;
        if (!dryRun) {
            try {
                written = prices.write(Instant.now());
            } catch (IOException refused) {
                throw CommandFailure.failed("cannot write to " + root.home().config() + ": " + refused);
            }
        }
        if (json) {
            root.terminal().print(asJson(prices, written).encode());
        } else {
            print(prices, written);
        }
        return 0;
    }

    private void print(PriceImport prices, @Nullable Path written) {
        Terminal terminal = root.terminal();
        prices.changed()
                .forEach(change -> terminal.print(Terminal.harmless(
                        "changed  " + change.id() + "  " + change.before() + "  →  " + change.after())));
        prices.added()
                .forEach(
                        change -> terminal.print(Terminal.harmless("added    " + change.id() + "  " + change.after())));
        prices.removed()
                .forEach(change -> terminal.print(Terminal.harmless("removed  " + change.id() + "  " + change.before()
                        + (change.after().isEmpty() ? "" : "  →  " + change.after()))));
        prices.overruled().forEach(id -> terminal.print(Terminal.harmless("kept     " + id + "  as mesh.yaml has it")));
        if (verbose) {
            prices.skipped()
                    .forEach(left ->
                            terminal.print(Terminal.harmless("skipped  " + left.name() + "  " + left.reason())));
        } else {
            reasons(prices)
                    .forEach((reason, count) ->
                            terminal.print(Terminal.harmless("skipped  " + count + " entries: " + reason)));
        }
        terminal.print(prices.added().size() + " added, " + prices.changed().size() + " changed, "
                + prices.removed().size() + " removed, " + prices.unchanged() + " unchanged, "
                + prices.skipped().size() + " skipped");
        terminal.print(
                written == null
                        ? "nothing is written: --dry-run"
                        : "wrote " + written + "; a running mesh takes it on with: openlegion reload");
    }

    private static Map<String, Long> reasons(PriceImport prices) {
        return prices.skipped().stream()
                .collect(Collectors.groupingBy(PriceImport.Left::reason, TreeMap::new, Collectors.counting()));
    }

    private static JsonObject asJson(PriceImport prices, @Nullable Path written) {
        JsonArray skipped = new JsonArray();
        prices.skipped()
                .forEach(left ->
                        skipped.add(new JsonObject().put("name", left.name()).put("reason", left.reason())));
        return new JsonObject()
                .put("added", changes(prices.added()))
                .put("changed", changes(prices.changed()))
                .put("removed", changes(prices.removed()))
                .put("unchanged", prices.unchanged())
                .put("overruled", new JsonArray(prices.overruled()))
                .put("skipped", skipped)
                .put("written", written == null ? null : written.toString());
    }

    private static JsonArray changes(List<Change> changes) {
        JsonArray listed = new JsonArray();
        changes.forEach(change -> listed.add(new JsonObject()
                .put("id", change.id())
                .put("before", change.before().isEmpty() ? null : change.before())
                .put("after", change.after().isEmpty() ? null : change.after())));
        return listed;
    }
}
