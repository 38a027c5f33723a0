package ai.openlegion.vault;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The ways in which a credential is written where it stands in some other text: as it is, in URLs, in hex, in base64.
final class LeakForms {

    /// The shortest value looked for; shorter ones would be found by chance.
    static final int SHORTEST = 12;

    /// So many characters of a value tell something about it; were less of one held back, honest streams would stutter.
    static final int TELLING = 4;

    /// Of a longer form, in bytes, so many are looked for: where these stand, the value is out.
    private static final int LONGEST = 256;

    /// The same of agents' values: there may be many, and their owners choose them so that they cost most.
    private static final int LONGEST_OF_AGENTS = 64;

    /// What the usual encoders leave as it is besides letters and digits.
    private static final List<String> URL_MARKS = List.of(
            "-._~", // RFC 3986, unreserved
            "-._*", // Java's URLEncoder, and HTML forms
            "-._~/", // Python
            "-._~!'()*", // JavaScript, encodeURIComponent
            "-._~!'()*;,/?:@&=+$#", // JavaScript, encodeURI
            "-._~!'()*;,/:@&=+$"); // a path as Java's URI has it

    /// One way to write a value.
    ///
    /// @param bytes what is looked for, UTF-8
    /// @param telling how many of these give away [#TELLING] characters of the value
    record Form(byte[] bytes, int telling) {}

    private LeakForms() {}

    /// All forms of the values of so many characters or more, each once.
    static List<Form> of(Collection<Secret> operators, Collection<Secret> agents, int shortest) {
        // by its bytes, a character each: those that only differ behind what is looked for are one
        Map<String, Integer> tellingOf = new TreeMap<>();
        add(operators, shortest, LONGEST, tellingOf);
        add(agents, shortest, LONGEST_OF_AGENTS, tellingOf);
        return tellingOf.entrySet().stream()
                .map(form -> new Form(form.getKey().getBytes(StandardCharsets.ISO_8859_1), form.getValue()))
                .toList();
    }

    private static void add(Collection<Secret> secrets, int shortest, int longest, Map<String, Integer> tellingOf) {
        for (Secret secret : secrets) {
            String all = secret.reveal();
            if (all.length() >= shortest) {
                String value = beginning(all, longest);
                for (String form : of(value)) {
                    int telling = (TELLING * form.length() + value.length() - 1) / value.length();
                    tellingOf.merge(bytes(form, longest), telling, Math::min);
                }
            }
        }
    }

    /// As much of a value as fits its shortest form.
    private static String beginning(String value, int longest) {
        if (value.length() <= longest) {
            return value;
        }
        int end = Character.isHighSurrogate(value.charAt(longest - 1)) ? longest - 1 : longest;
        return value.substring(0, end);
    }

    private static String bytes(String form, int longest) {
        byte[] all = form.getBytes(StandardCharsets.UTF_8);
        return new String(all, 0, Math.min(all.length, longest), StandardCharsets.ISO_8859_1);
    }

    /// The forms of one value. Of base64 those characters that the value alone decides: they stand in the base64 of any
    /// text around it.
    static Set<String> of(String value) {
        Set<String> forms = new LinkedHashSet<>();
        forms.add(value);
        addUrl(value, forms);
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        String hex = HexFormat.of().formatHex(bytes);
        forms.add(hex);
        forms.add(hex.toUpperCase(Locale.ROOT));
        for (int before = 0; before < 3; before++) {
            String core = base64Core(bytes, before);
            forms.add(core);
            forms.add(core.replace('+', '-').replace('/', '_'));
        }
        return forms;
    }

    private static void addUrl(String value, Set<String> forms) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        for (String marks : URL_MARKS) {
            for (String digits : List.of("0123456789ABCDEF", "0123456789abcdef")) {
                String form = percentEncoded(bytes, marks, digits);
                forms.add(form);
                forms.add(form.replace("%20", "+"));
            }
        }
    }

    private static String percentEncoded(byte[] bytes, String marks, String digits) {
        var form = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || marks.indexOf(c) >= 0)) {
                form.append(c);
            } else {
                form.append('%').append(digits.charAt(c >> 4)).append(digits.charAt(c & 0xf));
            }
        }
        return form.toString();
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
}
