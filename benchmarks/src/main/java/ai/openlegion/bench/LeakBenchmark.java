package ai.openlegion.bench;

import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The search for credentials in what leaves, by how many there are: the time a byte of honest text takes.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LeakBenchmark {
    private static final int BYTES = 16 * 1024;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final String WORDS =
            "The mesh is the only way out, so what an agent may spend is decided where the money leaves; see note 17. ";

    /// How many credentials the vault holds: 48 characters each, half of them with a vendor's prefix.
    @Param({"1", "5", "20"})
    public int keys = 1;

    /// What is read: `text` in English, or `base64` and `hex` of random bytes.
    @Param({"text", "base64", "hex"})
    public String kind = "text";

    private byte[] bytes = {};
    private Vault vault = Vault.of(Map.of());

    /// Fills the vault and makes the text, always the same.
    @Setup
    public void prepare() {
        var random = new Random(20261122);
        var secrets = new HashMap<String, Secret>();
        for (int i = 0; i < keys; i++) {
            secrets.put("key" + i, Secret.of((i % 2 == 0 ? "sk-proj-" : "") + letters(random, i % 2 == 0 ? 40 : 48)));
        }
        vault = Vault.of(secrets);
        String text = switch (kind) {
            case "text" -> WORDS.repeat(BYTES / WORDS.length() + 1);
            case "base64" -> letters(random, BYTES);
            case "hex" -> digits(random, BYTES);
            default -> throw new IllegalStateException(kind); // open: a parameter
        };
        bytes = text.substring(0, BYTES).getBytes(StandardCharsets.US_ASCII);
    }

    /// Whole answers and the bytes of a stream that leave together.
    @Benchmark
    @OperationsPerInvocation(BYTES)
    public boolean search() {
        return vault.leaks(bytes, 0, bytes.length);
    }

    /// What a model says, delta by delta of eight bytes.
    @Benchmark
    @OperationsPerInvocation(BYTES)
    public int watch() {
        var watch = vault.watch();
        int found = 0;
        for (int at = 0; at < bytes.length; at += 8) {
            found += watch.completes(bytes, at, at + 8) ? 1 : watch.pending();
        }
        return found;
    }

    /// What a service answers, chunk by chunk.
    @Benchmark
    @OperationsPerInvocation(BYTES)
    public int byteWatch() {
        var watch = vault.scan().byteWatch();
        int found = 0;
        for (int at = 0; at < bytes.length; at += 1024) {
            found += watch.completes(bytes, at, at + 1024) ? 1 : watch.pending();
        }
        return found;
    }

    private static String letters(Random random, int count) {
        var text = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }

    private static String digits(Random random, int count) {
        var text = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            text.append(Character.forDigit(random.nextInt(16), 16));
        }
        return text.toString();
    }
}
