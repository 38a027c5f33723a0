package ai.openlegion.vault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// The search for a value in files and texts, in every encoding in which it could have got there; independent of the
/// search that the mesh itself does.
public final class Traces {

    private Traces() {}

    /// Where this value stands in a folder and what is below it: a sentence each, of which there should be none.
    public static List<String> of(String value, Path folder) {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                in(value, Files.readAllBytes(file)).forEach(form -> found.add(form + " in " + file));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return found;
    }

    /// Which forms of a value stand in a text.
    public static List<String> in(String value, String text) {
        return in(value, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> in(String value, byte[] bytes) {
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        return forms(value).stream().filter(all::contains).toList();
    }

    private static Set<String> forms(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        Set<String> forms = new LinkedHashSet<>();
        forms.add(new String(bytes, StandardCharsets.ISO_8859_1));
        String hex = HexFormat.of().formatHex(bytes);
        forms.add(hex);
        forms.add(hex.toUpperCase(Locale.ROOT));
        forms.add(URLEncoder.encode(value, StandardCharsets.UTF_8));
        // of each of the three places that a byte can have in base64, the characters that the value alone decides
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                String encoded = encoder.withoutPadding().encodeToString(shifted);
                forms.add(encoded.substring((before * 8 + 5) / 6, shifted.length * 8 / 6));
            }
        }
        return forms;
    }
}
