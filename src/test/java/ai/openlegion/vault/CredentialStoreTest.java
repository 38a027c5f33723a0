package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.identity.AgentId;
import ai.openlegion.vault.CredentialStore.Outcome;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CredentialStoreTest {

    private static final String VALUE = "ghp_Canary/0123+456789==ü";

    @TempDir
    private Path folder;

    @Test
    void what_is_stored_comes_back_after_a_restart_and_lies_nowhere_as_it_is() throws Exception {
        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            assertThat(rig.open()).isEqualTo(new CredentialStore.Opened(0, List.of(), 0));
            assertThat(Files.exists(folder.resolve("vault.key")))
                    .as("no key before there is anything to seal")
                    .isFalse();
            assertThat(rig.set("github_token", VALUE)).isEqualTo(new Outcome.Done(false));
            assertThat(rig.store("scribe", "own_token", "agents-" + VALUE)).isEqualTo(new Outcome.Done(false));
            assertThat(rig.vault().get("github_token")).contains(Secret.of(VALUE));
            assertThat(Traces.of(VALUE, folder)).isEmpty();
        }
        assertThat(Traces.of(VALUE, folder)).isEmpty();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("vault.key"))))
                .isEqualTo("rw-------");

        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            assertThat(rig.open().count()).isEqualTo(2);
            assertThat(rig.vault().get("github_token")).contains(Secret.of(VALUE));
            assertThat(rig.vault().get("own_token")).isEmpty();
            assertThat(rig.vault().forHandle("own_token")).contains(Secret.of("agents-" + VALUE));
            assertThat(rig.vault().stored("own_token").orElseThrow().agent()).contains(new AgentId("scribe"));
            assertThat(rig.store.stored().get("github_token"))
                    .isEqualTo(new Stored(Secret.of(VALUE), Stored.OPERATOR, StoreRig.CLOCK.millis()));
        }
    }

    @Test
    void the_same_value_sealed_twice_looks_different() throws Exception {
        Stored stored = new Stored(Secret.of(VALUE), Stored.OPERATOR, 1);
        MasterKey key = MasterKey.random();
        SealedCredential one = SealedCredential.seal("a", stored, key);
        SealedCredential two = SealedCredential.seal("a", stored, key);

        assertThat(one.sealed()).isNotEqualTo(two.sealed());
        assertThat(one.wrappedKey()).isNotEqualTo(two.wrappedKey());
        assertThat(one.open(key)).contains(stored);
        assertThat(one.open(MasterKey.random())).isEmpty();
        assertThat(one).hasToString("SealedCredential[a]");
    }

    @Test
    void whatever_is_altered_in_a_row_is_found_and_named() throws Exception {
        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            var _ = rig.open();
            var _ = rig.set("first", VALUE);
            var _ = rig.set("second", VALUE + VALUE);
            var _ = rig.store("scribe", "third", VALUE);
        }
        int round = 0;
        for (String change : List.of(
                "sealed = (SELECT sealed FROM vault_secret WHERE name = 'second')",
                "wrapped_key = (SELECT wrapped_key FROM vault_secret WHERE name = 'second')",
                "sealed = (SELECT sealed FROM vault_secret WHERE name = 'second'),"
                        + " wrapped_key = (SELECT wrapped_key FROM vault_secret WHERE name = 'second')",
                "stored_by = 'scribe'",
                "stored_ms = stored_ms + 1",
                "sealed = zeroblob(0)",
                "sealed = zeroblob(40)",
                "sealed = substr(sealed, 1, length(sealed) - 1)",
                "wrapped_key = zeroblob(20)",
                "sealed = substr(sealed, 1, 14) || char(7) || substr(sealed, 16)")) {
            Path copy = StoreRig.crashed(folder, folder.resolve("altered-" + round++));
            StoreRig.tamper(copy, "UPDATE vault_secret SET " + change + " WHERE name = 'first'");
            assertThat(faults(copy, Map.of()))
                    .as(change)
                    .containsExactly("the stored credential first was altered or damaged in the database: its seal does"
                            + " not hold; restore it, or remove it with: openlegion vault rm first");
        }
        Path copy = StoreRig.crashed(folder, folder.resolve("promoted"));
        StoreRig.tamper(copy, "UPDATE vault_secret SET stored_by = 'operator' WHERE name = 'third'");
        assertThat(faults(copy, Map.of())).singleElement().asString().startsWith("the stored credential third was");

        Path renamed = StoreRig.crashed(folder, folder.resolve("renamed"));
        StoreRig.tamper(renamed, "UPDATE vault_secret SET name = 'x' || char(27) || '[2J' WHERE name = 'third'");
        assertThat(faults(renamed, Map.of()))
                .singleElement()
                .asString()
                .startsWith("the stored credential x??2J was altered");
    }

    @Test
    void a_missing_or_a_wrong_master_key_is_said_with_its_id_and_where_it_was_looked_for() throws Exception {
        String id;
        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            var _ = rig.open();
            var _ = rig.set("first", VALUE);
            var _ = rig.set("second", VALUE);
            id = rig.keys.current().orElseThrow().id();
        }
        String sentence = "the master key " + id + " is missing, under which 2 stored credentials are (first): it is"
                + " neither in OPENLEGION_VAULT_KEY, OPENLEGION_VAULT_KEY_OLD nor in %s; put it back, or remove what it"
                + " sealed with: openlegion vault rm NAME";

        Path missing = StoreRig.crashed(folder, folder.resolve("missing"));
        Files.delete(missing.resolve("vault.key"));
        assertThat(faults(missing, Map.of()))
                .hasSize(2)
                .first()
                .isEqualTo(sentence.formatted(missing.resolve("vault.key")));
        assertThat(Files.exists(missing.resolve("vault.key")))
                .as("no key takes the place of a lost one")
                .isFalse();

        Path wrong = StoreRig.crashed(folder, folder.resolve("wrong"));
        Files.writeString(wrong.resolve("vault.key"), MasterKey.random().hex() + "\n");
        assertThat(faults(wrong, Map.of())).first().isEqualTo(sentence.formatted(wrong.resolve("vault.key")));
        try (StoreRig rig = new StoreRig(wrong, Map.of())) {
            var _ = rig.open();
            assertThat(rig.set("third", VALUE))
                    .as("nothing is sealed beside what cannot be opened")
                    .isInstanceOf(Outcome.Faulty.class);
            assertThat(StoreRig.await(rig.store.rotate())).isInstanceOf(Outcome.Faulty.class);
            assertThat(StoreRig.await(rig.store.remove("first"))).isEqualTo(new Outcome.Done(true));
            assertThat(rig.set("second", "another"))
                    .as("what does not open may be replaced")
                    .isEqualTo(new Outcome.Done(false));
            assertThat(rig.set("third", VALUE)).isEqualTo(new Outcome.Done(false));
        }
    }

    @Test
    void a_key_file_or_variable_that_holds_no_key_is_refused_with_its_place() throws Exception {
        Path file = folder.resolve("vault.key");
        Files.writeString(file, "# mine\n\nabc\n");
        assertThatThrownBy(() -> MasterKeys.open(Map.of(), file))
                .isInstanceOf(VaultException.class)
                .hasMessage(
                        file + " line 3 is no master key: 32 bytes as 64 hex digits or as base64; restore the file");
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> MasterKeys.open(Map.of(), file)).hasMessageContaining("is no text");
        Files.delete(file);
        assertThatThrownBy(() -> MasterKeys.open(Map.of(MasterKeys.VARIABLE, "s3cret"), file))
                .hasMessage(
                        "OPENLEGION_VAULT_KEY is no master key: 32 bytes as 64 hex digits or as base64; openssl rand"
                                + " -hex 32 makes one");
        assertThatThrownBy(() -> MasterKeys.open(Map.of(MasterKeys.OLD_VARIABLE, "a".repeat(63)), file))
                .hasMessageStartingWith("OPENLEGION_VAULT_KEY_OLD is no master key");
    }

    @Test
    void a_key_file_that_others_may_read_is_told() throws Exception {
        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            var _ = rig.open();
            var _ = rig.set("first", VALUE);
            assertThat(rig.keys.warnings()).isEmpty();
            Files.setPosixFilePermissions(folder.resolve("vault.key"), PosixFilePermissions.fromString("rw-r-----"));
            assertThat(rig.keys.warnings()).singleElement().asString().contains("may be read or written by others");
        }
    }

    @Test
    void an_agent_replaces_its_own_value_and_nobody_elses_but_the_operator_any() throws Exception {
        Vault given = Vault.load(
                Map.of("OPENLEGION_CRED_IN_FILE", "f"), Map.of("OPENLEGION_CRED_IN_VARIABLE", "v"), flaw -> {});
        try (StoreRig rig = new StoreRig(folder, Map.of(), given)) {
            var _ = rig.open();
            assertThat(rig.store("scribe", "mine", "one")).isEqualTo(new Outcome.Done(false));
            assertThat(rig.store("scribe", "mine", "two")).isEqualTo(new Outcome.Done(true));
            assertThat(rig.store("rogue", "mine", "three")).isEqualTo(new Outcome.Held(false));
            assertThat(rig.vault().forHandle("mine")).contains(Secret.of("two"));

            assertThat(rig.set("mine", "four")).isEqualTo(new Outcome.Done(true));
            assertThat(rig.store("scribe", "mine", "five")).isEqualTo(new Outcome.Held(true));
            assertThat(rig.vault().get("mine")).contains(Secret.of("four"));

            for (String name : List.of("in_file", "in_variable")) {
                Vault.Source source = name.equals("in_file") ? Vault.Source.ENV_FILE : Vault.Source.ENVIRONMENT;
                assertThat(rig.store("scribe", name, "x")).isEqualTo(new Outcome.Given(source));
                assertThat(rig.set(name, "x")).isEqualTo(new Outcome.Given(source));
                assertThat(StoreRig.await(rig.store.remove(name))).isEqualTo(new Outcome.Given(source));
            }
            assertThat(StoreRig.await(rig.store.remove("mine"))).isEqualTo(new Outcome.Done(true));
            assertThat(StoreRig.await(rig.store.remove("mine"))).isEqualTo(new Outcome.Unknown());
            assertThat(rig.vault().get("mine")).isEmpty();
        }
    }

    @Test
    void an_agent_stores_so_many_and_one_at_a_time() throws Exception {
        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            var _ = rig.open();
            for (int i = 0; i < CredentialStore.AGENT_VALUES; i++) {
                assertThat(rig.store("scribe", "n" + i, "v")).isEqualTo(new Outcome.Done(false));
            }
            assertThat(rig.store("scribe", "more", "v"))
                    .isEqualTo(new Outcome.TooMany(CredentialStore.AGENT_VALUES, true));
            assertThat(rig.store("scribe", "n0", "w")).isEqualTo(new Outcome.Done(true));
            assertThat(rig.store("other", "more", "v")).isEqualTo(new Outcome.Done(false));

            AgentId scribe = new AgentId("scribe");
            Future<Outcome> first = rig.store.store(scribe, "n1", Secret.of("x"));
            Future<Outcome> second = rig.store.store(scribe, "n2", Secret.of("x"));
            assertThat(StoreRig.await(second)).isEqualTo(new Outcome.Busy());
            assertThat(StoreRig.await(first)).isEqualTo(new Outcome.Done(true));
            assertThat(rig.store("scribe", "n2", "y")).isEqualTo(new Outcome.Done(true));
        }
    }

    @Test
    void the_same_value_again_changes_nothing_and_whatever_changes_is_told_away_from_the_event_loops()
            throws Exception {
        try (StoreRig rig = new StoreRig(folder, Map.of())) {
            var _ = rig.open();
            var _ = rig.store("scribe", "mine", VALUE);
            Vault before = rig.vault();
            assertThat(rig.store("scribe", "mine", VALUE)).isEqualTo(new Outcome.Done(true));
            assertThat(rig.vault()).isSameAs(before);
            assertThat(rig.store("rogue", "mine", VALUE)).isEqualTo(new Outcome.Held(false));
            assertThat(rig.store("scribe", "mine", "another")).isEqualTo(new Outcome.Done(true));
            assertThat(rig.vault()).isNotSameAs(before);
            assertThat(StoreRig.await(rig.store.remove("mine"))).isEqualTo(new Outcome.Done(true));
            assertThat(rig.isToldOnLoop()).isFalse();
        }
    }

    private static List<String> faults(Path home, Map<String, String> environment) throws Exception {
        try (StoreRig rig = new StoreRig(home, environment)) {
            CredentialStore.Opened opened = rig.open();
            assertThat(opened.rewrapped()).isZero();
            return opened.faults().stream().map(CredentialStore.Fault::why).toList();
        }
    }
}
