package ai.openlegion.agent.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(120)
class ConfinedTest {

    private static final String SECRET = "of another";
    private static final int SWAPS = 20_000;
    private static final int FILE_SWAPS = 5_000;

    @TempDir
    Path temporary;

    private Path root;
    private Path outside;
    private Confined files;

    @BeforeEach
    void makes_a_root_and_a_neighbour() throws IOException {
        root = Files.createDirectory(temporary.resolve("data"));
        // begins like the root, as the predecessor's check by prefix let through
        outside = Files.createDirectory(temporary.resolve("data2"));
        put(outside.resolve("secret"), SECRET);
        put(outside.resolve("only-outside"), SECRET);
        put(root.resolve("plain"), "plain");
        files = new Confined(root);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "//etc/passwd",
                "\\etc\\passwd",
                "..",
                "../data2/secret",
                "sub/../../data2/secret",
                "sub/../plain",
                "plain/..",
                "plain\0",
                "pl\0ain/x"
            })
    void a_path_that_could_leave_is_refused(String path) {
        assertThatThrownBy(() -> read(path)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.write(path, new byte[1])).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.append(path, new byte[1])).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.list(path, false, 10)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.folder(path)).isInstanceOf(Refused.class);
    }

    @Test
    void an_absolute_path_is_refused_also_where_it_leads_inside() {
        assertThatThrownBy(() -> read(root.resolve("plain").toString())).isInstanceOf(Refused.class);
    }

    @Test
    void a_link_that_leaves_is_refused_whatever_it_points_at() throws Exception {
        link("absolute", outside.resolve("secret").toString());
        link("relative", "../data2/secret");
        link("folder", outside.toString());
        link("up", "..");
        link("sneaky", "./../data/../data2/secret");
        link("chain", "absolute");
        link("dangling", outside.resolve("none").toString());
        link("process", "/proc/self/root");
        for (String each : new String[] {
            "absolute", "relative", "folder/secret", "up/data2/secret", "sneaky", "chain", "process/etc/passwd"
        }) {
            assertThatThrownBy(() -> read(each)).as(each).isInstanceOf(Refused.class);
            assertThatThrownBy(() -> write(each, "x")).as(each).isInstanceOf(Refused.class);
        }
        assertThatThrownBy(() -> write("dangling", "x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.append("dangling", new byte[1])).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> write("folder/new/file", "x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.list("folder", false, 10)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.folder("up")).isInstanceOf(Refused.class);
        outsideIsUntouched();
    }

    @Test
    void links_in_a_circle_end_in_a_refusal() throws Exception {
        link("a", "b");
        link("b", "a");
        link("self", "self/self");
        assertThatThrownBy(() -> read("a")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> read("self")).isInstanceOf(Refused.class);
    }

    @Test
    void a_link_that_stays_inside_is_followed() throws Exception {
        write("sub/deep/file", "found");
        link("near", "sub/deep/file");
        link("far", root.resolve("sub").toString());
        link("sub/deep/back", "../../plain");
        link("home", root.toString());
        assertThat(read("near")).isEqualTo("found");
        assertThat(read("far/deep/file")).isEqualTo("found");
        assertThat(read("sub/deep/back")).isEqualTo("plain");
        assertThat(read("home/home/plain")).isEqualTo("plain");
        write("near", "changed");
        assertThat(read("sub/deep/file")).isEqualTo("changed");
        assertThat(root.resolve("near")).isSymbolicLink();
    }

    @Test
    void odd_names_are_names() throws Exception {
        for (String each :
                new String[] {"./a", "b//c", "..b", "~/.ssh/key", "d/./e", "...", "with space", "ünï", "-rf", "*"}) {
            write(each, each);
            assertThat(read(each)).as(each).isEqualTo(each);
        }
        assertThat(files.list("", false, 500).entries())
                .extracting(Confined.Entry::path)
                .contains("a", "b", "..b", "~", "...", "with space", "ünï", "-rf", "*", "plain");
    }

    @Test
    void a_folder_that_is_swapped_for_a_link_never_leads_outside() throws Exception {
        Path folder = Files.createDirectory(root.resolve("swapped"));
        put(folder.resolve("secret"), "of our own");
        Path aside = root.resolve("aside");
        Path link = root.resolve("link");
        var over = new AtomicBoolean();
        var swaps = new AtomicInteger();
        Thread swapper = Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int i = 0; i < SWAPS; i++) {
                    var _ = Files.createSymbolicLink(link, outside);
                    var _ = Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
                    put(link, folder);
                    Files.delete(folder);
                    put(aside, folder);
                    swaps.incrementAndGet();
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } finally {
                over.set(true);
            }
        });
        int seen = 0;
        int refused = 0;
        for (int i = 0; !over.get(); i++) {
            try {
                if (i % 3 == 0) {
                    write("swapped/new" + i + "/written", "ours");
                } else if (i % 3 == 1) {
                    assertThat(files.list("swapped", true, 500).entries())
                            .extracting(Confined.Entry::path)
                            .doesNotContain("only-outside");
                } else {
                    assertThat(read("swapped/secret")).isEqualTo("of our own");
                }
                seen++;
            } catch (IOException raced) {
                refused++;
            }
        }
        swapper.join();
        outsideIsUntouched();
        assertThat(swaps).hasValue(SWAPS);
        assertThat(seen).as("calls that got through").isPositive();
        assertThat(refused).as("calls that met the link").isPositive();
    }

    @Test
    void a_file_that_is_swapped_for_a_link_never_leads_outside() throws Exception {
        Path file = root.resolve("file");
        Path ours = root.resolve("ours");
        Path link = root.resolve("link");
        var over = new AtomicBoolean();
        var swaps = new AtomicInteger();
        Thread swapper = Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int i = 0; i < FILE_SWAPS; i++) {
                    put(ours, "ours");
                    var _ = Files.move(ours, file, StandardCopyOption.ATOMIC_MOVE);
                    var _ = Files.createSymbolicLink(link, outside.resolve("secret"));
                    var _ = Files.move(link, file, StandardCopyOption.ATOMIC_MOVE);
                    swaps.incrementAndGet();
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } finally {
                over.set(true);
            }
        });
        for (int i = 0; !over.get(); i++) {
            try {
                switch (i % 3) {
                    case 0 -> assertThat(read("file")).isIn("ours", "");
                    case 1 -> write("file", "ours");
                    case 2 -> files.append("file", new byte[0]);
                    default -> // open: a remainder
                        throw new AssertionError(i);
                }
            } catch (IOException raced) {
                // met the link
            }
        }
        swapper.join();
        outsideIsUntouched();
        assertThat(swaps).hasValue(FILE_SWAPS);
    }

    @Test
    void what_is_no_file_is_refused_and_does_not_hang() throws Exception {
        Path pipe = root.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        link("null", "/dev/null");
        assertThatThrownBy(() -> read("pipe")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> write("pipe", "x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.append("pipe", new byte[1])).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.list("pipe", false, 1)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> read("pipe/x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> read("null")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> read("")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> write("", "x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> write(".", "x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> read("plain/x")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> files.list("plain", false, 1)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> read("none")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> read("none/none")).isInstanceOf(NoSuchFileException.class);
        assertThat(files.list("", false, 10).entries())
                .contains(new Confined.Entry("pipe", "other", 0), new Confined.Entry("null", "link", 0));
    }

    @Test
    void a_reader_sees_the_old_or_the_new_file_whole() throws Exception {
        String old = "o".repeat(300_000);
        String fresh = "n".repeat(300_000);
        write("file", old);
        var over = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int i = 0; i < 100; i++) {
                    write("file", i % 2 == 0 ? fresh : old);
                }
            } catch (IOException | InterruptedException failed) {
                throw new AssertionError(failed);
            } finally {
                over.set(true);
            }
        });
        int reads = 0;
        while (!over.get()) {
            assertThat(read("file")).isIn(old, fresh);
            reads++;
        }
        writer.join();
        assertThat(reads).isPositive();
        try (Stream<Path> left = Files.list(root)) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("plain", "file");
        }
    }

    @Test
    void a_script_stays_one_when_it_is_written_again() throws Exception {
        write("script", "#!/bin/sh");
        var permissions = PosixFilePermissions.fromString("rwxr-x---");
        var _ = Files.setPosixFilePermissions(root.resolve("script"), permissions);
        write("script", "#!/bin/sh\necho more");
        assertThat(Files.getPosixFilePermissions(root.resolve("script"))).isEqualTo(permissions);
    }

    @Test
    void a_list_ends_at_its_limit() throws Exception {
        for (int i = 0; i < 30; i++) {
            write("many/" + i / 10 + "/" + i, "");
        }
        assertThat(files.list("many", true, 33).more()).isFalse();
        assertThat(files.list("many", true, 33).entries()).hasSize(33);
        assertThat(files.list("many", true, 32).more()).isTrue();
        assertThat(files.list("many", true, 32).entries()).hasSize(32);
        assertThat(files.list("many", false, 500).entries()).hasSize(3);
    }

    private void outsideIsUntouched() throws IOException {
        assertThat(outside.resolve("secret")).hasContent(SECRET);
        try (Stream<Path> all = Files.list(outside)) {
            assertThat(all.map(Path::getFileName))
                    .containsExactlyInAnyOrder(Path.of("secret"), Path.of("only-outside"));
        }
        try (Stream<Path> all = Files.list(temporary)) {
            assertThat(all.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)))
                    .containsExactlyInAnyOrder(root, outside);
        }
    }

    private String read(String path) throws IOException, InterruptedException {
        return new String(files.read(path, InputStream::readAllBytes), StandardCharsets.UTF_8);
    }

    private void write(String path, String content) throws IOException, InterruptedException {
        files.write(path, content.getBytes(StandardCharsets.UTF_8));
    }

    private void link(String name, String target) throws IOException {
        var _ = Files.createSymbolicLink(root.resolve(name), Path.of(target));
    }

    /// Moves to where a write may have made a folder of the same name meanwhile.
    private void put(Path from, Path to) throws IOException {
        while (true) {
            try {
                var _ = Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                return;
            } catch (FileSystemException occupied) {
                var _ = Files.move(to, root.resolve("made-" + UUID.randomUUID()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private static void put(Path file, String content) throws IOException {
        var _ = Files.writeString(file, content);
    }
}
