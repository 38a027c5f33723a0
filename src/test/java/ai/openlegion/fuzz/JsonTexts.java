package ai.openlegion.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/// JSON as nobody would write it, and what is nearly JSON.
final class JsonTexts {

    static final List<String> DICTIONARY = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "\\udc00\\ud800",
            "\\u006d",
            "null",
            "true",
            "false",
            "NaN",
            "Infinity",
            "-0",
            "-",
            "+1",
            "01",
            "1e",
            "1e400",
            "1E+2",
            "0.1e-7",
            ".5",
            "5.",
            "0x1",
            "\"model\":\"sim/small\"",
            "\"agent_id\":\"x\"",
            "\"a\":1,\"a\":2",
            "\"\\u0061\":1,",
            "//x\n",
            "/**/",
            "#",
            "'",
            "\ufeff",
            "\u2028",
            "\u0000",
            "\u0001",
            "\t",
            "\r\n",
            " ",
            "é",
            "😀",
            "[[[[",
            "{\"a\":{\"a\":");

    private static final List<String> NAMES = List.of(
            "a", "b", "model", "n", "stream", "", "é", "😀", "\\u0061", "\\\"", "max_tokens", "agent_id", "x y");

    private JsonTexts() {}

    /// A value, well-formed but for keys that may come twice and a depth that may be beyond any bound.
    static String value(Random random, int depth) {
        int kind = random.nextInt(depth <= 0 ? 6 : 9);
        return switch (kind) {
            case 0 -> Fuzz.pick(random, List.of("null", "true", "false"));
            case 1 -> number(random);
            case 2, 3, 4, 5 -> "\"" + inside(random) + "\"";
            case 6 -> {
                StringBuilder list = new StringBuilder("[");
                for (int i = random.nextInt(4); i >= 0; i--) {
                    list.append(space(random)).append(value(random, depth - 1)).append(i == 0 ? "" : ",");
                }
                yield list.append(space(random)).append(']').toString();
            }
            case 7 -> "[".repeat(random.nextInt(80)).transform(open -> open + "0" + "]".repeat(open.length()));
            default -> object(random, depth - 1); // open: nested
        };
    }

    static String object(Random random, int depth) {
        StringBuilder object = new StringBuilder("{");
        for (int i = random.nextInt(5); i > 0; i--) {
            object.append(object.length() == 1 ? "" : ",")
                    .append(space(random))
                    .append('"')
                    .append(random.nextInt(3) == 0 ? Fuzz.pick(random, NAMES) : "m" + random.nextInt(1000))
                    .append('"')
                    .append(space(random))
                    .append(':')
                    .append(space(random))
                    .append(value(random, depth));
        }
        return object.append(space(random)).append('}').toString();
    }

    private static String space(Random random) {
        return random.nextInt(5) > 0 ? "" : Fuzz.pick(random, List.of(" ", "\n", "\t", "\r\n", "  "));
    }

    private static String number(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Integer.toString(random.nextInt());
            case 1 -> Long.toString(random.nextLong());
            case 2 -> random.nextInt(100) + "." + random.nextInt(1000) + "0";
            case 3 -> "-" + random.nextInt(10) + "e" + (random.nextInt(800) - 400);
            case 4 -> "9".repeat(1 + random.nextInt(40));
            default -> "0"; // open: the least
        };
    }

    private static String inside(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(
                    switch (random.nextInt(8)) {
                        case 0 ->
                            Fuzz.pick(
                                    random,
                                    List.of("\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\u0000"));
                        case 1 -> "é€😀".substring(0, random.nextInt(2));
                        default -> String.valueOf((char) ('a' + random.nextInt(26))); // open: plain letters
                    });
        }
        return text.toString();
    }

    /// A text for a reader: sometimes whole, mostly with something wrong in it.
    static byte[] bytes(Random random, String wellFormed) {
        byte[] bytes = wellFormed.getBytes(StandardCharsets.UTF_8);
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> bytes;
            case 3 ->
                wellFormed.getBytes(Fuzz.pick(
                        random,
                        List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.ISO_8859_1)));
            default -> Fuzz.mutated(random, bytes, DICTIONARY); // open: damaged
        };
    }
}
