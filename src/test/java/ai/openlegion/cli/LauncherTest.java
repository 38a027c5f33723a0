package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script `openlegion` in a checkout of its own whose build takes a moment and packs one small class: what it
/// finds,
/// when it builds, and what it says when it cannot.
final class LauncherTest {

    private static final Path JDK = Path.of(System.getProperty("java.home"));

    /// What stands in a checkout's place of Maven: it counts its runs and puts the packed jar where Maven would.
    private static final String BUILD = """
            #!/bin/sh
            echo built >>builds
            if [ -e broken ]; then echo '[ERROR] Greeter.java:[1,1] not a statement'; exit 1; fi
            sleep 1
            mkdir -p target/lib
            cp packed.jar target/openlegion.jar
            """;

    @TempDir
    private Path checkout;

    @BeforeEach
    void lay_out_a_checkout() throws IOException {
        Files.createDirectories(checkout.resolve(".mvn"));
        Files.createDirectories(checkout.resolve("src/main"));
        Files.createDirectories(checkout.resolve("conf"));
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.writeString(checkout.resolve("src/main/Greeter.java"), "class Greeter {}");
        Files.copy(Path.of("openlegion"), checkout.resolve("openlegion"));
        // the machine's own JDKs out of sight, so that a test decides which one there is
        String jdk = Files.readString(Path.of(".mvn/jdk.sh")).replace("/usr/lib/jvm/*", checkout + "/jvm/*");
        Files.writeString(checkout.resolve(".mvn/jdk.sh"), jdk);
        script("openlegion", Files.readString(Path.of("openlegion")));
        script("mvnw", BUILD);
        pack(checkout.resolve("packed.jar"));
    }

