package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How logs are set aside, on a real disk; that a start does it is in [LiveMeshTest].
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class LogFileTest {

    @TempDir
    private Path folder;

    @Test
    void a_log_stays_until_it_is_large() throws IOException {
        Path log = folder.resolve("mesh.log");
        LogFile.rotate(log);
        assertThat(folder).isEmptyDirectory();
        write("a", LogFile.MOST_BYTES);
        LogFile.rotate(log);
        assertThat(first("mesh.log")).isEqualTo("a");
        assertThat(folder.resolve("mesh.log.1")).doesNotExist();
    }

    @Test
    void three_are_kept_in_their_order_and_a_line_written_late_is_in_the_log_it_was_meant_for() throws IOException {
        for (String name : new String[] {"a", "b", "c", "d"}) {
            write(name, LogFile.MOST_BYTES + 1);
            try (OutputStream late = Files.newOutputStream(folder.resolve("mesh.log"), StandardOpenOption.APPEND)) {
                LogFile.rotate(folder.resolve("mesh.log"));
                late.write(("late " + name + "\n").getBytes(StandardCharsets.UTF_8));
            }
            assertThat(folder.resolve("mesh.log")).doesNotExist();
            assertThat(Files.readString(folder.resolve("mesh.log.1"))).endsWith("\nlate " + name + "\n");
        }
        write("e", 10);
        LogFile.rotate(folder.resolve("mesh.log"));
        assertThat(first("mesh.log") + first("mesh.log.1") + first("mesh.log.2") + first("mesh.log.3"))
                .isEqualTo("edcb");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(4);
        }
    }

    private void write(String name, long bytes) throws IOException {
        String line = name + "\n";
        Files.writeString(folder.resolve("mesh.log"), line.repeat((int) ((bytes + 1) / line.length())));
    }

    private String first(String file) throws IOException {
        return Files.readString(folder.resolve(file)).substring(0, 1);
    }
}
