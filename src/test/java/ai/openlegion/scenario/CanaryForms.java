package ai.openlegion.scenario;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every form in which a credential could show, found in bytes that come in pieces however they are cut.
///
/// Written without a look at the mesh's own search, which it is there to judge.
final class CanaryForms {

    /// Shorter values would be found by chance.
    static final int SHORTEST = 8;

    private static final int OCTETS = 256;

    private final List<int[]> next = new ArrayList<>();
    private final List<@Nullable String> names = new ArrayList<>();

    CanaryForms(Collection<String> credentials) {
        grow();
        for (String credential : credentials) {
            if (credential.length() >= SHORTEST) {
                of(credential).forEach(this::add);
            }
        }
        link();
    }

    /// A credential's forms by their names.
    static Map<String, String> of(String credential) {
        Map<String, String> forms = new LinkedHashMap<>();
        byte[] bytes = credential.getBytes(StandardCharsets.UTF_8);
        forms.put("raw", credential);
        String json = credential.replace("\\", "\\\\").replace("\"", "\\\"");
        if (!json.equals(credential)) {
            forms.put("JSON", json);
        }
        for (int shift = 0; shift < 3; shift++) {
            String core = base64(bytes, shift);
            forms.put("base64, shifted by " + shift, core);
            String url = core.replace('+', '-').replace('/', '_');
            if (!url.equals(core)) {
                forms.put("base64 for URLs, shifted by " + shift, url);
            }
        }
        StringBuilder some = new StringBuilder();
        StringBuilder all = new StringBuilder();
        for (byte octet : bytes) {
            char c = (char) (octet & 0xff);
            String escape = String.format(Locale.ROOT, "%%%02X", (int) c);
            boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || "-_.~".indexOf(c) >= 0);
            some.append(plain ? String.valueOf(c) : escape);
            all.append(escape);
        }
        if (!some.toString().equals(credential)) {
            forms.put("URL", some.toString());
            forms.put("URL, lower case", lowerEscapes(some.toString()));
        }
        forms.put("URL, all escaped", all.toString());
        forms.put("URL, all escaped, lower case", all.toString().toLowerCase(Locale.ROOT));
        String hex = HexFormat.of().formatHex(bytes);
        forms.put("hex", hex);
        forms.put("hex, upper case", hex.toUpperCase(Locale.ROOT));
        return forms;
    }

    /// What the credential alone decides of its base64 behind so many other octets.
    private static String base64(byte[] bytes, int shift) {
        byte[] shifted = new byte[shift + bytes.length];
        System.arraycopy(bytes, 0, shifted, shift, bytes.length);
        String text = Base64.getEncoder().withoutPadding().encodeToString(shifted);
        int from = shift == 0 ? 0 : shift + 1;
        return text.substring(from, shifted.length * 8 / 6);
    }

    private static String lowerEscapes(String url) {
        StringBuilder lower = new StringBuilder(url);
        for (int at = url.indexOf('%'); at >= 0; at = url.indexOf('%', at + 1)) {
            lower.replace(at + 1, at + 3, url.substring(at + 1, at + 3).toLowerCase(Locale.ROOT));
        }
        return lower.toString();
    }

    private int grow() {
        int[] row = new int[OCTETS];
        Arrays.fill(row, -1);
        next.add(row);
        names.add(null);
        return next.size() - 1;
    }

    private void add(String name, String form) {
        int state = 0;
        for (byte octet : form.getBytes(StandardCharsets.UTF_8)) {
            int[] row = next.get(state);
            if (row[octet & 0xff] < 0) {
                row[octet & 0xff] = grow();
            }
            state = row[octet & 0xff];
        }
        names.set(state, name);
    }

    /* Aho and Corasick: where no form goes on, the longest ending that begins one does. */
    private void link() {
        int[] falls = new int[next.size()];
        ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(0));
        while (!queue.isEmpty()) {
            int state = queue.removeFirst();
            int[] row = next.get(state);
            int[] fallen = next.get(falls[state]);
            if (names.get(state) == null) {
                names.set(state, names.get(falls[state]));
            }
            for (int octet = 0; octet < OCTETS; octet++) {
                int fall = state == 0 ? 0 : fallen[octet];
                if (row[octet] < 0) {
                    row[octet] = fall;
                } else {
                    falls[row[octet]] = fall;
                    queue.addLast(row[octet]);
                }
            }
        }
    }

    /// The name of the first form that stands in these bytes; null where none does.
    @Nullable
    String find(byte[] bytes) {
        return new Reading().find(bytes, 0, bytes.length);
    }

    /// One run of bytes that comes in pieces.
    final class Reading {

        private int state;

        /// The name of the first form that these bytes complete; null where they complete none.
        @Nullable
        String find(byte[] bytes, int from, int to) {
            String found = null;
            for (int at = from; at < to; at++) {
                state = next.get(state)[bytes[at] & 0xff];
                if (found == null) {
                    found = names.get(state);
                }
            }
            return found;
        }
    }
}
