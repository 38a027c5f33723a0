package ai.openlegion.fuzz;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/// A run of fuzzed cases: a fixed number with a fixed seed, or as many as fit into `-Dopenlegion.fuzz.seconds` with a
/// seed of its own. A failing case says its seed and its input; with `-Dopenlegion.fuzz.seed` set to it, it comes
/// first.
public final class Fuzz {

    private static final long SEED = 20_261_122L;
    private static final int SHOWN_BYTES = 4000;

    private final String name;
    private final Random random = new Random(0);
    private byte[] input = {};

    private Fuzz(String name) {
        this.name = name;
    }

    /// One case: makes its input by the random numbers, notes it, and throws where something is wrong.
    public interface Case {
        void run(Fuzz fuzz, Random random) throws Exception;
    }

    /// Runs so many cases, or for as long as the property says.
    ///
    /// @return how many there were
    public static int run(String name, int cases, Case each) {
        Long seconds = Long.getLong("openlegion.fuzz.seconds");
        Long given = Long.getLong("openlegion.fuzz.seed");
        long seed = given != null ? given : seconds == null ? SEED : new Random().nextLong();
        long end = seconds == null
                ? 0
                : System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        var fuzz = new Fuzz(name);
        int done = 0;
        while (seconds == null ? done < cases : System.nanoTime() < end) {
            fuzz.one(each, done == 0 ? seed : mixed(seed + done));
            done++;
        }
        return done;
    }

    private void one(Case each, long seed) {
        random.setSeed(seed);
        input = new byte[0];
        try {
            each.run(this, random);
        } catch (Exception | AssertionError | StackOverflowError failed) {
            throw new AssertionError(
                    "fuzz " + name + ": again with -Dopenlegion.fuzz.seed=" + seed + "; its input of " + input.length
                            + " bytes was " + shown(input) + "\nbase64 "
                            + Base64.getEncoder()
                                    .encodeToString(Arrays.copyOf(input, Math.min(input.length, SHOWN_BYTES))),
                    failed);
        }
    }

    /* SplitMix64, so that neighbouring seeds have nothing in common. */
    private static long mixed(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /// Notes what is about to be read, for the message of a failure.
    @CanIgnoreReturnValue
    public byte[] input(byte[] bytes) {
        input = bytes;
        return bytes;
    }

    /// Notes what is about to be read, for the message of a failure.
    @CanIgnoreReturnValue
    public String input(String text) {
        input = text.getBytes(StandardCharsets.UTF_8);
        return text;
    }

    private static String shown(byte[] bytes) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(bytes.length, SHOWN_BYTES / 4); i++) {
            int octet = bytes[i] & 0xff;
            shown.append(
                    octet >= 0x20 && octet < 0x7f ? String.valueOf((char) octet) : String.format("\\x%02x", octet));
        }
        return shown.toString();
    }

    /// One of these.
    public static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /// The text with a few changes of bytes: flipped, dropped, doubled, put in, cut off, or taken from a dictionary.
    public static byte[] mutated(Random random, byte[] bytes, List<String> dictionary) {
        byte[] now = bytes;
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(now.length + 1);
            int to = Math.min(now.length, at + random.nextInt(1 + random.nextInt(24)));
            now = switch (random.nextInt(8)) {
                case 0 -> joined(now, 0, at, new byte[] {(byte) random.nextInt(256)}, Math.min(now.length, at + 1));
                case 1 -> joined(now, 0, at, new byte[0], to);
                case 2 -> joined(now, 0, to, new byte[0], at);
                case 3 -> joined(now, 0, at, new byte[] {(byte) random.nextInt(256)}, at);
                case 4 -> random.nextInt(4) == 0 ? Arrays.copyOf(now, at) : now;
                case 5 ->
                    joined(now, 0, at, new byte[] {(byte) (random.nextInt(96) + 32)}, Math.min(now.length, at + 1));
                default -> // open: a word that means something
                    joined(
                            now,
                            0,
                            at,
                            pick(random, dictionary).getBytes(StandardCharsets.UTF_8),
                            random.nextBoolean() ? at : to);
            };
        }
        return now;
    }

    private static byte[] joined(byte[] bytes, int from, int to, byte[] middle, int rest) {
        byte[] joined = new byte[to - from + middle.length + bytes.length - rest];
        System.arraycopy(bytes, from, joined, 0, to - from);
        System.arraycopy(middle, 0, joined, to - from, middle.length);
        System.arraycopy(bytes, rest, joined, to - from + middle.length, bytes.length - rest);
        return joined;
    }
}
