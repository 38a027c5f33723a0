package ai.openlegion.runtime.process;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// The classes of the agent that comes along, taken out of the running mesh: where those lie, agents' own
/// users may not
/// be able to read.
final class AgentJar {

    private static final String FOLDER = "ai/openlegion/agent";
    private static final String MAIN = "ai.openlegion.agent.Main";

    private static final List<String> OPTIONS = List.of(
            "-Xmx64m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ActiveProcessorCount=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-Xlog:disable",
            "-Xlog:all=error:stderr");

    private AgentJar() {}

    /// Writes the jar, or over it.
    static void write(Path jar) throws IOException {
        Path made = jar.resolveSibling(jar.getFileName() + ".new");
        URL main = AgentJar.class.getClassLoader().getResource(FOLDER + "/Main.class");
        if (main == null) {
            throw new IOException("this build lacks the agent that comes along");
        }
        try {
            URI uri = main.toURI();
            if (uri.getScheme().equals("jar")) {
                Path from = Path.of(URI.create(uri.getRawSchemeSpecificPart().replaceFirst("!.*", "")));
                try (FileSystem files = FileSystems.newFileSystem(from)) {
                    pack(files.getPath("/"), made);
                }
            } else {
                Path file = Path.of(uri);
                pack(Path.of(file.toString().substring(0, file.toString().length() - FOLDER.length() - 12)), made);
            }
        } catch (URISyntaxException impossible) {
            throw new IOException(impossible);
        }
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-r--r--"));
        var _ = Files.move(made, jar, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The command that runs it.
    static List<String> command(Path jar) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return Stream.of(List.of(java), OPTIONS, List.of("-cp", jar.toString(), MAIN))
                .flatMap(List::stream)
                .toList();
    }

    private static void pack(Path root, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out);
                Stream<Path> files = Files.walk(root.resolve(FOLDER))) {
            // stored: it is read once and soon
            zip.setLevel(0);
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                zip.putNextEntry(new ZipEntry(root.relativize(file).toString()));
                zip.write(Files.readAllBytes(file));
                zip.closeEntry();
            }
        }
    }
}
