package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.store.GroupMember;
import ai.openlegion.vault.CredentialStore.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RotationTest {

    @TempDir
    private Path folder;

    @Test
    void a_rotation_puts_everything_under_a_new_key_and_forgets_the_old_one() throws Exception {
        Path home = folder.resolve("home");
        Files.createDirectories(home);
        try (StoreRig rig = filled(home, Map.of())) {
            String old = rig.keys.current().orElseThrow().hex();

            Outcome outcome = StoreRig.await(rig.store.rotate());

            MasterKey current = rig.keys.current().orElseThrow();
            assertThat(outcome).isEqualTo(new Outcome.Rotated(current.id(), 3));
            assertThat(Files.readString(home.resolve("vault.key")))
                    .contains(current.hex())
                    .doesNotContain(old);
            assertThat(rig.set("later", "value-of-later")).isEqualTo(new Outcome.Done(false));
        }
        assertWhole(home, Map.of(), 0);
    }

    @Test
    void a_crash_after_any_step_of_a_rotation_leaves_everything_readable() throws Exception {
        Path home = folder.resolve("home");
        Files.createDirectories(home);
        Map<Moment, Path> crashes;
        MasterKey next;
        Path tidied;
        try (StoreRig rig = filled(home, Map.of())) {
            MasterKey old = rig.keys.current().orElseThrow();
            var onlooker = new Onlooker(home, folder, old);
            rig.database.join(onlooker);
            Outcome outcome = StoreRig.await(rig.store.rotate());
            crashes = onlooker.crashes();
            assertThat(outcome).isInstanceOf(Outcome.Rotated.class);
            next = rig.keys.current().orElseThrow();
            tidied = StoreRig.crashed(home, folder.resolve("tidied"));
        }
        // the transaction in which all of it is put under the new key, before and after its commit
        var written = new Moment(2, true, false);
        var rewrapped = new Moment(2, true, true);
        assertThat(crashes).containsKeys(written, rewrapped);
        Path broken = StoreRig.crashed(Objects.requireNonNull(crashes.get(rewrapped)), folder.resolve("broken"));
        Files.writeString(broken.resolve("vault.key.new"), "half a fi");

        for (Map.Entry<Moment, Path> crash : crashes.entrySet()) {
            assertWhole(crash.getValue(), Map.of(), crash.getKey().leaves());
        }
        assertWhole(broken, Map.of(), 0);
        assertThat(Files.exists(broken.resolve("vault.key.new"))).isFalse();
        assertWhole(tidied, Map.of(), 0);
        for (Path each : Stream.concat(crashes.values().stream(), Stream.of(broken, tidied))
                .toList()) {
            assertThat(new KeyFile(each.resolve("vault.key")).read())
                    .as("the next start has finished what the crash broke off")
                    .containsExactly(next);
        }
    }

    /// How far a rotation has come.
    ///
    /// @param keys in the file
    /// @param moved whether the rows are under the new key, for who sees the transaction that is under way
    /// @param committed whether that is durable
    private record Moment(int keys, boolean moved, boolean committed) {
        /// How many values the next start has to put under the new key.
        int leaves() {
            return keys == 1 || (moved && committed) ? 0 : 3;
        }
    }

    /// Takes part in every commit, and keeps what a crash at each moment would leave.
    private static final class Onlooker implements GroupMember {

        private final Path home;
        private final Path folder;
        private final MasterKey old;
        private final Map<Moment, Path> crashes = new ConcurrentHashMap<>();
        private boolean moved;
        private volatile boolean isLooking = true;

        Onlooker(Path home, Path folder, MasterKey old) {
            this.home = home;
            this.folder = folder;
            this.old = old;
        }

        /// Looks no more, since a database is not closed while there is anything pending.
        Map<Moment, Path> crashes() {
            isLooking = false;
            return new HashMap<>(crashes);
        }

        @Override
        public boolean pending() {
            return isLooking;
        }

        @Override
        public void write(Connection connection) throws SQLException {
            moved = new SecretTable()
                    .all(connection).stream().noneMatch(row -> row.keyId().equals(old.id()));
            note(false);
        }

        @Override
        public void committed() {
            note(true);
        }

        @Override
        public void failed() {
            throw new AssertionError("a commit failed");
        }

        private void note(boolean committed) {
            int keys = new KeyFile(home.resolve("vault.key")).read().size();
            if (keys == 1 && !moved) {
                return; // it has not begun
            }
            var _ = crashes.computeIfAbsent(new Moment(keys, moved, committed), _ -> {
                try {
                    return StoreRig.crashed(home, folder.resolve("crash-" + keys + moved + committed));
                } catch (IOException unreadable) {
                    throw new UncheckedIOException(unreadable);
                }
            });
        }
    }

    @Test
    void a_rotation_that_could_not_open_a_value_changes_nothing() throws Exception {
        Path home = folder.resolve("home");
        Files.createDirectories(home);
        try (StoreRig rig = filled(home, Map.of())) {
            String before = Files.readString(home.resolve("vault.key"));
            // behind the back of the store that has it open
            StoreRig.tamper(home, "UPDATE vault_secret SET sealed = zeroblob(50) WHERE name = 'b'");

            assertThat(StoreRig.await(rig.store.rotate()))
                    .isInstanceOfSatisfying(
                            Outcome.Faulty.class,
                            faulty -> assertThat(faulty.why()).contains("credential b was"));
            assertThat(Files.readString(home.resolve("vault.key"))).isEqualTo(before);
        }
    }

    @Test
    void a_key_of_the_environment_is_replaced_there_and_the_next_start_rewraps() throws Exception {
        Path home = folder.resolve("home");
        Files.createDirectories(home);
        MasterKey first = MasterKey.random();
        MasterKey second = MasterKey.random();
        Map<String, String> environment = new HashMap<>(Map.of(MasterKeys.VARIABLE, first.hex()));
        try (StoreRig rig = filled(home, environment)) {
            assertThat(StoreRig.await(rig.store.rotate())).isEqualTo(new Outcome.KeyInEnvironment());
        }
        assertThat(Files.exists(home.resolve("vault.key"))).isFalse();

        environment.put(MasterKeys.VARIABLE, second.hex());
        try (StoreRig rig = new StoreRig(home, environment)) {
            assertThat(rig.open().faults()).as("the old key is needed").hasSize(3);
        }
        environment.put(MasterKeys.OLD_VARIABLE, first.hex());
        assertWhole(home, environment, 3);
        assertWhole(home, Map.of(MasterKeys.VARIABLE, second.hex()), 0);
    }

    @Test
    void a_key_moves_from_the_file_to_the_environment_and_back() throws Exception {
        Path home = folder.resolve("home");
        Files.createDirectories(home);
        MasterKey key = MasterKey.random();
        try (StoreRig rig = filled(home, Map.of())) {
            assertThat(rig.keys.current()).isPresent();
        }
        assertWhole(home, Map.of(MasterKeys.VARIABLE, key.hex()), 3);
        Files.delete(home.resolve("vault.key"));
        assertWhole(home, Map.of(MasterKeys.VARIABLE, key.hex()), 0);

        assertWhole(home, Map.of(MasterKeys.OLD_VARIABLE, key.hex()), 0);
        try (StoreRig rig = new StoreRig(home, Map.of(MasterKeys.OLD_VARIABLE, key.hex()))) {
            var _ = rig.open();
            assertThat(StoreRig.await(rig.store.rotate()))
                    .isInstanceOfSatisfying(
                            Outcome.Rotated.class,
                            rotated -> assertThat(rotated.count()).isEqualTo(3));
        }
        assertWhole(home, Map.of(), 0);
    }

    private static StoreRig filled(Path home, Map<String, String> environment) throws Exception {
        StoreRig rig = new StoreRig(home, environment);
        var _ = rig.open();
        var _ = rig.set("a", "value-of-a");
        var _ = rig.set("b", "value-of-b");
        var _ = rig.store("scribe", "c", "value-of-c");
        return rig;
    }

    private static void assertWhole(Path home, Map<String, String> environment, int rewrapped) throws Exception {
        try (StoreRig rig = new StoreRig(home, environment)) {
            CredentialStore.Opened opened = rig.open();
            assertThat(opened.faults()).as(home.toString()).isEmpty();
            assertThat(opened.rewrapped()).as(home.toString()).isEqualTo(rewrapped);
            for (String name : List.of("a", "b", "c")) {
                assertThat(rig.vault().forHandle(name)).as(name).contains(Secret.of("value-of-" + name));
            }
        }
    }
}
