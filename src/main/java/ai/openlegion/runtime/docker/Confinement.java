package ai.openlegion.runtime.docker;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The comparison of a container, as the engine shows it, with what was asked.
///
/// What was asked must stand there; what was not asked must be empty, also fields that nobody here has heard of. What
/// the engine mounts by itself (`resolv.conf`, `hosts`, `hostname`, its init) it does not list, and nothing else may be
/// listed. The answers name the first difference, or are empty.
final class Confinement {

    /// Set by the engine itself, and no matter of confinement.
    private static final Set<String> ENGINES_OWN = Set.of("MemorySwappiness", "MaskedPaths", "ReadonlyPaths");

    private static final List<String> MASKED =
            List.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");
    private static final String ENGINES_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Confinement() {}

    /// How a container is less confined than asked, or another than asked.
    ///
    /// @param container the engine's answer to `GET /containers/{id}/json`
    /// @param image its answer for the image
    /// @param network the id of the fleet's network
    static String flaw(ContainerSpec asked, JsonObject container, JsonObject image, String network) {
        return first(Stream.of(
                hostConfig(asked.hostConfig(), object(container, "HostConfig")),
                config(asked, object(container, "Config")),
                program(asked, object(container, "Config"), object(image, "Config")),
                environment(asked, object(container, "Config"), object(image, "Config")),
                labels(asked.labels(), object(object(container, "Config"), "Labels")),
                mounts(asked, container),
                networks(asked, object(container, "NetworkSettings"), network),
                same("Image", image.getValue("Id"), container.getValue("Image")),
                text(container, "AppArmorProfile").equals("unconfined") ? "AppArmor is off" : ""));
    }

    /// How a volume is not simply a folder of the engine that belongs to this home.
    ///
    /// @param volume the engine's answer to `GET /volumes/{name}`
    static String flaw(Marks marks, JsonObject volume) {
        return first(Stream.of(
                same("the volume's driver", "local", volume.getValue("Driver")),
                same("the volume's options", null, volume.getValue("Options")),
                same("the volume's home", marks.home(), object(volume, "Labels").getValue(Marks.HOME))));
    }

    /// How a network lets agents reach more than the host.
    ///
    /// @param network the engine's answer to `GET /networks/{name}`
    static String flaw(Marks marks, JsonObject network, String bridge) {
        JsonObject options = object(network, "Options");
        return first(Stream.of(
                same("the network's driver", "bridge", network.getValue("Driver")),
                same("internal", true, network.getValue("Internal")),
                same("IPv6", null, network.getValue("EnableIPv6")),
                same("inter-container traffic", "false", options.getValue(FleetNetwork.ICC)),
                same("the network's bridge", bridge, options.getValue(FleetNetwork.BRIDGE)),
                same(
                        "the network's home",
                        marks.home(),
                        object(network, "Labels").getValue(Marks.HOME))));
    }

    private static String hostConfig(JsonObject asked, JsonObject found) {
        Stream<String> wanted =
                asked.fieldNames().stream().sorted().map(key -> same(key, asked.getValue(key), found.getValue(key)));
        Stream<String> unasked = found.fieldNames().stream()
                .sorted()
                .filter(key -> !asked.containsKey(key) && !ENGINES_OWN.contains(key))
                .filter(key -> !(key.equals("Isolation") && "default".equals(found.getValue(key))))
                .map(key -> same(key, null, found.getValue(key)));
        return first(Stream.of(
                        wanted,
                        unasked,
                        hidden("MaskedPaths", MASKED, found),
                        hidden("ReadonlyPaths", READ_ONLY, found))
                .flatMap(each -> each));
    }

    private static Stream<String> hidden(String key, List<String> least, JsonObject found) {
        return least.stream().filter(path -> !array(found, key).contains(path)).map(path -> key + " lacks " + path);
    }

    private static String config(ContainerSpec asked, JsonObject config) {
        return first(Stream.of(
                same("User", ContainerSpec.USER, config.getValue("User")),
                same("Hostname", asked.hostname(), config.getValue("Hostname")),
                object(config, "Volumes").fieldNames().stream()
                        .filter(path -> !path.equals(ContainerSpec.DATA))
                        .findFirst()
                        .map(path -> "a further volume at " + Fault.words(path))
                        .orElse("")));
    }

    /// What it starts, and how: the image's own where nothing else was asked.
    private static String program(ContainerSpec asked, JsonObject config, JsonObject imageConfig) {
        boolean own = asked.command().isEmpty();
        return first(Stream.of(
                ordered("Entrypoint", own ? texts(array(imageConfig, "Entrypoint")) : asked.command(), config),
                ordered("Cmd", own ? texts(array(imageConfig, "Cmd")) : List.of(), config),
                same("Healthcheck", ContainerSpec.NO_HEALTH_CHECK, config.getValue("Healthcheck")),
                same("WorkingDir", imageConfig.getValue("WorkingDir"), config.getValue("WorkingDir")),
                same("StopSignal", imageConfig.getValue("StopSignal"), config.getValue("StopSignal"))));
    }

