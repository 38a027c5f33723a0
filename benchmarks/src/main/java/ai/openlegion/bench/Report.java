package ai.openlegion.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Gathers what was measured and writes it down as Markdown: machine, versions, the table of promises, every spread.
final class Report {
    private final Path root;
    private final boolean quick;
    private final List<Row> rows = new ArrayList<>();
    private final List<Rounds> rounds = new ArrayList<>();
    private final String load = load();
    private final Instant start = Instant.now();
    private final StringBuilder lines = new StringBuilder();
    private final String madeBy;
    private String jvmOptions = "";
    private String memory = "";

    Report(Path root, boolean quick, String madeBy) {
        this.madeBy = madeBy;
        this.root = root;
        this.quick = quick;
    }

    void row(Row row) {
        rows.add(row);
    }

    /// Text that stands after the tables, as it is.
    void line(String markdown) {
        lines.append(markdown);
    }

    void rounds(Rounds measured) {
        rounds.add(measured);
    }

    /// Remembers what the measured JVMs were started with.
    void jvmOptions(List<String> options) {
        jvmOptions = options.stream()
                .filter(option -> !option.startsWith("-Dopenlegion."))
                .collect(Collectors.joining(" "));
    }

    /// Remembers the mesh's memory after everything.
    void mesh(long pid) {
        memory = "The mesh's resident memory after the run: " + Cpu.residentMebibytes(pid) + " MiB.\n";
    }

    String text() throws IOException {
        var text = new StringBuilder("# Benchmarks, ");
        text.append(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").format(start.atOffset(ZoneOffset.UTC)));
        text.append(quick ? " (quick: rough figures)\n\n" : "\n\n");
        text.append("Made by `" + madeBy).append(quick ? " --quick" : "").append("`; how, and how to read it:");
        text.append(
                " `benchmarks/README.md`. Figures are medians with (least–greatest) over the rounds; a ratio is taken");
        text.append(" within a round.\n\n");
        machine(text);
        if (!rows.isEmpty()) {
            text.append("\n| id | measure | target | moonshot | measured | |\n|---|---|---|---|---|---|\n");
            rows.forEach(row -> text.append("| ")
                    .append(String.join(
                            " | ",
                            row.id(),
                            row.measure(),
                            row.target(),
                            row.moonshot(),
                            row.measured(),
                            row.verdict().text()))
                    .append(" |\n"));
        }
        for (var measured : rounds) {
            table(text, measured);
        }
        return text.append('\n').append(lines).append('\n').append(memory).toString();
    }

    private void machine(StringBuilder text) throws IOException {
        text.append("- machine: ").append(field("/proc/cpuinfo", "model name")).append(", ");
        text.append(Runtime.getRuntime().availableProcessors()).append(" cores, ");
        text.append(Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / (1 << 20));
        text.append(" GiB; Linux ").append(System.getProperty("os.version"));
        text.append("; load average before the run ")
                .append(load)
                .append(", after it ")
                .append(load())
                .append('\n');
        text.append("- versions: commit ")
                .append(said("git", "-C", root.toString(), "describe", "--always", "--dirty"));
        text.append("; JDK ").append(System.getProperty("java.runtime.version"));
        text.append("; Vert.x ").append(Vertx.class.getPackage().getImplementationVersion());
        text.append("; ").append(said("nginx", "-v").replace("nginx version: ", ""));
        text.append("; ").append(said("wrk", "-v").replaceAll("\\[.*", "").strip());
        text.append("; node ")
                .append(said("node", "--version"))
                .append("; Portkey ")
                .append(portkey())
                .append('\n');
        text.append("- mesh and hop run with: `").append(jvmOptions).append("`\n");
    }

    private void table(StringBuilder text, Rounds measured) {
        text.append("\n## ").append(measured.title()).append("\n\n");
        text.append("| | CPU/request, µs | requests/s | p50, µs | p99, µs | failed |\n|---|--:|--:|--:|--:|--:|\n");
        for (var peer : measured.peers()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %d |%n",
                    peer.name(),
                    measured.of(peer, Sample::cpuMicros).show(1),
                    measured.of(peer, Sample::perSecond).show(0),
                    measured.of(peer, Sample::p50).show(0),
                    measured.of(peer, Sample::p99).show(0),
                    measured.errors(peer)));
        }
    }

    private String portkey() throws IOException {
        Path file = root.resolve("benchmarks/target/portkey/node_modules/@portkey-ai/gateway/package.json");
        return Files.exists(file) ? field(file.toString(), "  \"version\"").replaceAll("[\",]", "") : "absent";
    }

    private static String load() {
        try {
            return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String field(String file, String name) throws IOException {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        }
    }

    private static String said(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return output.lines().findFirst().orElse("").strip();
    }
}
