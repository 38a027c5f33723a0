package ai.openlegion.vault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// The content of a `.env` file: its variables, and what is wrong with its lines.
///
/// @param values every well-formed `KEY=value` line, in order, quotes taken off, nothing expanded
/// @param flaws what is wrong, in file order; a flaw never repeats a value
/// @param warnings what works but should be mended, such as a file that others may read
public record DotEnv(Map<String, String> values, List<Flaw> flaws, List<String> warnings) {

    private static final Pattern KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /// A file of credentials is a few lines; this bounds a mistake.
    private static final int LARGEST_BYTES = 1 << 20;

    /// Something wrong with one line.
    ///
    /// @param line counted from 1
    public record Flaw(int line, String message) {}

    public DotEnv {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        flaws = List.copyOf(flaws);
        warnings = List.copyOf(warnings);
    }

    /// Reads a file; an absent one is empty.
    ///
    /// @throws IOException when the file exists and cannot be read
    public static DotEnv read(Path file) throws IOException {
        try {
            if (Files.size(file) > LARGEST_BYTES) {
                return new DotEnv(
                        Map.of(),
                        List.of(new Flaw(1, "the file is larger than " + LARGEST_BYTES + " bytes")),
                        List.of());
            }
            return parse(Files.readAllBytes(file), shared(file));
        } catch (NoSuchFileException absent) {
            return new DotEnv(Map.of(), List.of(), List.of());
        }
    }

    private static DotEnv parse(byte[] bytes, List<String> warnings) {
        Map<String, String> values = new LinkedHashMap<>();
        List<Flaw> flaws = new ArrayList<>();
        int number = 0;
        int start = 0;
        while (start < bytes.length) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            number++;
            try {
                parseLine(
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(bytes, start, end - start))
                                .toString()
                                .strip(),
                        number,
                        values,
                        flaws);
            } catch (CharacterCodingException invalid) {
                flaws.add(new Flaw(number, "is not valid UTF-8"));
            }
            start = end + 1;
        }
        return new DotEnv(values, flaws, warnings);
    }

    private static void parseLine(String line, int number, Map<String, String> values, List<Flaw> flaws) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        int equals = line.indexOf('=');
        String key = equals < 0 ? "" : line.substring(0, equals).strip();
        if (!KEY.matcher(key).matches()) {
            flaws.add(new Flaw(number, "must be KEY=value, with letters, digits and _ in the key"));
            return;
        }
        String value = line.substring(equals + 1).strip();
        if (value.startsWith("\"") || value.startsWith("'")) {
            int close = value.indexOf(value.charAt(0), 1);
            if (close != value.length() - 1) {
                flaws.add(
                        new Flaw(number, key + ": the value must end with the quote that opens it, and hold no other"));
                return;
            }
            value = value.substring(1, close);
        }
        if (values.putIfAbsent(key, value) != null) {
            flaws.add(new Flaw(number, key + " is set twice"));
        }
    }

    private static List<String> shared(Path file) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        return mode.contains(PosixFilePermission.GROUP_READ) || mode.contains(PosixFilePermission.OTHERS_READ)
                ? List.of(file + " may be read by others: run chmod 600 on it")
                : List.of();
    }
}
