package ai.openlegion.runtime.process;

import static ai.openlegion.runtime.process.ProcessRig.processesWith;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of agents whose mesh is killed.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ProcessDeathTest {

    private static final String SCRIPT =
            "trap '' TERM HUP; setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & setsid sleep 300 &"
                    + " while :; do sleep 1; done";

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_killed_mesh_leaves_no_agent_and_no_grandchild_behind(boolean ownUsers) throws Exception {
        if (ownUsers) {
            ProcessRig.needRoot();
        }
        Process mesh = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProcessMesh.class.getName(),
                        home.toString(),
                        String.valueOf(ownUsers),
                        SCRIPT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(mesh.getInputStream(), StandardCharsets.UTF_8))) {
            List<String> starts = new ArrayList<>();
            for (String line = said.readLine(); !"up".equals(line); line = said.readLine()) {
                assertThat(line).as("the mesh came up").isNotNull();
                starts.add(String.valueOf(line));
            }
            assertThat(starts).hasSize(2);
            for (String start : starts) {
                Eventually.until("grandchildren run", () -> processesWith(start).size() >= 4);
            }
            mesh.toHandle().destroyForcibly();
            for (String start : starts) {
                Eventually.until("all of it ended", () -> processesWith(start).isEmpty());
            }
        } finally {
            mesh.destroyForcibly();
            clean(ownUsers);
        }
    }

    private void clean(boolean ownUsers) throws IOException {
        Quarters quarters = new Quarters(new ProcessSettings(home, home, "", ownUsers, stateOf(ownUsers)));
        for (Quarters.Place place : quarters.ofThisHome()) {
            quarters.remove(place);
        }
    }

    private Path stateOf(boolean ownUsers) {
        return ownUsers ? ProcessSettings.SYSTEM_STATE : home.resolve("data/agents");
    }
}
