package ai.openlegion.runtime.docker;

import static ai.openlegion.runtime.docker.Confinement.array;
import static ai.openlegion.runtime.docker.Confinement.object;
import static ai.openlegion.runtime.docker.Confinement.text;
import static ai.openlegion.runtime.docker.Confinement.texts;

import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.RuntimeFault;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The containers of one home: made, started, compared, found again and removed, one conversation each; every method
/// blocks.
final class Containers {

    private static final Pattern IMAGE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._/:@-]{0,254}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{12,64}");
    private static final String TOKEN = "MESH_AUTH_TOKEN";

    /// Of the container's user and group.
    private static final int UID = 1000;

    private final Marks marks;
    private final String runtime;
    private final OciRuntime oci;

    Containers(Marks marks, String runtime, OciRuntime oci) {
        this.marks = marks;
        this.runtime = runtime;
        this.oci = oci;
    }

    /// What the engine shows of an image, if it has it.
    static Optional<JsonObject> image(Talk talk, String name) throws IOException {
        return IMAGE.matcher(name).matches() ? talk.find("/images/" + name + "/json") : Optional.empty();
    }

    /// Makes a container with its volume and compares both with what was asked; nothing runs yet.
    ///
    /// @return its id
    String make(Talk talk, ContainerSpec asked, String network) throws IOException, RuntimeFault {
        refuseBadVariables(asked);
        JsonObject image = image(talk, asked.image())
                .orElseThrow(() -> Fault.unstartable("there is no image " + Fault.words(asked.image())
                        + " on this machine: docker pull it, or build it"));
        for (String path : object(object(image, "Config"), "Volumes").fieldNames()) {
            if (!path.equals(ContainerSpec.DATA)) {
                throw Fault.unstartable("the image " + asked.image() + " declares a volume at " + Fault.words(path)
                        + ", and agents write to /data only");
            }
        }
        clear(talk, asked.name());
        var _ = talk.docker()
                .createVolumeCmd()
                .withName(asked.name())
                .withLabels(Map.of(
                        Marks.HOME, marks.home(), Marks.AGENT, asked.agent().value()))
                .exec();
        JsonObject volume = talk.get("/volumes/" + asked.name());
        refuse(Confinement.flaw(marks, volume), "its volume");
        String id = text(talk.post("/containers/create?name=" + asked.name(), asked.body()), "Id");
        refuse(Confinement.flaw(asked, inspect(talk, id), image, network), "the container");
        own(text(volume, "Mountpoint"));
        return id;
    }

    /// Starts what was made, and compares it again as it runs.
    Instance run(Talk talk, ContainerSpec asked, String network, String id) throws IOException, RuntimeFault {
        try {
            talk.docker().startContainerCmd(id).exec();
        } catch (NotModifiedException runs) {
            // it was started already
        } catch (DockerException refused) {
            if (refused.getHttpStatus() < 400) {
                throw refused;
            }
            throw Fault.unstartable("the container of " + asked.agent() + " cannot be started: "
                    + Fault.words(String.valueOf(refused.getMessage())));
        }
        JsonObject container = inspect(talk, id);
        JsonObject image = talk.get("/images/" + text(container, "Image") + "/json");
        refuse(Confinement.flaw(asked, container, image, network), "the container");
        return instance(container, asked.agent(), "");
    }

    /// Lets a container end in peace.
    void halt(Talk talk, String id, Duration grace) throws IOException, RuntimeFault {
        Optional<JsonObject> container = find(talk, id);
        if (container.isPresent()) {
            requireOurs(container.get());
            try {
                talk.docker()
                        .stopContainerCmd(id)
                        .withTimeout((int) Math.max(0, grace.toSeconds()))
                        .exec();
            } catch (NotFoundException | NotModifiedException ended) {
                // by itself, meanwhile
            }
        }
    }

    /// Removes a container by force, if there is one; returns when it is gone.
    void remove(Talk talk, String id) throws IOException, RuntimeFault {
        Optional<JsonObject> container = find(talk, id);
        if (container.isEmpty()) {
            return;
        }
        requireOurs(container.get());
        try {
            talk.docker()
                    .removeContainerCmd(id)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
        } catch (NotFoundException gone) {
            // somebody was quicker
        } catch (ConflictException underWay) {
            awaitRemoval(talk, id);
        }
    }

    /// Removes what carries this name, if it belongs to this home.
    void clear(Talk talk, String name) throws IOException, RuntimeFault {
        Optional<JsonObject> found = talk.find("/containers/" + name + "/json");
        if (found.isPresent()) {
            remove(talk, text(found.get(), "Id"));
        }
    }

    /// The same where it is of this very start.
    void clear(Talk talk, String name, String start) throws IOException, RuntimeFault {
        Optional<JsonObject> found = talk.find("/containers/" + name + "/json");
        if (found.isPresent()
                && text(object(object(found.get(), "Config"), "Labels"), Marks.START)
                        .equals(start)) {
            remove(talk, text(found.get(), "Id"));
        }
    }

    /// The containers of this home, running or not, whichever runtime started them.
    List<Container> all(Talk talk) {
        return talk.docker()
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of(Marks.HOME, marks.home()))
                .exec();
    }

    /// How a container that an earlier mesh, or somebody else, started compares with what would be started now.
    ///
    /// @param network of the fleet; null where it does not stand
    /// @param mesh where agents reach the mesh; null where that is not known yet
    /// @return nothing where it is gone, or has no agent's name
    Optional<Instance> judge(Talk talk, String id, @Nullable FleetNetwork network, @Nullable String mesh)
            throws IOException {
        Optional<JsonObject> found = find(talk, id);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        JsonObject container = found.get();
        JsonObject labels = object(object(container, "Config"), "Labels");
        Optional<AgentId> agent = AgentId.parse(text(labels, Marks.AGENT));
        return agent.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        instance(container, agent.get(), flaw(talk, container, labels, agent.get(), network, mesh)));
    }

    /// How a container is now.
    Condition look(Talk talk, String id) throws IOException, RuntimeFault {
        Optional<JsonObject> found = find(talk, id);
        if (found.isEmpty()) {
            return Condition.GONE;
        }
        JsonObject state = object(found.get(), "State");
        boolean runs = state.getBoolean("Running", false) && !state.getBoolean("Paused", false);
        boolean finished =
                state.getInteger("ExitCode", -1) == 0 && text(state, "Status").equals("exited");
        return runs ? Condition.RUNNING : new Condition(false, finished, why(state));
    }

    /// The folder of an agent's volume on this host; nothing where it has none.
    Optional<Path> volume(Talk talk, String id) throws IOException, RuntimeFault {
        Optional<JsonObject> container = find(talk, id);
        if (container.isEmpty()) {
            return Optional.empty();
        }
        requireOurs(container.get());
        JsonArray mounts = array(container.get(), "Mounts");
        for (int i = 0; i < mounts.size(); i++) {
            if (text(mounts.getJsonObject(i), "Destination").equals(ContainerSpec.DATA)) {
                return Optional.of(Path.of(text(mounts.getJsonObject(i), "Source")));
            }
        }
        return Optional.empty();
    }

    /// Removes an agent's volume, if it belongs to this home.
    void forget(Talk talk, AgentId agent) throws IOException {
        String name = marks.container(agent);
        Optional<JsonObject> volume = talk.find("/volumes/" + name);
        if (volume.isPresent()
                && text(object(volume.get(), "Labels"), Marks.HOME).equals(marks.home())) {
            try {
                var _ = talk.docker().removeVolumeCmd(name).exec();
            } catch (NotFoundException gone) {
                // somebody was quicker
            }
        }
    }

    private String flaw(
            Talk talk,
            JsonObject container,
            JsonObject labels,
            AgentId agent,
            @Nullable FleetNetwork network,
            @Nullable String mesh)
            throws IOException {
        JsonObject state = object(container, "State");
        if (!state.getBoolean("Running", false) || state.getBoolean("Paused", false)) {
            return "it does not run: " + why(state);
        }
        Optional<Resources> resources = ContainerSpec.resources(text(labels, Marks.RESOURCES));
        if (network == null || resources.isEmpty()) {
            return network == null ? "the fleet's network is missing or wrong" : "its label of resources is missing";
        }
        String name = text(object(container, "Config"), "Image");
        Optional<JsonObject> image = image(talk, name);
        Optional<JsonObject> volume = talk.find("/volumes/" + marks.container(agent));
        if (image.isEmpty() || volume.isEmpty()) {
            return image.isEmpty() ? "its image is gone" : "its volume is gone";
        }
        ContainerSpec asked = new ContainerSpec(
                marks,
                agent,
                text(labels, Marks.START),
                runtime,
                oci.name(),
                name,
                ContainerSpec.command(text(labels, Marks.COMMAND)),
                resources.get(),
                declared(container, text(labels, Marks.ENVIRONMENT)),
                mesh == null ? text(labels, Marks.MESH) : mesh);
        String flaw = Confinement.flaw(asked, container, image.get(), network.id());
        return flaw.isEmpty() ? Confinement.flaw(marks, volume.get()) : flaw;
    }

    private static Instance instance(JsonObject container, AgentId agent, String flaw) {
        JsonObject networks = object(object(container, "NetworkSettings"), "Networks");
        String address = networks.isEmpty()
                ? ""
                : text(object(networks, networks.fieldNames().iterator().next()), "IPAddress");
        String token = variables(container).get(TOKEN);
        return new Instance(
                text(container, "Id"),
                agent,
                text(object(object(container, "Config"), "Labels"), Marks.START),
                address.isEmpty() ? null : URI.create("http://" + address + ":" + ContainerSpec.PORT),
                token == null ? null : TokenDigest.of(token),
                flaw.isEmpty(),
                flaw);
    }

    /// Those of its variables that its label says it was given.
    private static Map<String, String> declared(JsonObject container, String label) {
        Map<String, String> all = variables(container);
        all.keySet().retainAll(List.of(label.split(",")));
        return all;
    }

    private static Map<String, String> variables(JsonObject container) {
        Map<String, String> all = new HashMap<>();
        for (String entry : texts(array(object(container, "Config"), "Env"))) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                all.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return all;
    }

    private static String why(JsonObject state) {
        int code = state.getInteger("ExitCode", 0);
        String error = text(state, "Error");
        if (state.getBoolean("OOMKilled", false)) {
            return "killed: out of memory";
        }
        if (state.getBoolean("Paused", false)) {
            return "paused";
        }
        if (text(state, "Status").equals("created")) {
            return error.isEmpty() ? "never started" : "not started: " + Fault.words(error);
        }
        String signal = code > 128 && code < 160 ? " (signal " + (code - 128) + ")" : "";
        return "exit code " + code + signal + (error.isEmpty() ? "" : ": " + Fault.words(error));
    }

    private static JsonObject inspect(Talk talk, String id) throws IOException {
        return talk.get("/containers/" + id + "/json");
    }

    private static Optional<JsonObject> find(Talk talk, String id) throws IOException {
        return ID.matcher(id).matches() ? talk.find("/containers/" + id + "/json") : Optional.empty();
    }

    private void requireOurs(JsonObject container) throws RuntimeFault {
        if (!text(object(object(container, "Config"), "Labels"), Marks.HOME).equals(marks.home())) {
            throw Fault.unstartable("the container " + Fault.words(text(container, "Name"))
                    + " belongs to somebody else and is left alone");
        }
    }

    private static void awaitRemoval(Talk talk, String id) throws IOException {
        try {
            var _ = talk.post("/containers/" + id + "/wait?condition=removed", new JsonObject());
        } catch (EngineException refused) {
            if (refused.status() != 404) {
                throw refused;
            }
        }
    }

    private static void refuse(String flaw, String what) throws RuntimeFault {
        if (!flaw.isEmpty()) {
            throw Fault.unconfined(what + " is not as confined as asked, and has been removed: " + flaw);
        }
    }

    private static void refuseBadVariables(ContainerSpec asked) throws RuntimeFault {
        List<String> bad = new ArrayList<>();
        asked.environment().forEach((name, value) -> {
            if (!VARIABLE.matcher(name).matches() || name.startsWith("OPENLEGION_CRED_") || value.indexOf('\0') >= 0) {
                bad.add(Fault.words(name));
            }
        });
        if (!bad.isEmpty()) {
            throw Fault.unstartable("environment variables that no agent may have: " + bad);
        }
    }

    /// The engine leaves a volume to root where the image has no folder of the agent's at that place.
    private static void own(String mountpoint) throws IOException {
        Path folder = Path.of(mountpoint);
        if (Marks.root()
                && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS) instanceof Integer owner
                && owner == 0) {
            var _ = Files.setAttribute(folder, "unix:uid", UID, LinkOption.NOFOLLOW_LINKS);
            var _ = Files.setAttribute(folder, "unix:gid", UID, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
