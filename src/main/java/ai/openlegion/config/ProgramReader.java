package ai.openlegion.config;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Resources;
import ai.openlegion.fleet.RuntimeKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The reading of what runs as an agent: `image`, `command`, `server` and `resources`.
final class ProgramReader {

    private static final Pattern BYTES = Pattern.compile("([1-9][0-9]{0,11})([kmgt]?)");
    private static final Pattern IMAGE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._/:@-]{0,254}");
    private static final int MOST_WORDS = 100;
    private static final int LONGEST_COMMAND = 32_768;
    private static final BigDecimal LEAST_CPUS = new BigDecimal("0.01");
    private static final BigDecimal MOST_CPUS = BigDecimal.valueOf(1_024);

    private final List<String> warnings;

    ProgramReader(List<String> warnings) {
        this.warnings = warnings;
    }

    Agent.Program read(Tree entry, RuntimeKind runtime) {
        String image = entry.text("image").orElse(null);
        if (image != null && !IMAGE.matcher(image).matches()) {
            entry.problem("image", "must be the name of an image, such as registry.example/agent:1.0");
        }
        List<String> command = command(entry);
        boolean hasServer = entry.flag("server", true);
        Resources resources = resources(entry.section("resources"));
        if (runtime == RuntimeKind.EXTERNAL) {
            for (String key : List.of("image", "command", "server")) {
                idle(entry, key, "the mesh does not start agents with runtime external");
            }
        } else if (runtime == RuntimeKind.PROCESS) {
            idle(entry, "image", "a process has none");
        }
        return new Agent.Program(image, command, resources, hasServer);
    }

    private void idle(Tree entry, String key, String reason) {
        if (entry.has(key)) {
            warnings.add(entry.remark(key, "has no effect: " + reason));
        }
    }

    private static List<String> command(Tree entry) {
        List<Tree.Text> words = entry.texts("command");
        if (words.size() > MOST_WORDS) {
            entry.problem("command", "must have at most " + MOST_WORDS + " words");
        } else if (words.stream().mapToInt(word -> word.value().length()).sum() > LONGEST_COMMAND) {
            entry.problem("command", "must have at most " + LONGEST_COMMAND + " characters");
        }
        for (Tree.Text word : words) {
            if (word.value().indexOf('\0') >= 0) {
                entry.problem(word, "must not hold a NUL");
            }
        }
        return words.stream().map(Tree.Text::value).toList();
    }

    private static Resources resources(Tree tree) {
        Resources usual = Resources.DEFAULTS;
        long memory = bytes(tree, "memory", usual.memoryBytes(), "16m", "64t");
        long disk = bytes(tree, "disk", usual.diskBytes(), "1m", "1024t");
        long cpus = tree.decimal("cpus", MOST_CPUS, 3)
                .filter(number -> {
                    boolean isEnough = number.compareTo(LEAST_CPUS) >= 0;
                    if (!isEnough) {
                        tree.problem("cpus", "must be at least " + LEAST_CPUS);
                    }
                    return isEnough;
                })
                .map(number -> number.movePointRight(3).longValueExact())
                .orElse(usual.milliCpus());
        int pids = tree.integer("pids", usual.pids(), 1, 4_194_304);
        tree.end();
        return new Resources(memory, cpus, pids, disk);
    }

    private static long bytes(Tree tree, String key, long absent, String least, String most) {
        return tree.text(key)
                .map(text -> {
                    Matcher amount = BYTES.matcher(text);
                    if (!amount.matches()) {
                        tree.problem(
                                key, "must be a number of bytes, or one with k, m, g or t behind it, such as 512m");
                        return absent;
                    }
                    BigInteger bytes = amount(amount);
                    if (bytes.compareTo(bound(least)) < 0 || bytes.compareTo(bound(most)) > 0) {
                        tree.problem(key, "must be from " + least + " to " + most);
                        return absent;
                    }
                    return bytes.longValueExact();
                })
                .orElse(absent);
    }

    private static BigInteger bound(String text) {
        Matcher amount = BYTES.matcher(text);
        if (!amount.matches()) {
            throw new IllegalArgumentException(text);
        }
        return amount(amount);
    }

    /* Thousands are 1024, as everywhere with memory. */
    private static BigInteger amount(Matcher amount) {
        return new BigInteger(amount.group(1))
                .shiftLeft(10
                        * (1 + "kmgt".indexOf(amount.group(2)))
                        * amount.group(2).length());
    }
}
