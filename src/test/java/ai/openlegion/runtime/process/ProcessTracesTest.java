package ai.openlegion.runtime.process;

import static ai.openlegion.runtime.process.ProcessRig.STAY;
import static ai.openlegion.runtime.process.ProcessRig.await;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.FolderSize;
import ai.openlegion.runtime.Instance;
import ai.openlegion.scenario.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What processes leave on the machine, and take of it.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ProcessTracesTest {

    @TempDir
    Path home;

    private ProcessRig rig;

    @BeforeEach
    void open() throws IOException {
        ProcessRig.needRoot();
        rig = new ProcessRig(home, true);
    }

    @AfterEach
    void close() throws Exception {
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void a_forgotten_agents_workspace_is_gone_with_its_links_and_not_what_they_point_to() throws Exception {
        Path kept =
                Files.writeString(Files.createDirectories(home.resolve("kept")).resolve("file"), "x");
        Instance instance = rig.start("a", "mkdir d; echo y > d/f; ln -s " + kept.getParent() + " d/link; exit 0");
        Eventually.until("it ended", () -> !rig.condition(instance).isRunning());
        Path work = rig.work("a");
        assertThat(work.resolve("d/link")).isSymbolicLink();
        await(rig.runtime.stop(instance.id(), Duration.ZERO));
        assertThat(work).exists();
        await(rig.runtime.forget(new AgentId("a")));
        assertThat(work.getParent()).doesNotExist();
        assertThat(kept).exists();
        await(rig.runtime.forget(new AgentId("a")));
    }

    @Test
    void however_deep_it_nests_its_folders_they_are_measured_as_too_much_and_go_with_all_else_it_left()
            throws Exception {
        String left = "openlegion-test-" + UUID.randomUUID();
        Path tmp = Path.of("/tmp", left);
        Instance instance = rig.start(
                "a",
                "cd /tmp && mkdir -p " + left + "/d && touch " + left + "/d/f && cd - && exec python3 -c \"\n"
                        + "import os\n"
                        + "for i in range(3000):\n"
                        + "    os.mkdir('d' * 50); os.chdir('d' * 50); open('f', 'w').close()\n"
                        + "open('" + tmp + "/d/made', 'w').close()\n"
                        + "import time; time.sleep(300)\"");
        Eventually.until("it made them", () -> Files.exists(tmp.resolve("d/made")));
        assertThat(await(rig.runtime.diskBytes(instance.id()))).isEqualTo(FolderSize.IMMEASURABLE);
        Path folder = rig.place("a").folder();
        assertThat(tmp).isDirectory();
        await(rig.runtime.stop(instance.id(), Duration.ZERO));
        await(rig.runtime.forget(new AgentId("a")));
        assertThat(folder).doesNotExist();
        assertThat(tmp).doesNotExist();
        assertThat(rig.settings.data().resolve("logs")).isEmptyDirectory();
    }

    @Test
    void at_its_start_a_mesh_removes_what_forgotten_agents_left() throws Exception {
        Instance kept = rig.start("kept", "exit 0");
        Instance gone = rig.start("gone", "exit 0");
        Eventually.until(
                "they ended",
                () -> !rig.condition(kept).isRunning() && !rig.condition(gone).isRunning());
        await(rig.runtime.stop(kept.id(), Duration.ZERO));
        await(rig.runtime.stop(gone.id(), Duration.ZERO));
        Path folder = rig.place("gone").folder();
        Files.writeString(folder.resolve("of"), home.toRealPath() + "\n\n");
        assertThat(await(rig.runtime.survivors())).isEmpty();
        Eventually.until("it is removed", () -> Files.notExists(folder));
        assertThat(rig.work("kept")).isDirectory();
        try (Stream<Path> logs = Files.list(rig.settings.data().resolve("logs"))) {
            assertThat(logs.map(path -> String.valueOf(path.getFileName()))).containsExactly("kept.log");
        }
    }

    @Test
    void who_took_its_port_is_not_taken_for_it() throws Exception {
        Instance instance = rig.start("a", STAY);
        URI address = java.util.Objects.requireNonNull(instance.address());
        assertThat(await(rig.runtime.ownsAddress(instance.id())))
                .as("nobody listens")
                .isFalse();
        try (ServerSocket other = new ServerSocket(address.getPort(), 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThat(other.isBound()).isTrue();
            assertThat(await(rig.runtime.ownsAddress(instance.id()))).isFalse();
        }
    }
}
