package ai.openlegion.vault;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// The forms in which credentials could stand in a text, and their removal.
final class Redaction {

    /// Shorter values would strike ordinary words out of error texts.
    private static final int SHORTEST = 8;

    private final List<String> needles;

    Redaction(Collection<Secret> secrets) {
        Set<String> forms = new TreeSet<>();
        for (Secret secret : secrets) {
            String value = secret.reveal();
            if (value.length() >= SHORTEST) {
                addForms(value, forms);
            }
        }
        needles = forms.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    String apply(String text) {
        String clean = text;
        for (String needle : needles) {
            clean = clean.replace(needle, "***");
        }
        return clean;
    }

    private static void addForms(String value, Set<String> forms) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        forms.add(value);
        forms.add(value.replace("\\", "\\\\").replace("\"", "\\\""));
        forms.add(value.replace("/", "\\/"));
        String url = URLEncoder.encode(value, StandardCharsets.UTF_8);
        for (String form : List.of(url, url.replace("+", "%20"))) {
            forms.add(form);
            forms.add(lowerCaseEscapes(form));
        }
        String hex = HexFormat.of().formatHex(bytes);
        forms.add(hex);
        forms.add(hex.toUpperCase(Locale.ROOT));
        for (int before = 0; before < 3; before++) {
            String core = base64Core(bytes, before);
            forms.add(core);
            forms.add(core.replace('+', '-').replace('/', '_'));
        }
        String whole = Base64.getEncoder().encodeToString(bytes);
        forms.add(whole);
        forms.add(whole.replace('+', '-').replace('/', '_'));
        forms.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
        forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /// The characters that the value alone decides when it is encoded after some other bytes, as in `user:value`.
    private static String base64Core(byte[] bytes, int before) {
        byte[] shifted = new byte[before + bytes.length];
        System.arraycopy(bytes, 0, shifted, before, bytes.length);
        String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
        int first = (before * 8 + 5) / 6;
        int last = shifted.length * 8 / 6;
        return encoded.substring(first, last);
    }

    private static String lowerCaseEscapes(String form) {
        StringBuilder lower = new StringBuilder(form);
        for (int at = form.indexOf('%'); at >= 0; at = form.indexOf('%', at + 1)) {
            lower.setCharAt(at + 1, Character.toLowerCase(form.charAt(at + 1)));
            lower.setCharAt(at + 2, Character.toLowerCase(form.charAt(at + 2)));
        }
        return lower.toString();
    }
}
