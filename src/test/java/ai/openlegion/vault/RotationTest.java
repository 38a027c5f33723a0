package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.vault.CredentialStore.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        Path tidied;
        try (StoreRig rig = filled(home, Map.of())) {
            MasterKey old = rig.keys.current().orElseThrow();
            SecretTable table = new SecretTable();

            MasterKey next = rig.keys.begin();
            Path begun = StoreRig.crashed(home, folder.resolve("begun"));
            Path written = StoreRig.crashed(home, folder.resolve("written"));
            Files.writeString(written.resolve("vault.key.new"), "half a fi");

            List<SealedCredential> moved = new ArrayList<>();
            for (SealedCredential each : StoreRig.await(rig.database.write(table::all))) {
                moved.add(each.rewrap(old, next).orElseThrow());
            }
            Boolean stored = StoreRig.await(rig.database.write(connection -> table.put(connection, moved)));
            assertThat(stored).isTrue();
            Path rewrapped = StoreRig.crashed(home, folder.resolve("rewrapped"));

            rig.keys.end();
            tidied = StoreRig.crashed(home, folder.resolve("tidied"));

            assertWhole(begun, Map.of(), 3);
            assertWhole(written, Map.of(), 3);
            assertThat(Files.exists(written.resolve("vault.key.new"))).isFalse();
            assertWhole(rewrapped, Map.of(), 0);
            assertWhole(tidied, Map.of(), 0);
            for (Path each : List.of(begun, written, rewrapped, tidied)) {
                assertThat(new KeyFile(each.resolve("vault.key")).read())
                        .as("the next start has finished what the crash broke off")
                        .containsExactly(next);
            }
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
