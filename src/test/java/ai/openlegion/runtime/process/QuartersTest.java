package ai.openlegion.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.identity.AgentId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QuartersTest {

    @TempDir
    Path folder;

    @Test
    void users_are_one_an_agent_kept_and_taken_from_homes_that_are_no_more_when_none_is_left() throws IOException {
        ProcessRig.needRoot();
        Path gone = Files.createDirectories(folder.resolve("gone"));
        Quarters lost = quarters(gone);
        Quarters.Place abandoned = lost.of(new AgentId("a0"));
        Files.writeString(abandoned.work().resolve("memory"), "x");
        Quarters here = quarters(Files.createDirectories(folder.resolve("here")));
        Set<Integer> users = new HashSet<>(Set.of(abandoned.user()));
        for (int i = 1; i < Quarters.USERS; i++) {
            assertThat(users.add(here.of(new AgentId("a" + i)).user())).isTrue();
        }
        assertThat(here.of(new AgentId("a7"))).isEqualTo(here.existing(new AgentId("a7")));
        assertThatThrownBy(() -> here.of(new AgentId("more"))).hasMessageContaining("all 1000 users");
        Files.delete(gone);
        Quarters.Place taken = here.of(new AgentId("more"));
        assertThat(taken.user()).isEqualTo(abandoned.user());
        assertThat(taken.work()).isEmptyDirectory();
        assertThat(here.ofThisHome()).hasSize(Quarters.USERS);
    }

    @Test
    void what_could_not_be_removed_is_nobodys_and_goes_at_the_next_try() throws IOException {
        Path home = Files.createDirectories(folder.resolve("home"));
        Quarters quarters = new Quarters(new ProcessSettings(home, home, "", false, folder.resolve("own")));
        AgentId agent = new AgentId("a");
        Quarters.Place place = quarters.of(agent);
        Files.writeString(place.work().resolve("memory"), "x");
        Files.writeString(place.folder().resolve("of"), home.toRealPath() + "\n\n");
        assertThat(quarters.existing(agent)).isNull();
        assertThat(quarters.agents()).isEmpty();
        assertThat(quarters.ofThisHome()).singleElement().matches(this::isForgotten);
        assertThat(quarters.of(agent).work()).as("a later agent of that name").isEmptyDirectory();
        assertThat(quarters.agents()).containsExactly("a");
        assertThat(quarters.ofThisHome()).singleElement().matches(left -> !isForgotten(left));
    }

    private boolean isForgotten(Quarters.Place place) {
        try {
            Path home = folder.resolve("home");
            return new Quarters(new ProcessSettings(home, home, "", false, folder.resolve("own"))).isForgotten(place);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private Quarters quarters(Path home) throws IOException {
        return new Quarters(new ProcessSettings(home, home, "", true, folder.resolve("state")));
    }
}
