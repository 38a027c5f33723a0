package ai.openlegion.runtime;

/// How an instance is.
///
/// @param isRunning whether its program runs
/// @param isFinished whether its program ended by itself with success: exit code 0
/// @param why it ended, in words, where it did: `exit code 1`, `killed: out of memory`, `gone`
public record Condition(boolean isRunning, boolean isFinished, String why) {

    /// Its program runs.
    public static final Condition RUNNING = new Condition(true, false, "");

    /// There is no such instance.
    public static final Condition GONE = new Condition(false, false, "gone");

    /// Its program ended by itself.
    public static Condition exited(int code) {
        return new Condition(false, code == 0, "exit code " + code);
    }
}
