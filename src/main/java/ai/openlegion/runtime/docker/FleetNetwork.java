package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Network.Ipam;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The network of a home's agents: internal, with no traffic between its containers, on a bridge of its own.
///
/// Every method blocks.
///
/// @param id on the engine
/// @param gateway the host's address in it
record FleetNetwork(String id, String gateway) {

    static final String ICC = "com.docker.network.bridge.enable_icc";
    static final String BRIDGE = "com.docker.network.bridge.name";

    private static final int CANDIDATES = 16;
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /// Makes the network where it is not; one that lets agents reach more is made anew.
    ///
    /// @param subnets to try one after the other; null = the engine chooses
    /// @throws RuntimeFault when none of them is free, or a wrong one cannot be removed
    static FleetNetwork ensure(Talk talk, Marks marks, List<@Nullable String> subnets)
            throws RuntimeFault, IOException {
        Optional<JsonObject> found = talk.find("/networks/" + marks.network());
        if (found.isPresent()) {
            String flaw = Confinement.flaw(marks, found.get(), marks.bridge());
            if (flaw.isEmpty()) {
                return of(found.get());
            }
            String home = Confinement.text(Confinement.object(found.get(), "Labels"), Marks.HOME);
            if (!home.equals(marks.home())) {
                throw Fault.unstartable("the network " + marks.network()
                        + " belongs to somebody else and is left alone:" + " rename it, or docker network rm it");
            }
            remove(talk, marks, flaw);
        }
        return of(create(talk, marks, subnets));
    }

    /// The network, where it stands and is as it must be.
    static Optional<FleetNetwork> find(Talk talk, Marks marks) throws IOException, RuntimeFault {
        Optional<JsonObject> found = talk.find("/networks/" + marks.network());
        return found.isPresent()
                        && Confinement.flaw(marks, found.get(), marks.bridge()).isEmpty()
                ? Optional.of(of(found.get()))
                : Optional.empty();
    }

    /// Removes the network of this home where no container is in it; whether it is gone.
    static boolean release(Talk talk, Marks marks) throws IOException {
        Optional<JsonObject> found = talk.find("/networks/" + marks.network());
        if (found.isEmpty()) {
            return true;
        }
        boolean ours = Confinement.text(Confinement.object(found.get(), "Labels"), Marks.HOME)
                .equals(marks.home());
        if (!ours || !Confinement.object(found.get(), "Containers").isEmpty()) {
            return false;
        }
        try {
            talk.docker().removeNetworkCmd(marks.network()).exec();
        } catch (NotFoundException alreadyGone) {
            return true;
        } catch (DockerException usedMeanwhile) {
            return false;
        }
        return true;
    }

    /// Subnets for an engine whose own pools are used up, away from what this host has routes to.
    ///
    /// @param routes the text of `/proc/net/route`
    static List<@Nullable String> candidates(Marks marks, String routes) {
        List<@Nullable String> subnets = new ArrayList<>();
        subnets.add(null);
        int seed = Integer.parseUnsignedInt(marks.home().substring(0, 4), 16);
        for (int i = 0; subnets.size() <= CANDIDATES && i < 4096; i++) {
            int place = (seed + i * 257) & 0xffff;
            int subnet = 10 << 24 | place << 8;
            if (routes.lines().skip(1).noneMatch(route -> overlaps(route, subnet))) {
                subnets.add("10." + (place >> 8) + "." + (place & 0xff) + ".0/24");
            }
        }
        return subnets;
    }

    private static JsonObject create(Talk talk, Marks marks, List<@Nullable String> subnets)
            throws RuntimeFault, IOException {
        String refusal = "";
        for (String subnet : subnets) {
            try {
                var command = talk.docker()
                        .createNetworkCmd()
                        .withName(marks.network())
                        .withDriver("bridge")
                        .withInternal(true)
                        .withEnableIpv6(false)
                        .withCheckDuplicate(true)
                        .withLabels(Map.of(Marks.HOME, marks.home()))
                        .withOptions(Map.of(ICC, "false", BRIDGE, marks.bridge()));
                if (subnet != null) {
                    command.withIpam(new Ipam()
                            .withConfig(
                                    new Ipam.Config().withSubnet(subnet).withGateway(subnet.replace(".0/24", ".1"))));
                }
                var _ = command.exec();
            } catch (ConflictException made) {
                // by another runtime of this home, this moment
                refusal = Fault.words(String.valueOf(made.getMessage()));
            } catch (DockerException refused) {
                refusal = Fault.words(String.valueOf(refused.getMessage()));
                if (!refusal.matches("(?i).*(overlap|conflict|pool|subnet|already exists).*")) {
                    break;
                }
                if (!refusal.contains("already exists")) {
                    continue;
                }
            }
            JsonObject made = talk.get("/networks/" + marks.network());
            String flaw = Confinement.flaw(marks, made, marks.bridge());
            if (!flaw.isEmpty()) {
                throw Fault.unconfined("the network " + marks.network() + ": " + flaw);
            }
            return made;
        }
        throw Fault.unavailable("the Docker engine makes no network for the agents: " + refusal);
    }

    private static void remove(Talk talk, Marks marks, String flaw) throws RuntimeFault {
        try {
            talk.docker().removeNetworkCmd(marks.network()).exec();
        } catch (DockerException used) {
            throw Fault.unconfined("the network " + marks.network() + " is not as it must be (" + flaw
                    + ") and cannot be removed: " + Fault.words(String.valueOf(used.getMessage())));
        }
    }

    private static FleetNetwork of(JsonObject network) throws RuntimeFault {
        JsonArray pools = Confinement.array(Confinement.object(network, "IPAM"), "Config");
        String gateway = pools.isEmpty() ? "" : Confinement.text(pools.getJsonObject(0), "Gateway");
        if (!ADDRESS.matcher(gateway).matches()) {
            throw Fault.unavailable("the Docker engine gave the agents' network no address of the host");
        }
        return new FleetNetwork(Confinement.text(network, "Id"), gateway);
    }

    /// Whether a line of `/proc/net/route` (interface, destination, …, mask, in the machine's byte order) meets a /24.
    private static boolean overlaps(String route, int subnet) {
        String[] fields = route.strip().split("\\s+");
        if (fields.length < 8) {
            return false;
        }
        int destination = Integer.reverseBytes(Integer.parseUnsignedInt(fields[1], 16));
        int mask = Integer.reverseBytes(Integer.parseUnsignedInt(fields[7], 16)) & 0xffffff00;
        return mask != 0 && (destination & mask) == (subnet & mask);
    }
}
