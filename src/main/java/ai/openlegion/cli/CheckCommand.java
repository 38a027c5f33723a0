package ai.openlegion.cli;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problem;
import ai.openlegion.config.Problems;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `check`: validates every configuration file and prints all problems at once.
@Command(
        name = "check",
        description = {
            "Validates every configuration file and prints all problems at once.",
            "Exits 0 when there are none, else 2."
        })
final class CheckCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--json", description = "Prints problems and warnings as JSON.")
    private boolean json;

    CheckCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Problems problems = new Problems();
        Optional<Loaded> loaded =
                Configuration.load(root.home(), root.environment(), Overrides.NONE, problems, Instant.now());
        List<String> warnings = loaded.map(Loaded::warnings).orElse(List.of());
        if (json) {
            root.terminal().print(asJson(problems.list(), warnings).encode());
        } else {
            print(problems.list(), warnings);
        }
        return problems.any() ? 2 : 0;
    }

    private void print(List<Problem> problems, List<String> warnings) {
        Terminal terminal = root.terminal();
        problems.forEach(problem -> terminal.print(problem.toString()));
        warnings.forEach(warning -> terminal.err().println("warning: " + warning));
        if (problems.isEmpty()) {
            terminal.print(terminal.good("ok") + ": " + root.home().config());
        } else {
            String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
            terminal.error(count + " in " + root.home().config());
        }
    }

    private static JsonObject asJson(List<Problem> problems, List<String> warnings) {
        JsonArray listed = new JsonArray();
        for (Problem problem : problems) {
            listed.add(new JsonObject()
                    .put("file", problem.file())
                    .put("line", problem.line())
                    .put("key", problem.key())
                    .put("message", problem.message()));
        }
        return new JsonObject().put("problems", listed).put("warnings", new JsonArray(warnings));
    }
}
