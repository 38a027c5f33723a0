package ai.openlegion.control;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Scope;
import ai.openlegion.bus.Wire;
import java.time.Duration;
import java.util.List;

/// The door of the operator's listener: what it asks of the host, which serves these.
public final class Control {

    /// Reads the configuration again and makes it current, all of it or nothing.
    public static final Endpoint<Reload, Reloaded> RELOAD =
            new Endpoint<>("control.reload", Scope.NODE, Reload.class, Reloaded.class, Duration.ofSeconds(30));

    /// Begins to drain and stop; answered at once, before it is done.
    public static final Endpoint<Stop, Stopping> STOP = Endpoint.node("control.stop", Stop.class, Stopping.class);

    /// How the process stands.
    public static final Endpoint<Status, HostStatus> STATUS =
            Endpoint.node("control.status", Status.class, HostStatus.class);

    private Control() {}

    /// Asks for a reload.
    public record Reload() implements Wire {}

    /// What became of a reload.
    ///
    /// @param revision the one that is current now: a new one without problems, else the old one
    /// @param problems why the new configuration was refused; empty when it is current
    public record Reloaded(long revision, List<Problem> problems, List<String> warnings) implements Wire {
        public Reloaded {
            problems = List.copyOf(problems);
            warnings = List.copyOf(warnings);
        }
    }

    /// One thing that is wrong in a configuration file.
    ///
    /// @param line counted from 1; 0 where no line is to blame
    public record Problem(String file, int line, String key, String message) {}

    /// Asks to stop.
    public record Stop() implements Wire {}

    /// The mesh stops.
    public record Stopping() implements Wire {}

    /// Asks how the process stands.
    public record Status() implements Wire {}

    /// How the process stands.
    ///
    /// @param startedAtMillis in milliseconds since 1970
    /// @param scheme `https` where agents come in by TLS, else `http`
    /// @param port where agents come in; @param controlPort where the operator does
    /// @param runtime what isolates agents by default
    /// @param warnings what works but should be mended
    public record HostStatus(
            String version,
            long pid,
            long startedAtMillis,
            String scheme,
            int port,
            int controlPort,
            String runtime,
            boolean storeAvailable,
            int streamsOpen,
            List<String> warnings)
            implements Wire {
        public HostStatus {
            warnings = List.copyOf(warnings);
        }
    }
}
