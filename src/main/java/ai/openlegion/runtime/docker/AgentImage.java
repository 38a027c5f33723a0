package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The image of the agent that comes along, built where it is missing or older than its sources.
///
/// Every method blocks; a build is a child process that an interrupt ends.
final class AgentImage {

    static final String SOURCES = "openlegion.sources";

    /// A base made with debootstrap from a slow mirror takes ten minutes; the script has time-outs of its own. Within
    /// the
    /// half hour that a caller waits for a runtime to be prepared.
    static final Duration BUILD_LIMIT = Duration.ofMinutes(25);

    private static final Duration HASH_LIMIT = Duration.ofSeconds(20);
    private static final int LINE_MAX = 400;
    private static final int LAST_LINES = 3;

    private final String name;
    private final @Nullable Path script;
    private final String engine;

    /// @param launcher next to which `agent-image/build.sh` stands; null = it cannot be built
    /// @param engine the address for the script
    AgentImage(String name, @Nullable Path launcher, String engine) {
        this.name = name;
        this.script = launcher == null
                ? null
                : launcher.toAbsolutePath().resolveSibling("agent-image").resolve("build.sh");
        this.engine = engine;
    }

    /// Whether it has to be built before an agent can start.
    ///
    /// @param found what the engine shows of the image, if it has one
    /// @throws RuntimeFault when it is missing and nothing here can build it
    boolean isDue(Optional<JsonObject> found) throws RuntimeFault {
        Path build = script;
        if (build == null || !Files.isRegularFile(build)) {
            if (found.isEmpty()) {
                throw Fault.unstartable("there is no image " + name + ", and no agent-image/build.sh to build it:"
                        + " docker pull " + name + ", or name another by runtime.image");
            }
            return false;
        }
        if (found.isEmpty()) {
            return true;
        }
        String label =
                Confinement.text(Confinement.object(Confinement.object(found.get(), "Config"), "Labels"), SOURCES);
        // an image without our label is the operator's own, under this name
        return !label.isEmpty()
                && !Command.run(List.of(build.toString(), "--hash"), "", HASH_LIMIT)
                        .output()
                        .strip()
                        .equals(label);
    }

    /// Builds it.
    ///
    /// @param progress gets the script's lines
    void build(Consumer<String> progress) throws RuntimeFault {
        Map<String, String> environment = new HashMap<>();
        Stream.of("HOME", "TMPDIR", "JAVA_HOME", "OPENLEGION_JAVA_HOME", "http_proxy", "https_proxy", "no_proxy")
                .filter(key -> System.getenv(key) != null)
                .forEach(key -> environment.put(key, System.getenv(key)));
        environment.put("DOCKER_HOST", engine);
        Deque<String> last = new ArrayDeque<>();
        try {
            Process process = Command.process(List.of(String.valueOf(script), "--tag", name), environment)
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            Thread reader = Thread.ofVirtual()
                    .start(() -> lines(process, line -> {
                        last.add(line);
                        if (last.size() > LAST_LINES) {
                            last.remove();
                        }
                        progress.accept(line);
                    }));
            try {
                boolean ended =
                        process.waitFor(BUILD_LIMIT.toMillis(), TimeUnit.MILLISECONDS) && reader.join(HASH_LIMIT);
                if (!ended || process.exitValue() != 0) {
                    throw Fault.unstartable("the image " + name + " could not be built: "
                            + (ended
                                    ? String.join(" / ", last)
                                    : "it took longer than " + BUILD_LIMIT.toMinutes() + " min"));
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroy);
                process.destroy();
            }
        } catch (IOException absent) {
            throw Fault.unstartable("the image " + name + " could not be built: " + Fault.words(absent.toString()));
        } catch (InterruptedException broken) {
            Thread.currentThread().interrupt();
            throw Fault.unavailable("the building of the image " + name + " was broken off");
        }
    }

    private static void lines(Process process, Consumer<String> taker) {
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String shown = Fault.words(line);
                taker.accept(shown.length() > LINE_MAX ? shown.substring(0, LINE_MAX) : shown);
            }
        } catch (IOException ended) {
            taker.accept("…");
        }
    }
}
