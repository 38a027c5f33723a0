package ai.openlegion.agent;

import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import ai.openlegion.agent.self.UnusableSetting;
import java.io.IOException;
import java.time.InstantSource;

/// Starts the agent by its environment.
public final class Main {

    /* Of the JDK's server: how many seconds a request may take to arrive whole, an answer to be read, an idle
     * connection to last; how many connections there may be. */
    private static final String[][] SERVER = {
        {"sun.net.httpserver.maxReqTime", "30"},
        {"sun.net.httpserver.idleInterval", "60"},
        {"jdk.httpserver.maxConnections", "256"},
        {"sun.net.httpserver.nodelay", "true"},
        {"java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL %4$s %5$s%6$s%n"},
    };

    private Main() {}

    /// Runs until the process is told to end; exits 1 saying why if it cannot start.
    public static void main(String[] arguments) throws InterruptedException {
        for (String[] property : SERVER) {
            System.setProperty(property[0], property[1]);
        }
        try (var agent = RunningAgent.start(Settings.from(System.getenv()), Time.of(InstantSource.system()))) {
            agent.keepRegistered();
        } catch (UnusableSetting | IOException unusable) {
            System.err.println("The agent cannot start: " + unusable.getMessage());
            System.exit(1);
        }
    }
}
