package ai.openlegion.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.Checkpoint.Purpose;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CheckpointFilesTest {

    @TempDir
    Path folder;

    @Test
    void all_lines_of_one_go_are_found_again_after_a_crash() throws Exception {
        SigningKey key = SigningKey.random();
        List<Checkpoint> go = LongStream.rangeClosed(1, 1001)
                .mapToObj(i -> key.sign(
                        Purpose.CHECKPOINT, new Tail(1_000_000_000L * 1000 + i, "ab".repeat(32)), 1_795_348_800_000L))
                .toList();
        CheckpointFiles files = new CheckpointFiles(folder);
        assertThat(files.open()).isEmpty();
        files.append(go, LocalDate.of(2026, 11, 22));
        assertThat(new CheckpointFiles(folder).open()).isEqualTo(go);
    }
}
