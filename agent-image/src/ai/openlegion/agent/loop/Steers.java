package ai.openlegion.agent.loop;

import java.util.ArrayList;
import java.util.List;

/// What was said to the agent while it works, until its next round takes it.
///
/// Any thread may call it.
public final class Steers {

    private static final int MOST = 100;

    private final List<String> waiting = new ArrayList<>();

    /// Adds one for the next round of whatever runs, or runs next; false if too many wait.
    public synchronized boolean add(String message) {
        return waiting.size() < MOST && waiting.add(message);
    }

    synchronized List<String> take() {
        List<String> taken = List.copyOf(waiting);
        waiting.clear();
        return taken;
    }
}
