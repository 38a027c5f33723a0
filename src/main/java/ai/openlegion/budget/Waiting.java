package ai.openlegion.budget;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Who waits to hear that a hold is durable.
final class Waiting {

    private static final Logger LOG = System.getLogger("openlegion.budget");

    private Waiting() {}

    /// Takes off the holds whom to tell; under the ledger's lock.
    static List<Consumer<Boolean>> take(List<Hold> holds) {
        List<Consumer<Boolean>> callbacks = new ArrayList<>();
        for (Hold hold : holds) {
            Consumer<Boolean> done = hold.whenDurable;
            if (done != null) {
                hold.whenDurable = null;
                callbacks.add(done);
            }
        }
        return callbacks;
    }

    /// Tells them, outside the lock.
    static void tell(List<Consumer<Boolean>> callbacks, boolean covered) {
        for (Consumer<Boolean> done : callbacks) {
            try {
                done.accept(covered);
            } catch (RuntimeException bug) {
                // one caller's fault must not keep the others waiting
                LOG.log(Level.ERROR, "a call could not be told that its hold is durable", bug);
            }
        }
    }
}
