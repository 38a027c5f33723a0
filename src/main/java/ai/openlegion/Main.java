package ai.openlegion;

import ai.openlegion.cli.Cli;

/// The entry point: hands the arguments to the command line and exits with its code.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(Cli.run(arguments, System.out, System.err));
    }
}
