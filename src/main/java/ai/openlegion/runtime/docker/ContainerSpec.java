package ai.openlegion.runtime.docker;

import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// One agent's container as it is asked for: the hardening that nobody may change, and the few things that differ.
///
/// @param marks of its home
/// @param start label of this start
/// @param runtime the name of the runtime that starts it
/// @param oci the OCI runtime
/// @param image by name
/// @param command empty = what the image starts
/// @param environment all that is added to the image's own
/// @param mesh host and port by which it reaches the mesh
record ContainerSpec(
        Marks marks,
        AgentId agent,
        String start,
        String runtime,
        String oci,
        String image,
        List<String> command,
        Resources resources,
        Map<String, String> environment,
        String mesh) {

    /// All of user and group; no image names another.
    static final String USER = "1000:1000";

    /// Where the agent keeps what lasts, the one place that can be written besides memory.
    static final String DATA = "/data";

    /// Port of the agent's server.
    static final int PORT = 8400;

    static final JsonObject NO_HEALTH_CHECK = new JsonObject().put("Test", new JsonArray().add("NONE"));

    /// The container's own loopback, where nothing answers.
    private static final String DNS_NOWHERE = "127.0.0.1";

    /// The engine's usual; it counts as memory.
    private static final long SHARED_MEMORY = 64L << 20;

    private static final int OPEN_FILES = 4096;
    private static final Pattern RESOURCES =
            Pattern.compile("memory=(\\d{1,18}) milli-cpus=(\\d{1,18}) pids=(\\d{1,9}) disk=(\\d{1,18})");

    /// The body of the engine's `POST /containers/create`.
    JsonObject body() {
        JsonObject body = new JsonObject()
                .put("Image", image)
                .put("Hostname", hostname())
                .put("User", USER)
                .put(
                        "Env",
                        new JsonArray(environment.entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue())
                                .sorted()
                                .toList()))
                .put("Labels", labels())
                .put("Tty", false)
                .put("OpenStdin", false)
                // an image's health check would run commands that nobody asked for
                .put("Healthcheck", NO_HEALTH_CHECK.copy())
                .put("HostConfig", hostConfig());
        if (!command.isEmpty()) {
            body.put("Entrypoint", new JsonArray(command));
        }
        return body;
    }

    /// What confines it; [Confinement] holds the engine to each of these.
    JsonObject hostConfig() {
        return new JsonObject()
                .put("Runtime", oci)
                .put("Privileged", false)
                .put("CapDrop", new JsonArray().add("ALL"))
                .put("SecurityOpt", new JsonArray().add("no-new-privileges"))
                .put("ReadonlyRootfs", true)
                .put("Tmpfs", new JsonObject().put("/tmp", "rw,noexec,nosuid,nodev,size=104857600,mode=1777"))
                .put(
                        "Mounts",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("Type", "volume")
                                        .put("Source", name())
                                        .put("Target", DATA)))
                .put("NetworkMode", marks.network())
                .put("PublishAllPorts", false)
                .put("Dns", new JsonArray().add(DNS_NOWHERE))
                .put("DnsSearch", new JsonArray().add("."))
                // a look-up fails within two seconds instead of twenty
                .put("DnsOptions", new JsonArray().add("timeout:1").add("attempts:1"))
                .put("IpcMode", "private")
                .put("CgroupnsMode", "private")
                .put("ShmSize", SHARED_MEMORY)
                .put("Init", true)
                .put("Memory", resources.memoryBytes())
                .put("MemorySwap", resources.memoryBytes())
                .put("NanoCpus", resources.milliCpus() * 1_000_000)
                .put("PidsLimit", resources.pids())
                .put(
                        "Ulimits",
                        new JsonArray()
                                .add(limit("nofile", OPEN_FILES))
                                .add(limit("core", 0))
                                // one file cannot outgrow the volume between two measurements
                                .add(limit("fsize", resources.diskBytes())))
                // when the host runs out of memory, agents go before the mesh
                .put("OomScoreAdj", 500)
                .put("RestartPolicy", new JsonObject().put("Name", "no").put("MaximumRetryCount", 0))
                .put(
                        "LogConfig",
                        new JsonObject()
                                .put("Type", "json-file")
                                .put(
                                        "Config",
                                        new JsonObject().put("max-size", "5m").put("max-file", "2")));
    }

    /// Of the container and its volume.
    String name() {
        return marks.container(agent);
    }

    /// The agent's name.
    String hostname() {
        return agent.value();
    }

    JsonObject labels() {
        return new JsonObject()
                .put(Marks.HOME, marks.home())
                .put(Marks.AGENT, agent.value())
                .put(Marks.START, start)
                .put(Marks.RUNTIME, runtime)
                .put(Marks.RESOURCES, text(resources))
                .put(Marks.ENVIRONMENT, String.join(",", new TreeSet<>(environment.keySet())))
                .put(Marks.COMMAND, new JsonArray(command).encode())
                .put(Marks.MESH, mesh);
    }

    /// What stands in the label of these resources.
    static String text(Resources resources) {
        return "memory=" + resources.memoryBytes() + " milli-cpus=" + resources.milliCpus() + " pids="
                + resources.pids() + " disk=" + resources.diskBytes();
    }

    /// The command of which its label tells; empty where that is none.
    static List<String> command(String label) {
        try {
            return label.isEmpty() ? List.of() : Confinement.texts(new JsonArray(label));
        } catch (DecodeException foreign) {
            return List.of();
        }
    }

    /// The resources of which that label tells.
    static Optional<Resources> resources(String label) {
        Matcher parts = RESOURCES.matcher(label);
        return parts.matches()
                ? Optional.of(new Resources(
                        Long.parseLong(parts.group(1)),
                        Long.parseLong(parts.group(2)),
                        Integer.parseInt(parts.group(3)),
                        Long.parseLong(parts.group(4))))
                : Optional.empty();
    }

    /// Without the environment, which holds tokens.
    @Override
    public String toString() {
        return "ContainerSpec[" + name() + ", " + start + ", "
                + environment.keySet().stream().sorted().collect(Collectors.joining(",")) + ']';
    }

    private static JsonObject limit(String name, long most) {
        return new JsonObject().put("Name", name).put("Soft", most).put("Hard", most);
    }
}
