package ai.openlegion.task;

/// How tasks are handed out; the numbers are the contract's, tests take smaller ones.
///
/// @param waiting tasks an agent may have besides the one it works on
/// @param pollMillis between two questions to an agent whether its task's result was lost on its way
/// @param tellMillis an agent has to answer in when it is told or asked something; longer than an agent takes to end a
///     run, which it does before it answers a cancel (ours within 4 s)
/// @param exhaustedMillis an agent has to end a task itself once a call of it was refused because too little was left
/// @param retryMillis until what the store or the agent's inbox could not take is tried again
/// @param keepMillis a finished task can be read
public record TaskSettings(
        int waiting, long pollMillis, long tellMillis, long exhaustedMillis, long retryMillis, long keepMillis) {

    /// What a mesh uses.
    public static final TaskSettings DEFAULTS = new TaskSettings(1_000, 30_000, 6_000, 5_000, 1_000, 30L * 86_400_000);
}
