package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The comparison of what the engine shows with what was asked, on values alone.
class ConfinementTest {

    private static final Marks MARKS = new Marks("ab".repeat(32));
    private static final String NETWORK = "f00d";
    private static final ContainerSpec ASKED = new ContainerSpec(
            MARKS,
            new AgentId("alpha"),
            "start-1",
            "docker",
            "runc",
            "agent:1",
            List.of(),
            Resources.DEFAULTS,
            Map.of("MESH_AUTH_TOKEN", "ol_secret"),
            "10.0.0.1:8420");
    private static final JsonObject IMAGE = new JsonObject()
            .put("Id", "sha256:1")
            .put(
                    "Config",
                    new JsonObject()
                            .put("Env", new JsonArray().add("LANG=C.UTF-8"))
                            .put("Entrypoint", new JsonArray().add("python3").add("/agent.py"))
                            .put("WorkingDir", "/app"));

    @Test
    void what_is_exactly_as_asked_has_no_flaw() {
        assertThat(flaw(_ -> {})).isEmpty();
    }

    /// Each of these opens a way out that the others leave closed.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Privileged       | true",
                "CapDrop          | []",
                "CapAdd           | [\"SYS_ADMIN\"]",
                "SecurityOpt      | []",
                "SecurityOpt      | [\"no-new-privileges\",\"seccomp=unconfined\"]",
                "SecurityOpt      | [\"no-new-privileges\",\"apparmor=unconfined\"]",
                "ReadonlyRootfs   | false",
                "Tmpfs            | {\"/tmp\":\"rw,exec\"}",
                "Binds            | [\"/:/host\"]",
                "Mounts           | [{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/data\"}]",
                "VolumesFrom      | [\"other\"]",
                "NetworkMode      | \"host\"",
                "PidMode          | \"host\"",
                "IpcMode          | \"host\"",
                "UTSMode          | \"host\"",
                "UsernsMode       | \"host\"",
                "CgroupnsMode     | \"host\"",
                "Runtime          | \"runsc\"",
                "Memory           | 0",
                "Memory           | 1073741824",
                "MemorySwap       | -1",
                "NanoCpus         | 0",
                "PidsLimit        | null",
                "OomKillDisable   | true",
                "Devices          | [{\"PathOnHost\":\"/dev/kvm\"}]",
                "DeviceRequests   | [{\"Count\":-1}]",
                "DeviceCgroupRules| [\"a *:* rwm\"]",
                "GroupAdd         | [\"docker\"]",
                "PortBindings     | {\"8400/tcp\":[{\"HostPort\":\"80\"}]}",
                "PublishAllPorts  | true",
                "Dns              | [\"8.8.8.8\"]",
                "ExtraHosts       | [\"metadata:169.254.169.254\"]",
                "Links            | [\"/other:/alpha/other\"]",
                "Sysctls          | {\"net.ipv4.ip_forward\":\"1\"}",
                "CgroupParent     | \"/\"",
                "MaskedPaths      | []",
                "ReadonlyPaths    | []",
                "Init             | false",
                "Ulimits          | []",
                "LogConfig        | {\"Type\":\"json-file\",\"Config\":{}}",
                "RestartPolicy    | {\"Name\":\"always\",\"MaximumRetryCount\":0}",
                "SomethingNew     | \"that nobody here has heard of\"",
            })
    void a_setting_that_confines_less_is_named(String key, String value) {
        Object changed = new JsonObject("{\"x\":" + value.strip() + "}").getValue("x");

        assertThat(flaw(container -> container.getJsonObject("HostConfig").put(key.strip(), changed)))
                .startsWith(key.strip());
    }

    @Test
    void a_further_mount_network_port_or_another_image_is_named() {
        assertThat(flaw(container -> container
                        .getJsonArray("Mounts")
                        .add(new JsonObject()
                                .put("Type", "bind")
                                .put("Source", "/etc")
                                .put("Destination", "/host"))))
                .isEqualTo("mount of /etc at /host");
        assertThat(flaw(container -> networks(container).put("bridge", new JsonObject())))
                .contains("networks")
                .contains("bridge");
        assertThat(flaw(container ->
                        networks(container).getJsonObject(MARKS.network()).put("NetworkID", "other")))
                .isEqualTo("another network of the same name");
        assertThat(flaw(container -> container
                        .getJsonObject("NetworkSettings")
                        .put("Ports", new JsonObject("{\"8400/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"9\"}]}"))))
                .isEqualTo("published port 8400/tcp");
        assertThat(flaw(container -> container.put("Image", "sha256:2"))).startsWith("Image");
        assertThat(flaw(container -> container.put("AppArmorProfile", "unconfined")))
                .isEqualTo("AppArmor is off");
        assertThat(flaw(container -> config(container).put("User", ""))).startsWith("User");
        assertThat(flaw(container -> config(container).getJsonObject("Labels").put(Marks.START, "another")))
                .startsWith("label openlegion.start");
    }

    /// Each of these makes it another program than was asked for.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Entrypoint  | [\"/agent.py\",\"python3\"]",
                "Cmd         | [\"--more\"]",
                "Healthcheck | {\"Test\":[\"CMD\",\"/x\"]}",
                "Healthcheck | null",
                "WorkingDir  | \"/\"",
                "StopSignal  | \"SIGSTOP\"",
            })
    void another_program_is_named(String key, String value) {
        Object changed = new JsonObject("{\"x\":" + value.strip() + "}").getValue("x");

        assertThat(flaw(container -> config(container).put(key.strip(), changed)))
                .startsWith(key.strip());
    }

    @Test
    void a_volume_that_cannot_be_written_or_spreads_its_mounts_is_named() {
        assertThat(flaw(container -> mount(container).put("RW", false))).startsWith("mount of");
        assertThat(flaw(container -> mount(container).put("Propagation", "rshared")))
                .startsWith("mount of");
    }

    @Test
    void a_variable_that_nobody_asked_for_is_named_and_its_value_is_not() {
        assertThat(flaw(container -> config(container).getJsonArray("Env").add("OPENAI_API_KEY=sk-live")))
                .isEqualTo("environment variable OPENAI_API_KEY was not asked for");
        assertThat(flaw(container -> config(container).put("Env", new JsonArray().add("MESH_AUTH_TOKEN=ol_other"))))
                .isEqualTo("environment variable MESH_AUTH_TOKEN was not asked for");
        assertThat(flaw(container -> config(container).put("Env", new JsonArray())))
                .isEqualTo("environment variable MESH_AUTH_TOKEN is missing");
    }

    @Test
    void a_volume_that_is_a_door_to_the_host_is_named() {
        JsonObject volume =
                new JsonObject().put("Driver", "local").put("Labels", new JsonObject().put(Marks.HOME, MARKS.home()));
        assertThat(Confinement.flaw(MARKS, volume)).isEmpty();
        assertThat(Confinement.flaw(
                        MARKS,
                        volume.copy()
                                .put(
                                        "Options",
                                        new JsonObject().put("o", "bind").put("device", "/"))))
                .startsWith("the volume's options");
        assertThat(Confinement.flaw(MARKS, volume.copy().put("Labels", new JsonObject())))
                .startsWith("the volume's home");
    }

    @Test
    void the_label_of_resources_tells_what_was_given() {
        assertThat(ContainerSpec.resources(ContainerSpec.text(Resources.DEFAULTS)))
                .contains(Resources.DEFAULTS);
        assertThat(ContainerSpec.resources("memory=all")).isEqualTo(Optional.empty());
    }

    @Test
    void a_specification_never_shows_its_tokens() {
        assertThat(ASKED.toString()).contains("MESH_AUTH_TOKEN").doesNotContain("ol_secret");
    }

    private static String flaw(Consumer<JsonObject> change) {
        JsonObject container = shown();
        change.accept(container);
        return Confinement.flaw(ASKED, container, IMAGE, NETWORK);
    }

    /// What the engine shows of a container that is as asked.
    private static JsonObject shown() {
        JsonObject hostConfig = ASKED.hostConfig()
                .put("Binds", null)
                .put("PidMode", "")
                .put("CapAdd", new JsonArray())
                .put("ConsoleSize", new JsonArray().add(0).add(0))
                .put("MemorySwappiness", null)
                .put("Isolation", "")
                .put("AutoRemove", false)
                .put(
                        "MaskedPaths",
                        new JsonArray(List.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware")))
                .put(
                        "ReadonlyPaths",
                        new JsonArray(
                                List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")));
        return new JsonObject()
                .put("Image", "sha256:1")
                .put("AppArmorProfile", "docker-default")
                .put("HostConfig", hostConfig)
                .put(
                        "Config",
                        new JsonObject()
                                .put("User", "1000:1000")
                                .put("Hostname", "alpha")
                                .put(
                                        "Entrypoint",
                                        new JsonArray().add("python3").add("/agent.py"))
                                .put("Cmd", null)
                                .put("WorkingDir", "/app")
                                .put("Healthcheck", new JsonObject("{\"Test\":[\"NONE\"]}"))
                                .put("Image", "agent:1")
                                .put("Volumes", new JsonObject().put("/data", new JsonObject()))
                                .put("Labels", ASKED.labels())
                                .put(
                                        "Env",
                                        new JsonArray()
                                                .add("MESH_AUTH_TOKEN=ol_secret")
                                                .add("LANG=C.UTF-8")))
                .put(
                        "Mounts",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("Type", "volume")
                                        .put("Name", ASKED.name())
                                        .put("Source", "/var/lib/docker/volumes/x/_data")
                                        .put("Destination", "/data")
                                        .put("RW", true)
                                        .put("Propagation", "")
                                        .put("Driver", "local")))
                .put(
                        "NetworkSettings",
                        new JsonObject()
                                .put("Ports", new JsonObject().put("8400/tcp", null))
                                .put(
                                        "Networks",
                                        new JsonObject()
                                                .put(MARKS.network(), new JsonObject().put("NetworkID", NETWORK))));
    }

    private static JsonObject config(JsonObject container) {
        return container.getJsonObject("Config");
    }

    private static JsonObject mount(JsonObject container) {
        return container.getJsonArray("Mounts").getJsonObject(0);
    }

    private static JsonObject networks(JsonObject container) {
        return container.getJsonObject("NetworkSettings").getJsonObject("Networks");
    }
}
