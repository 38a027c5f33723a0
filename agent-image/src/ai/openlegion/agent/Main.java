package ai.openlegion.agent;

/// Starts the agent.
public final class Main {

    private Main() {}

    /// Runs until the process is told to end.
    public static void main(String[] arguments) {
        System.err.println("not written yet");
        System.exit(1);
    }
}
