package ai.openlegion.host;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.config.Home;
import ai.openlegion.config.Starter;
import ai.openlegion.fleet.RuntimeKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoTest {

    @TempDir
    Path folder;

    @Test
    void a_runtime_that_somebody_wrote_into_the_demos_file_is_taken_at_its_word() throws IOException {
        Home home = new Home(folder);
        var _ = Starter.demo(home);
        assertThat(Demo.written(home)).isEqualTo(Demo.SHIPPED);
        Path mesh = home.config().resolve("mesh.yaml");
        String shipped = Files.readString(mesh);
        Files.writeString(mesh, shipped.replace("{kind: process}", "{kind: sandbox}"));
        assertThat(Demo.written(home)).isEqualTo(RuntimeKind.SANDBOX);
        Files.writeString(mesh, shipped.replace("{kind: process}", "{kind: what}"));
        assertThat(Demo.written(home)).as("mistakes are said later").isEqualTo(Demo.SHIPPED);
    }
}
