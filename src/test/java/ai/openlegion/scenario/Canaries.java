package ai.openlegion.scenario;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// The watch over the credentials of the tests' meshes: whenever a mesh ends, none of them may stand in its home, in
/// the environments of its children, or in anything that a test's client has received, in any form.
public final class Canaries {

    /// The one file of a home where credentials belong.
    private static final String THEIR_PLACE = ".env";

    private static final String PREFIX = "OPENLEGION_CRED_";
    private static final Set<String> KNOWN = ConcurrentHashMap.newKeySet();
    private static final Queue<String> RECEIVED = new ConcurrentLinkedQueue<>();
    private static volatile CanaryForms forms = new CanaryForms(KNOWN);

    private Canaries() {}

    /// From now on this credential is looked for in what clients receive.
    static void watch(String credential) {
        synchronized (KNOWN) {
            if (KNOWN.add(credential.strip())) {
                forms = new CanaryForms(KNOWN);
            }
        }
    }

    /// Looks through a whole answer that a client received, and gives it back.
    public static String received(String text) {
        note("a client's whole answer", forms.find(text.getBytes(StandardCharsets.UTF_8)));
        return text;
    }

    /// Looks through bytes that a client received, and gives them back.
    static byte[] received(byte[] bytes) {
        note("a client's whole answer", forms.find(bytes));
        return bytes;
    }

    /// The same stream, looked through as it is read.
    static InputStream tee(InputStream stream) {
        CanaryForms.Reading reading = forms.new Reading();
        return new FilterInputStream(stream) {
            @Override
            public int read() throws IOException {
                int octet = super.read();
                if (octet >= 0) {
                    note("a client's stream", reading.find(new byte[] {(byte) octet}, 0, 1));
                }
                return octet;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                int read = super.read(into, from, length);
                if (read > 0) {
                    note("a client's stream", reading.find(into, from, from + read));
                }
                return read;
            }

            @Override
            public boolean markSupported() {
                return false;
            }
        };
    }

    private static void note(String where, @Nullable String form) {
        if (form != null) {
            RECEIVED.add(where + " held a credential: " + form);
        }
    }

    /// Looks through all that a mesh left in its home, which may go on to be used.
    ///
    /// @param environment of the mesh, whose variables hold credentials, too
    /// @throws AssertionError naming each place and form; never the credential
    public static void sweep(Path home, Map<String, String> environment) {
        List<String> found = new ArrayList<>();
        for (String one = RECEIVED.poll(); one != null; one = RECEIVED.poll()) {
            found.add(one);
        }
        Set<String> credentials = credentials(home, environment);
        if (!credentials.isEmpty() && Files.isDirectory(home)) {
            CanaryForms wanted = new CanaryForms(credentials);
            for (Path file : files(home)) {
                boolean theirs = file.equals(home.resolve(THEIR_PLACE));
                String form = theirs ? null : inFile(wanted, file);
                if (form != null) {
                    found.add(home.relativize(file) + " holds a credential: " + form);
                }
            }
        }
        fail(found);
    }

    /// Looks through the environments and command lines of the processes that a process has begun.
    ///
    /// @throws AssertionError naming each process and form
    public static void sweepChildren(long pid, Path home, Map<String, String> environment) {
        CanaryForms wanted = new CanaryForms(credentials(home, environment));
        List<String> found = new ArrayList<>();
        List<ProcessHandle> children = ProcessHandle.of(pid)
                .map(parent -> parent.descendants().toList())
                .orElse(List.of());
        for (ProcessHandle child : children) {
            for (String file : List.of("environ", "cmdline")) {
                String form = inFile(wanted, Path.of("/proc", Long.toString(child.pid()), file));
                if (form != null) {
                    found.add("the " + file + " of a child holds a credential: " + form);
                }
            }
        }
        fail(found);
    }

    private static void fail(List<String> found) {
        if (!found.isEmpty()) {
            throw new AssertionError(String.join("\n", found));
        }
    }

    /// Of a home: those of its `.env` and of its mesh's environment.
    private static Set<String> credentials(Path home, Map<String, String> environment) {
        Set<String> credentials = new TreeSet<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX)) {
                credentials.add(value.strip());
            }
        });
        Path file = home.resolve(THEIR_PLACE);
        if (Files.exists(file)) {
            try {
                Files.readAllLines(file).stream()
                        .filter(line -> line.startsWith(PREFIX) && line.contains("="))
                        .map(line -> line.substring(line.indexOf('=') + 1).strip())
                        .forEach(credentials::add);
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return credentials;
    }

    /// Of those that are there now: what an agent that is just dying takes away is no longer left behind.
    private static List<Path> files(Path home) {
        List<Path> files = new ArrayList<>();
        try {
            var _ = Files.walkFileTree(home, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (attributes.isRegularFile()) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
                    if (failed instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failed;
                }
            });
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return files;
    }

    private static @Nullable String inFile(CanaryForms wanted, Path file) {
        CanaryForms.Reading reading = wanted.new Reading();
        byte[] piece = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            String found = null;
            for (int read = in.read(piece); read >= 0 && found == null; read = in.read(piece)) {
                found = reading.find(piece, 0, read);
            }
            return found;
        } catch (NoSuchFileException goneMeanwhile) {
            return null;
        } catch (AccessDeniedException closed) {
            throw new AssertionError("unread: " + file, closed);
        } catch (IOException gone) {
            if (file.startsWith("/proc")) {
                return null; // its process has ended
            }
            throw new UncheckedIOException(gone);
        }
    }
}
