package ai.openlegion.cli;

import ai.openlegion.config.Starter;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `init`: writes a commented starter configuration into a home, and never over a file that is there.
@Command(name = "init", description = "Writes a commented starter configuration; never overwrites a file.")
final class InitCommand implements Callable<Integer> {
    private final OpenLegion root;

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
        done.written().forEach(file -> terminal.print("wrote " + file));
        done.kept().forEach(file -> terminal.print("kept  " + file + " as it is"));
        if (!done.written().isEmpty()) {
            String home = " --home " + root.home().root();
            terminal.print("Next: edit them, put the providers' keys into "
                    + root.home().env() + ", then: openlegion check" + home + " && openlegion start" + home);
        }
        return 0;
    }
}
