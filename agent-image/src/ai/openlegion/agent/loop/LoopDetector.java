package ai.openlegion.agent.loop;

import java.util.ArrayDeque;
import java.util.Deque;

/// Sees when a run goes round in circles: over its last 15 calls, the 2nd that is the same in tool, arguments and
/// result earns a warning, the 4th is blocked, and the 9th with the same arguments ends the run.
final class LoopDetector {

    private static final int WINDOW = 15;
    private static final int WARNS_AT = 2;
    private static final int BLOCKS_AT = 4;
    private static final int ENDS_AT = 9;

    private final Deque<Call> calls = new ArrayDeque<>();

    private record Call(String tool, String arguments, String result) {

        boolean asks(String otherTool, String otherArguments) {
            return tool.equals(otherTool) && arguments.equals(otherArguments);
        }
    }

    /// What is to be done with a call.
    enum Verdict {
        RUN,
        BLOCK,
        END
    }

    /// Judges a call that has not run, by those before it.
    ///
    /// @param arguments in a form that is the same for the same arguments
    Verdict judge(String tool, String arguments) {
        while (calls.size() >= WINDOW) {
            calls.removeFirst();
        }
        long asked = calls.stream().filter(call -> call.asks(tool, arguments)).count();
        if (asked + 1 >= ENDS_AT) {
            return Verdict.END;
        }
        long most = calls.stream()
                .filter(call -> call.asks(tool, arguments))
                .mapToLong(this::count)
                .max()
                .orElse(0);
        return most + 1 >= BLOCKS_AT ? Verdict.BLOCK : Verdict.RUN;
    }

    /// Takes down what a call gave, or that it was blocked; says whether it earns a warning.
    boolean repeats(String tool, String arguments, String result) {
        var call = new Call(tool, arguments, result);
        calls.addLast(call);
        return count(call) >= WARNS_AT;
    }

    private long count(Call call) {
        return calls.stream().filter(call::equals).count();
    }
}
