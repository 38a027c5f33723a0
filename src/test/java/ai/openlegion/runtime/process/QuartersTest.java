package ai.openlegion.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.openlegion.identity.AgentId;
import java.io.IOException;
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
        assumeTrue(ProcessSettings.of(folder, folder, "").ownUsers(), "users of their own need root");
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

    private Quarters quarters(Path home) throws IOException {
        return new Quarters(new ProcessSettings(home, home, "", true, folder.resolve("state")));
    }
}
