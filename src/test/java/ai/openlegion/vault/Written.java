package ai.openlegion.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;

/// The ways in which a test writes a credential into a text, made with the JDK's own encoders around it.
public enum Written {
    AS_IT_IS,
    BASE64,
    BASE64_URL,
    BASE64_AFTER_ONE,
    BASE64_AFTER_TWO,
    BASE64_URL_AFTER_ONE,
    BASE64_URL_AFTER_TWO,
    URL,
    URL_LOWER_CASE,
    URL_SPACES_AS_ESCAPES,
    URL_PATH,
    HEX,
    HEX_UPPER_CASE;

    /// The value written so, alone or amid what its encoding takes in as well.
    public String of(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        return switch (this) {
            case AS_IT_IS -> value;
            case BASE64 -> Base64.getEncoder().encodeToString(bytes);
            case BASE64_URL -> Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            case BASE64_AFTER_ONE -> Base64.getEncoder().encodeToString((":" + value + "\n").getBytes(UTF_8));
            case BASE64_AFTER_TWO -> Base64.getEncoder().encodeToString(("u:" + value + "xyz").getBytes(UTF_8));
            case BASE64_URL_AFTER_ONE -> Base64.getUrlEncoder().encodeToString(("user" + value).getBytes(UTF_8));
            case BASE64_URL_AFTER_TWO ->
                Base64.getUrlEncoder().encodeToString(("user:" + value + "~~").getBytes(UTF_8));
            case URL -> URLEncoder.encode(value, UTF_8);
            case URL_LOWER_CASE -> lowerCaseEscapes(URLEncoder.encode(value, UTF_8));
            case URL_SPACES_AS_ESCAPES -> URLEncoder.encode(value, UTF_8).replace("+", "%20");
            case URL_PATH -> path(value);
            case HEX -> HexFormat.of().formatHex(bytes);
            case HEX_UPPER_CASE -> HexFormat.of().formatHex(bytes).toUpperCase(Locale.ROOT);
        };
    }

    private static String path(String value) {
        try {
            return new URI(null, null, "/x" + value, null).toASCIIString();
        } catch (URISyntaxException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }

    private static String lowerCaseEscapes(String text) {
        var lower = new StringBuilder(text);
        for (int at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
            lower.replace(at, at + 3, text.substring(at, at + 3).toLowerCase(Locale.ROOT));
        }
        return lower.toString();
    }

    /// The text as the inside of a JSON string, with as many further escapes as chance wants.
    public static String json(String text, Random random, int escapesInTen) {
        var json = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean chosen = random.nextInt(10) < escapesInTen;
            if (c == '"' || c == '\\' || (c == '/' && chosen && random.nextBoolean())) {
                json.append('\\').append(c);
            } else if (c < ' ' || chosen) {
                String digits = String.format("%04x", (int) c);
                json.append("\\u").append(random.nextBoolean() ? digits : digits.toUpperCase(Locale.ROOT));
            } else {
                json.append(c);
            }
        }
        return json.toString();
    }

    /// A value of this length, of the alphabets that vendors use and, now and then, of all that a header can carry.
    public static String value(Random random, int length) {
        String alphabet = switch (random.nextInt(4)) {
            case 0 -> "0123456789abcdef";
            case 1 -> "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            case 2 -> "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
            default -> "abcXYZ019 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00fc"; // open: any other number
        };
        String prefix = length > 20 && random.nextInt(3) == 0 ? "sk-proj-" : "";
        var value = new StringBuilder(prefix);
        while (value.length() < length) {
            value.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        // spaces at an end would be stripped when it is loaded
        return value.toString().replaceAll("^ | $", "x");
    }
}
