package ai.openlegion.cli;

import ai.openlegion.config.Starter;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `init`: writes a commented starter configuration into a home, and never over a file that is there.
@Command(name = "init", description = "Writes a commented starter configuration; never overwrites a file.")
final class InitCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the files that were written, and those that were kept, as JSON.")
    private boolean json;

    InitCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        Terminal terminal = root.terminal();
        Starter.Written done;
        try {
            done = Starter.init(root.home());
        } catch (IOException refused) {
            throw CommandFailure.failed("cannot write to " + root.home().root() + ": " + refused);
        }
        if (json) {
            terminal.print(new JsonObject()
                    .put("written", paths(done.written()))
                    .put("kept", paths(done.kept()))
                    .encode());
            return 0;
        }
        done.written().forEach(file -> terminal.print("wrote " + file));
        done.kept().forEach(file -> terminal.print("kept  " + file + " as it is"));
        if (!done.written().isEmpty()) {
            String home = " --home " + root.home().root();
            terminal.print("Next: edit them, put the providers' keys into "
                    + root.home().env() + ", then: openlegion check" + home + " && openlegion start" + home);
        }
        return 0;
    }

    private static JsonArray paths(List<Path> files) {
        return new JsonArray(files.stream().map(Path::toString).toList());
    }
}
