package ai.openlegion.host;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Proxy;

/// POSIX signals. The JDK offers them only in `sun.misc`, which is reached by name because a direct use is a compiler
/// warning that cannot be silenced; without it the process still ends on SIGTERM, but not with status 0.
final class Signals {

    private static final Logger LOG = System.getLogger("openlegion.host");

    private Signals() {}

    /// Runs the action, on a thread of its own, each time the signal (`TERM`, `HUP`) arrives.
    @SuppressWarnings("ReferenceEquality") // a proxy's equality is its identity
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "hashCode" -> System.identityHashCode(self);
                        case "equals" -> self == arguments[0];
                        default -> "signal handler"; // open: toString
                    });
            Object wanted = signal.getConstructor(String.class).newInstance(name);
            var _ = signal.getMethod("handle", signal, handler).invoke(null, wanted, proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException unavailable) {
            LOG.log(Level.WARNING, "signal {0} is not handled here", name);
        }
    }
}
