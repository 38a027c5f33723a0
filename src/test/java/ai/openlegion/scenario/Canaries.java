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
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The watch over the credentials of the tests' meshes: whenever a mesh ends, none of them may stand in its home, in
/// the environments of its children, or in anything that a test's client has received, in any form.
public final class Canaries {

    private static final String ENV_FILE = ".env";
    private static final String KEY_FILE = "data/vault.key";

    /// The files of a home where credentials and master keys belong; the last is what a crash leaves of a rotation.
    private static final Set<String> THEIR_PLACES = Set.of(ENV_FILE, KEY_FILE, KEY_FILE + ".new");

    private static final String PREFIX = "OPENLEGION_CRED_";
    private static final Set<String> KEY_VARIABLES = Set.of("OPENLEGION_VAULT_KEY", "OPENLEGION_VAULT_KEY_OLD");

    /// The mesh looks for no shorter value in what others say.
    private static final int SCANNED_CHARS = 12;

    /// Of a value, so much is looked for: the forms of the longest would take all of the tests' memory.
    private static final int MOST_CHARS = 64;

    /// Of a home, so many are looked for, the newest: some tests rotate for as long as they run.
    private static final int MOST_KEPT = 24;

    /// What was stored on a mesh while it ran, and the master keys that were seen there, by the mesh's home.
    private static final Map<Path, SequencedSet<String>> KEPT = new ConcurrentHashMap<>();

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

    /// From now on the value that the operator is about to store there is looked for in that home, in what its children
    /// are given, and in what clients receive.
    public static void operatorStores(Path home, @Nullable String value) {
        if (value != null) {
            if (value.length() >= SCANNED_CHARS) {
                watch(shortened(value));
            }
            keep(home, value);
        }
    }

    /// The same of an agent's value, but for what clients receive: to an agent that may not use it, it is a
    /// text like any other, which a service may say.
    static void agentStores(Path home, @Nullable String value) {
        if (value != null) {
            keep(home, value);
        }
    }

    /// From now on the master keys that are in the home's file now are looked for there, also when they were replaced.
    public static void noteKeys(Path home) {
        Path file = home.resolve(KEY_FILE);
        if (Files.exists(file)) {
            lines(file)
                    .map(String::strip)
                    .flatMap(line -> writings(line).stream())
                    .forEach(writing -> keep(home, writing));
        }
    }

    private static void keep(Path home, String value) {
        SequencedSet<String> kept = KEPT.computeIfAbsent(home, _ -> new LinkedHashSet<>());
        synchronized (kept) {
            if (kept.add(shortened(value)) && kept.size() > MOST_KEPT) {
                var _ = kept.removeFirst();
            }
        }
    }

    private static String shortened(String value) {
        return value.substring(0, Math.min(MOST_CHARS, value.length())).strip();
    }

    /* The 32 bytes of a master key in hex and base64, whichever of them was given; of anything else nothing. */
    private static Set<String> writings(String key) {
        if (!key.matches("[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?")) {
            return Set.of();
        }
        byte[] bytes = key.length() == 64
                ? HexFormat.of().parseHex(key)
                : Base64.getDecoder().decode(key.replace('-', '+').replace('_', '/'));
        String base64 = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        String hex = HexFormat.of().formatHex(bytes);
        return Set.of(
                hex,
                hex.toUpperCase(Locale.ROOT),
                base64,
                base64.replace('+', '-').replace('/', '_') + '=');
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
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
                boolean theirs = THEIR_PLACES.contains(home.relativize(file).toString());
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

    /// Of a home: those of its `.env`, of its mesh's environment and of its file of master keys, and what was stored.
    private static Set<String> credentials(Path home, Map<String, String> environment) {
        Set<String> credentials = new TreeSet<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX)) {
                credentials.add(value.strip());
            } else if (KEY_VARIABLES.contains(name)) {
                credentials.addAll(writings(value.strip()));
            }
        });
        Path file = home.resolve(ENV_FILE);
        if (Files.exists(file)) {
            lines(file)
                    .filter(line -> line.startsWith(PREFIX) && line.contains("="))
                    .map(line -> line.substring(line.indexOf('=') + 1).strip())
                    .forEach(credentials::add);
        }
        noteKeys(home);
        SequencedSet<String> kept = KEPT.getOrDefault(home, new LinkedHashSet<>());
        synchronized (kept) {
            credentials.addAll(kept);
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
