package ai.openlegion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What keeps the tree readable and its documents true, checked file by file.
final class TidyTest {
    private static final int LINES_MAX = 400;
    private static final Pattern LEFTOVER = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern DEFAULT_ARM = Pattern.compile("\\bdefault\\s*->");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern PROMISE_TEST = Pattern.compile("`([A-Z]\\w+Test)\\.(\\w+)`");

    @Test
    void every_java_file_is_short_enough_to_be_one_noun() {
        assertThat(javaFiles())
                .allSatisfy(file -> assertThat(lines(file)).as(file.toString()).hasSizeLessThanOrEqualTo(LINES_MAX));
    }

    @Test
    void nothing_is_left_for_later() {
        assertThat(offences(
                        files("", TidyTest::isText),
                        line -> LEFTOVER.matcher(line).find()))
                .isEmpty();
    }

    @Test
    void a_switch_has_a_default_only_where_its_input_is_open() {
        assertThat(offences(javaFiles(), line -> DEFAULT_ARM.matcher(line).find() && !line.matches(".*// open: .+")))
                .isEmpty();
    }

    @Test
    void every_suppressed_warning_says_why() {
        List<String> silent = new ArrayList<>();
        for (Path file : javaFiles()) {
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                boolean suppresses = lines.get(i).strip().startsWith("@SuppressWarnings");
                boolean explained = lines.get(i).contains("// ")
                        || (i > 0 && lines.get(i - 1).strip().startsWith("//"))
                        || (i > 0 && lines.get(i - 1).strip().endsWith("*/"));
                if (suppresses && !explained) {
                    silent.add(file + ":" + (i + 1));
                }
            }
        }
        assertThat(silent).isEmpty();
    }

    @Test
    void every_package_says_what_it_is_for() {
        List<Path> wordless = files("src/main/java", path -> path.toString().endsWith(".java")).stream()
                .map(Path::getParent)
                .distinct()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java"))
                        || lines(folder.resolve("package-info.java")).stream()
                                .noneMatch(line -> line.startsWith("///")))
                .toList();
        assertThat(wordless).isEmpty();
    }

    @Test
    void every_dependency_has_its_reason_in_the_readme_and_every_reason_its_dependency() {
        Set<String> declared = matches(
                text(Path.of("pom.xml"))
                        .replaceAll("(?s)<dependencyManagement>.*?</dependencyManagement>", "")
                        .replaceAll("(?s)<build>.*", ""),
                "<dependency>\\s*<groupId>[^<]*</groupId>\\s*<artifactId>([^<]*)</artifactId>");
        Set<String> explained = matches(section("README.md", "Dependencies"), "(?m)^\\| `([\\w.-]+)` \\|");
        assertThat(explained).isNotEmpty().isEqualTo(declared);
    }

    @Test
    void every_link_in_a_document_leads_somewhere() {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            for (MatchResult link : LINK.matcher(text(document)).results().toList()) {
                Path folder = document.toAbsolutePath().getParent();
                boolean outside = link.group(1).contains("://");
                if (!outside && (folder == null || !Files.exists(folder.resolve(link.group(1))))) {
                    broken.add(document + " -> " + link.group(1));
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void every_promise_of_the_readme_names_a_test_that_exists() {
        List<MatchResult> promised =
                PROMISE_TEST.matcher(section("README.md", "Promises")).results().toList();
        assertThat(promised).isNotEmpty();
        List<Path> tests = files("src/test/java", path -> path.toString().endsWith("Test.java"));
        assertThat(promised)
                .allSatisfy(promise -> assertThat(tests)
                        .as(promise.group())
                        .anyMatch(file -> file.endsWith(promise.group(1) + ".java")
                                && Pattern.compile("\\b" + promise.group(2) + "( =|\\()")
                                        .matcher(text(file))
                                        .find()));
    }

    @Test
    void the_readme_can_be_read_in_one_sitting() {
        assertThat(lines(Path.of("README.md"))).hasSizeLessThanOrEqualTo(250);
    }

    private static List<String> offences(List<Path> files, Predicate<String> offends) {
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (offends.test(lines.get(i))) {
                    found.add(file + ":" + (i + 1) + ": " + lines.get(i).strip());
                }
            }
        }
        return found;
    }

    private static Set<String> matches(String text, String pattern) {
        Set<String> found = new TreeSet<>();
        Pattern.compile(pattern).matcher(text).results().forEach(match -> found.add(match.group(1)));
        return found;
    }

    /// The part of a document under the heading of that name, up to the next of its level.
    private static String section(String document, String heading) {
        String[] parts = text(Path.of(document)).split("(?m)^## ", -1);
        return Arrays.stream(parts)
                .filter(part -> part.startsWith(heading))
                .findFirst()
                .orElseThrow(() -> new AssertionError(document + " has no section " + heading));
    }

    private static List<Path> javaFiles() {
        return files("", path -> path.toString().endsWith(".java"));
    }

    private static List<Path> documents() {
        return files("", path -> path.toString().endsWith(".md"));
    }

    private static boolean isText(Path path) {
        return Stream.of(".java", ".sql", ".md", ".yaml", ".yml", ".json", ".properties", ".sh", ".xml", ".js")
                        .anyMatch(ending -> path.toString().endsWith(ending))
                || path.endsWith("openlegion")
                || path.endsWith("mvnw")
                || path.endsWith("run");
    }

    /// The project's own files under a folder, what was built or downloaded left out.
    private static List<Path> files(String folder, Predicate<Path> wanted) {
        Set<String> foreign = Set.of("target", "node_modules", ".git", ".openlegion");
        try (Stream<Path> all = Files.find(Path.of(folder), 30, (path, attributes) -> attributes.isRegularFile())) {
            List<Path> found = all.filter(path -> Stream.iterate(path, p -> p != null, Path::getParent)
                            .noneMatch(part -> foreign.contains(String.valueOf(part.getFileName()))))
                    .filter(wanted)
                    .toList();
            assertThat(found).as("files read under '" + folder + "'").isNotEmpty();
            return found;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<String> lines(Path file) {
        return text(file).lines().toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