    private static String ordered(String what, List<String> asked, JsonObject config) {
        List<String> found = texts(array(config, what));
        return found.equals(asked) ? "" : what + " is " + Fault.words(found.toString()) + " instead of " + asked;
    }

    /// Names only: the values are tokens.
    private static String environment(ContainerSpec asked, JsonObject config, JsonObject imageConfig) {
        List<String> found = texts(array(config, "Env"));
        List<String> images = texts(array(imageConfig, "Env"));
        for (String entry : found) {
            String name = entry.substring(0, Math.max(0, entry.indexOf('=')));
            String value = entry.substring(name.length()).replaceFirst("=", "");
            boolean ours = asked.environment().containsKey(name)
                    && value.equals(asked.environment().get(name));
            boolean known = ours || images.contains(entry) || entry.equals(ENGINES_PATH);
            if (!known || name.startsWith("OPENLEGION_CRED_")) {
                return "environment variable " + Fault.words(name) + " was not asked for";
            }
        }
        return first(asked.environment().keySet().stream()
                .sorted()
                .filter(name -> found.stream().noneMatch(entry -> entry.startsWith(name + "=")))
                .map(name -> "environment variable " + name + " is missing"));
    }

    private static String labels(JsonObject asked, JsonObject found) {
        return first(asked.fieldNames().stream()
                .sorted()
                .map(key -> same("label " + key, asked.getValue(key), found.getValue(key))));
    }

    private static String mounts(ContainerSpec asked, JsonObject container) {
        JsonArray mounts = array(container, "Mounts");
        for (int i = 0; i < mounts.size(); i++) {
            JsonObject mount = mounts.getJsonObject(i);
            boolean data = text(mount, "Type").equals("volume")
                    && text(mount, "Name").equals(asked.name())
                    && text(mount, "Destination").equals(ContainerSpec.DATA)
                    && text(mount, "Driver").equals("local")
                    && text(mount, "Propagation").isEmpty()
                    && mount.getBoolean("RW", false);
            if (!data) {
                return "mount of " + Fault.words(text(mount, "Source")) + " at "
                        + Fault.words(text(mount, "Destination"));
            }
        }
        return mounts.size() == 1 ? "" : "its volume is mounted " + mounts.size() + " times";
    }

    private static String networks(ContainerSpec asked, JsonObject settings, String network) {
        JsonObject networks = object(settings, "Networks");
        String ours = asked.marks().network();
        return first(Stream.concat(
                Stream.of(
                        networks.fieldNames().equals(Set.of(ours))
                                ? ""
                                : "networks "
                                        + Fault.words(networks.fieldNames().toString()) + " instead of " + ours,
                        connected(object(networks, ours), network)),
                object(settings, "Ports").stream()
                        .filter(port -> !canonical(port.getValue()).isEmpty())
                        .map(port -> "published port " + port.getKey())));
    }

    /// The engine tells the network's id once the container runs; until then it is in no network at all.
    private static String connected(JsonObject endpoint, String network) {
        String found = text(endpoint, "NetworkID");
        return found.isEmpty() || found.equals(network) ? "" : "another network of the same name";
    }

    private static String same(String what, @Nullable Object asked, @Nullable Object found) {
        String wanted = canonical(asked);
        String seen = canonical(found);
        return wanted.equals(seen)
                ? ""
                : what + " is " + (seen.isEmpty() ? "empty" : Fault.words(seen)) + " instead of "
                        + (wanted.isEmpty() ? "empty" : wanted);
    }

    /// A value as text that is equal where the meaning is; nothing, false, 0 and what consists of them is empty.
    private static String canonical(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Boolean flag -> flag ? "true" : "";
            case Number number -> number.longValue() == 0 ? "" : Long.toString(number.longValue());
            case JsonObject object -> canonical(object.getMap());
            case JsonArray array -> canonical(array.getList());
            case Map<?, ?> map -> {
                TreeMap<String, String> entries = new TreeMap<>();
                map.forEach((key, each) -> {
                    String text = canonical(each);
                    if (!text.isEmpty()) {
                        entries.put(String.valueOf(key), text);
                    }
                });
                yield entries.isEmpty() ? "" : entries.toString();
            }
            case List<?> list -> {
                List<String> elements = list.stream()
                        .map(Confinement::canonical)
                        .filter(text -> !text.isEmpty())
                        .sorted()
                        .toList();
                yield elements.isEmpty() ? "" : elements.toString();
            }
            default -> value.toString(); // open: texts
        };
    }

    private static String first(Stream<String> flaws) {
        return flaws.filter(flaw -> !flaw.isEmpty()).findFirst().orElse("");
    }

    static JsonObject object(JsonObject holder, String key) {
        return holder.getValue(key) instanceof JsonObject object ? object : new JsonObject();
    }

    static JsonArray array(JsonObject holder, String key) {
        return holder.getValue(key) instanceof JsonArray array ? array : new JsonArray();
    }

    static String text(JsonObject holder, String key) {
        return holder.getValue(key) instanceof String text ? text : "";
    }

    static List<String> texts(JsonArray array) {
        return array.stream().map(String::valueOf).toList();
    }
}
