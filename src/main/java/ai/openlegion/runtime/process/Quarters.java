package ai.openlegion.runtime.process;

import ai.openlegion.identity.AgentId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where each agent of a home lives: a folder of its own, and where the mesh is root a user of its own.
///
/// Users are taken from a range that distributions leave free, and need no entry in passwd. All meshes of a
/// machine
/// share it, because a user stands for all processes of an agent when they are killed.
final class Quarters {

    static final int FIRST_USER = 70_000;
    static final int USERS = 1_000;
    private static final String OF = "of";

    /// Where agents can leave files besides their workspace.
    private static final List<Path> OPEN_TO_ALL =
            Stream.of("/tmp", "/var/tmp", "/dev/shm").map(Path::of).toList();

    private final Path home;
    private final boolean ownUsers;
    private final Path state;

    /// The place of an agent.
    ///
    /// @param user its uid and gid; -1 where it has the mesh's
    /// @param folder what the mesh keeps about it
    /// @param work its workspace, and its home
    record Place(int user, Path folder, Path work) {

        private static Place at(int user, Path folder) {
            return new Place(user, folder, folder.resolve("work"));
        }
    }

    Quarters(ProcessSettings settings) throws IOException {
        home = settings.home().toRealPath();
        ownUsers = settings.ownUsers();
        state = settings.state();
    }

    /// The place of an agent, made if it has none.
    ///
    /// @throws IOException when it cannot be made, or all users are taken
    Place of(AgentId agent) throws IOException {
        Path folders = Files.createDirectories(state);
        if (!ownUsers) {
            Place place = Place.at(-1, folders.resolve(agent.value()));
            if (isForgotten(place)) {
                remove(place);
            }
            make(place, agent);
            return place;
        }
        Files.setPosixFilePermissions(folders, PosixFilePermissions.fromString("rwx--x--x"));
        // a file is locked for the whole process: two meshes in one would not see each other
        synchronized (Quarters.class) {
            try (FileChannel file = FileChannel.open(
                            folders.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = file.lock()) {
                Place place = existing(agent);
                if (place == null) {
                    place = free(agent);
                }
                make(place, agent);
                return place;
            }
        }
    }

    /// The place of an agent; null where it has none.
    @Nullable
    Place existing(AgentId agent) throws IOException {
        for (Place place : all()) {
            if (claim(agent).equals(owner(place))) {
                return place;
            }
        }
        return null;
    }

    /// The places of all agents of this home.
    List<Place> ofThisHome() throws IOException {
        List<Place> places = new ArrayList<>();
        for (Place place : all()) {
            if (owner(place).startsWith(home + "\n")) {
                places.add(place);
            }
        }
        return places;
    }

    /// The agents of this home that have a place.
    Set<String> agents() throws IOException {
        Set<String> agents = new HashSet<>();
        for (Place place : ofThisHome()) {
            owner(place).lines().skip(1).filter(name -> !name.isEmpty()).forEach(agents::add);
        }
        return agents;
    }

    /// Whether its removal has begun, and has not come to its end.
    boolean isForgotten(Place place) throws IOException {
        return owner(place).equals(forgotten());
    }

    /// Removes all that an agent has here. Where that fails the place is nobody's any more, and can be removed again.
    void remove(Place place) throws IOException {
        if (Files.notExists(place.folder())) {
            return;
        }
        Files.writeString(place.folder().resolve(OF), forgotten());
        if (place.user() >= 0) {
            for (Path open : OPEN_TO_ALL) {
                if (Files.isDirectory(open)) {
                    Removal.ofUser(open, place.user());
                }
            }
        }
        Removal.of(place.work());
        // the claim goes last: until then the user is taken
        Removal.of(place.folder());
    }

    private List<Place> all() throws IOException {
        if (!Files.isDirectory(state)) {
            return List.of();
        }
        List<Place> places = new ArrayList<>();
        try (var folders = Files.newDirectoryStream(state, Files::isDirectory)) {
            for (Path folder : folders) {
                String name = String.valueOf(folder.getFileName());
                places.add(Place.at(ownUsers && name.matches("[0-9]{5}") ? Integer.parseInt(name) : -1, folder));
            }
        }
        return places;
    }

    private Place free(AgentId agent) throws IOException {
        int first = Math.floorMod(claim(agent).hashCode(), USERS);
        for (int i = 0; i < USERS; i++) {
            int user = FIRST_USER + (first + i) % USERS;
            Path folder = state.resolve(String.valueOf(user));
            if (Files.notExists(folder)) {
                return Place.at(user, folder);
            }
        }
        // only now: a home that is not there may be on a disk that is not mounted, and its agents' memory is here
        for (Place place : all()) {
            if (isAbandoned(place)) {
                remove(place);
                return place;
            }
        }
        throw new IOException("all " + USERS + " users for agents are taken; remove what is not needed from " + state);
    }

    private boolean isAbandoned(Place place) throws IOException {
        List<String> owner = owner(place).lines().toList();
        if (place.user() < 0 || owner.isEmpty() || Files.exists(Path.of(owner.getFirst()))) {
            return false;
        }
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (isOf(process, place.user())) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isOf(Path process, int user) {
        try {
            return Files.getAttribute(process, "unix:uid") instanceof Integer uid && uid == user;
        } catch (IOException ended) {
            return false;
        }
    }

    private void make(Place place, AgentId agent) throws IOException {
        if (Files.notExists(place.folder())) {
            Files.createDirectory(
                    place.folder(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        }
        Files.setPosixFilePermissions(place.folder(), PosixFilePermissions.fromString("rwx--x--x"));
        Path of = place.folder().resolve(OF);
        if (Files.notExists(of)) {
            Files.writeString(of, claim(agent));
            Files.setPosixFilePermissions(of, PosixFilePermissions.fromString("rw-------"));
        }
        if (Files.notExists(place.work())) {
            Files.createDirectory(
                    place.work(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (place.user() >= 0) {
                Files.setAttribute(place.work(), "unix:uid", place.user());
                Files.setAttribute(place.work(), "unix:gid", place.user());
            }
        }
    }

    /* No agent has an empty name. */
    private String forgotten() {
        return home + "\n\n";
    }

    private String claim(AgentId agent) {
        return home + "\n" + agent.value() + "\n";
    }

    private static String owner(Place place) throws IOException {
        try {
            return Files.readString(place.folder().resolve(OF), StandardCharsets.UTF_8);
        } catch (NoSuchFileException nobody) {
            return "";
        }
    }
}
