package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
class DotEnvTest {

    @TempDir
    Path home;

    @Test
    void plain_and_quoted_values_are_read_and_nothing_is_expanded() throws IOException {
        DotEnv read = read("""
                # a comment
                A=plain

                B = spaced out\s
                C="double $A ${B} \\n"
                D='single # not a comment'
                E=a=b=c
                F=
                G=unquoted # kept
                H="o'clock"
                """);

        assertThat(read.flaws()).isEmpty();
        assertThat(read.values())
                .containsExactly(
                        Map.entry("A", "plain"),
                        Map.entry("B", "spaced out"),
                        Map.entry("C", "double $A ${B} \\n"),
                        Map.entry("D", "single # not a comment"),
                        Map.entry("E", "a=b=c"),
                        Map.entry("F", ""),
                        Map.entry("G", "unquoted # kept"),
                        Map.entry("H", "o'clock"));
    }

    @Test
    void an_absent_file_is_empty() throws IOException {
        assertThat(DotEnv.read(home.resolve("none"))).isEqualTo(new DotEnv(Map.of(), List.of(), List.of()));
    }

    @Test
    void windows_line_ends_and_a_missing_last_one_do_no_harm() throws IOException {
        assertThat(read("A=1\r\nB=2").values()).isEqualTo(Map.of("A", "1", "B", "2"));
    }

    @Test
    void each_bad_line_is_told_with_its_number_and_without_its_value() throws IOException {
        DotEnv read = read("""
                just words
                export A=topsecret
                B="topsecret
                C='top'secret'
                D=1
                D=topsecret
                1E=topsecret
                ="topsecret"
                F="
                """);

        assertThat(read.values()).isEqualTo(Map.of("D", "1"));
        assertThat(read.flaws()).extracting(DotEnv.Flaw::line).containsExactly(1, 2, 3, 4, 6, 7, 8, 9);
        assertThat(read.flaws()).noneMatch(flaw -> flaw.message().contains("secret"));
    }

    @Test
    void bytes_that_are_not_utf_8_are_told() throws IOException {
        Path file = home.resolve(".env");
        Files.write(file, new byte[] {'A', '=', '1', '\n', 'B', '=', (byte) 0xff, '\n', 'C', '=', '3'});

        DotEnv read = DotEnv.read(file);

        assertThat(read.values()).isEqualTo(Map.of("A", "1", "C", "3"));
        assertThat(read.flaws()).containsExactly(new DotEnv.Flaw(2, "is not valid UTF-8"));
    }

    @Test
    void a_file_that_others_may_read_brings_a_warning() throws IOException {
        Path file = Files.writeString(home.resolve(".env"), "A=1\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(DotEnv.read(file).warnings()).singleElement().asString().contains("chmod 600");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(DotEnv.read(file).warnings()).isEmpty();
    }

    @Test
    void a_huge_file_is_not_read() throws IOException {
        assertThat(read("A=1\n".repeat(300_000)).flaws())
                .singleElement()
                .extracting(DotEnv.Flaw::message)
                .asString()
                .contains("larger than");
    }

    private DotEnv read(String text) throws IOException {
        return DotEnv.read(Files.writeString(home.resolve(".env"), text));
    }
}
