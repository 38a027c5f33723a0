package ai.openlegion.agent.loop;

import java.util.ArrayList;
import java.util.List;

/// What was said to one run, a task or the chat, while it works, until its next round takes it.
///
/// Any thread may call it.
public final class Steers {

    private static final int MOST = 100;

    private final List<String> waiting = new ArrayList<>();

    /// Adds one for the next round; false if too many wait.
    public synchronized boolean add(String message) {
        return waiting.size() < MOST && waiting.add(message);
    }

    /// All that wait, which wait no more.
    public synchronized List<String> take() {
        List<String> taken = List.copyOf(waiting);
        waiting.clear();
        return taken;
    }
}