    @Test
    void without_a_jdk_it_says_in_one_line_which_is_needed_and_where_it_looked() throws Exception {
        Ended ended = launch(Map.of("PATH", coreutils()), "--version");
        assertThat(ended.code()).isEqualTo(3);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err())
                .contains("JDK 25", "OPENLEGION_JAVA_HOME", "JAVA_HOME", "PATH", "/usr/lib/jvm")
                .contains("Install one");
        assertThat(builds()).isZero();
    }

    @Test
    void a_jdk_that_is_too_old_or_a_bare_runtime_does_not_count() throws Exception {
        Path old = checkout.resolve("jvm/old");
        Files.createDirectories(old.resolve("bin"));
        script("jvm/old/bin/javac", "#!/bin/sh\n");
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"24.0.2\"\n");
        Path runtime = Files.createDirectories(checkout.resolve("jvm/runtime"));
        Files.writeString(runtime.resolve("release"), "JAVA_VERSION=\"25\"\n");
        assertThat(launch(Map.of("PATH", coreutils()), "--version").code()).isEqualTo(3);
    }

    @Test
    void a_jdk_in_the_usual_place_is_found_without_any_setting() throws Exception {
        Path jdk = checkout.resolve("jvm/temurin");
        Files.createDirectories(jdk.resolve("bin"));
        Files.copy(JDK.resolve("release"), jdk.resolve("release"));
        script("jvm/temurin/bin/javac", "#!/bin/sh\n");
        script("jvm/temurin/bin/java", "#!/bin/sh\nexec " + JDK + "/bin/java \"$@\"\n");
        assertThat(launch(Map.of("PATH", withMaven()), "hello").out()).contains("[hello]");
    }

    @Test
    void without_maven_it_says_in_one_line_how_to_get_it() throws Exception {
        Ended ended = launch(Map.of("PATH", coreutils(), "OPENLEGION_JAVA_HOME", JDK.toString()), "--version");
        assertThat(ended.code()).isEqualTo(3);
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("Maven").contains("apt-get install maven");
    }

    @Test
    void it_builds_when_there_is_no_jar_says_so_and_hands_all_arguments_on() throws Exception {
        Ended ended = launch("explain", "a b", "*", "--home", "x");
        assertThat(ended.code()).as(ended.err()).isEqualTo(42);
        assertThat(ended.err()).contains("building").contains("built in");
        assertThat(ended.out()).contains("[explain][a b][*][--home][x]");
    }

    @Test
    void it_builds_again_only_after_a_source_has_changed() throws Exception {
        launch("one");
        Ended second = launch("two");
        assertThat(builds()).isEqualTo(1);
        assertThat(second.err()).isEmpty();
        Files.setLastModifiedTime(
                checkout.resolve("src/main/Greeter.java"),
                FileTime.fromMillis(Files.getLastModifiedTime(checkout.resolve("target/openlegion.jar"))
                                .toMillis()
                        + 1_000));
        launch("three");
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void two_launches_at_once_build_once() throws Exception {
        // made once: a tool that is rewritten while the launch before it runs is busy
        Map<String, String> environment = environment();
        List<Ended.Running> launches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            launches.add(Ended.begin(checkout, environment, List.of("./openlegion", "go")));
        }
        for (Ended.Running running : launches) {
            Ended ended = running.end();
            assertThat(ended.code()).as(ended.err()).isEqualTo(42);
        }
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void a_build_that_fails_shows_the_error_and_where_the_rest_is() throws Exception {
        Files.createFile(checkout.resolve("broken"));
        Ended ended = launch("go");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("Greeter.java:[1,1] not a statement").contains("target/build.log");
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void it_runs_from_any_folder_and_through_a_link() throws Exception {
        Path link = checkout.resolve("bin-link");
        Files.createSymbolicLink(link, checkout.resolve("openlegion"));
        Ended ended = Ended.run(Path.of("/"), environment(), List.of(link.toString(), "go"));
        assertThat(ended.out()).contains("[go]");
    }

    @Test
    void only_a_mesh_gets_the_large_heap_wherever_its_word_stands() throws Exception {
        assertThat(launch("start").out()).contains("heap=1024m");
        assertThat(launch("--home", "status", "start").out()).contains("heap=1024m");
        assertThat(launch("--home", "start", "status").out()).contains("heap=256m");
        assertThat(launch("status", "start").out()).contains("heap=256m");
    }

    @Test
    void a_start_up_cache_that_cannot_be_made_or_does_not_fit_changes_nothing() throws Exception {
        launch("one");
        Files.deleteIfExists(checkout.resolve("target/openlegion.aot"));
        Map<String, String> with = Map.of("PATH", withMaven(), "OPENLEGION_JAVA_HOME", JDK.toString());
        Ended rehearsing = launch(with, "two");
        assertThat(rehearsing.code()).isEqualTo(42);
        assertThat(rehearsing.err()).contains("rehearsing");
        assertThat(checkout.resolve("target/openlegion.aot"))
                .as("the rehearsal exits 42 too")
                .isEmptyFile();
        assertThat(launch(with, "three").err()).as("tried once").isEmpty();
        Files.writeString(checkout.resolve("target/openlegion.aot"), "not a cache");
        Ended ended = launch(with, "four");
        assertThat(ended.code()).isEqualTo(42);
        assertThat(ended.out()).contains("[four]").doesNotContain("aot");
        assertThat(ended.err()).isEmpty();
    }

    private Ended launch(String... arguments) throws Exception {
        return launch(environment(), arguments);
    }

    private Ended launch(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("./openlegion"));
        command.addAll(List.of(arguments));
        return Ended.run(checkout, environment, command);
    }

    private Map<String, String> environment() throws IOException {
        return Map.of("PATH", withMaven(), "OPENLEGION_JAVA_HOME", JDK.toString(), "OPENLEGION_AOT", "off");
    }

    private int builds() throws IOException {
        Path counter = checkout.resolve("builds");
        return Files.exists(counter) ? Files.readAllLines(counter).size() : 0;
    }

    /// A PATH with the usual tools and neither Java nor Maven.
    private String coreutils() throws IOException {
        Path bin = Files.createDirectories(checkout.resolve("bin"));
        String tools = "sh dirname readlink find head tail sed grep touch rm mv cp mkdir sleep flock timeout cat";
        for (String tool : tools.split(" ")) {
            if (Files.exists(Path.of("/usr/bin", tool))) {
                script("bin/" + tool, "#!/bin/sh\nexec /usr/bin/" + tool + " \"$@\"\n");
            }
        }
        return bin.toString();
    }

    private String withMaven() throws IOException {
        String path = coreutils();
        script("bin/mvn", "#!/bin/sh\n");
        return path;
    }

    private void script(String name, String text) throws IOException {
        Path file = checkout.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// A program that prints its arguments and its heap and exits 42.
    static final class Greeter {
        private Greeter() {}

        public static void main(String[] arguments) {
            StringBuilder said = new StringBuilder();
            for (String argument : arguments) {
                said.append('[').append(argument).append(']');
            }
            Object heap = Runtime.getRuntime().maxMemory() > 512L << 20 ? "1024m" : "256m";
            System.out.println(said + " heap=" + heap);
            System.exit(42);
        }
    }

    private static void pack(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Greeter.class.getName());
        String name = Greeter.class.getName().replace('.', '/') + ".class";
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest);
                var bytes = Greeter.class.getClassLoader().getResourceAsStream(name)) {
            if (bytes == null) {
                throw new IOException(name + " is not on the class path");
            }
            out.putNextEntry(new JarEntry(name));
            bytes.transferTo(out);
            out.closeEntry();
        }
    }
}
