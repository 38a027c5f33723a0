package ai.openlegion.supervisor;

import java.util.ArrayDeque;
import java.util.Queue;

/// How many do something at once; the others wait in order. For one event loop.
final class Permits {

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int free;

    Permits(int count) {
        free = count;
    }

    /// Runs this as soon as there is room; whoever ran gives it back by [#leave].
    void enter(Runnable work) {
        if (free > 0) {
            free--;
            work.run();
        } else {
            waiting.add(work);
        }
    }

    void leave() {
        Runnable next = waiting.poll();
        if (next == null) {
            free++;
        } else {
            next.run();
        }
    }
}
