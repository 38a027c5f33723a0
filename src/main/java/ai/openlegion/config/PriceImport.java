package ai.openlegion.config;

import ai.openlegion.catalogue.Model;
import ai.openlegion.config.LiteLlmEntry.Priced;
import ai.openlegion.config.LiteLlmEntry.Skipped;
import ai.openlegion.config.Node.Fields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Prices out of a file in LiteLLM's format, on their way into a home's `config/models.imported.yaml`.
///
/// Nothing is written before the whole file is read, and then at once. What is shipped at the same price is not
/// written; a price of the home's own `mesh.yaml` stays above an imported one.
public final class PriceImport {

    private final Home home;
    private final Path file;
    private final String text;
    private final List<Change> added;
    private final List<Change> changed;
    private final List<Change> removed;
    private final int unchanged;
    private final List<Left> skipped;
    private final List<String> overruled;

    private PriceImport(Home home, Path file, Sorted sorted, List<Left> skipped) {
        this.home = home;
        this.file = file;
        this.text = sorted.text.toString();
        this.added = List.copyOf(sorted.added);
        this.changed = List.copyOf(sorted.changed);
        this.removed = List.copyOf(sorted.removed);
        this.unchanged = sorted.unchanged;
        this.skipped = List.copyOf(skipped);
        this.overruled = List.copyOf(sorted.overruled);
    }

    /// A model whose price the import brings, changes or takes away; a price that is not there is empty.
    public record Change(String id, String before, String after) {}

    /// An entry that is left out, by its name in the file.
    public record Left(String name, String reason) {}

    /// Reads a price file and compares it with what the home has now; changes nothing on disk.
    ///
    /// @param problems told what makes the file, or the home's own prices, unreadable
    /// @return nothing when there is a problem
    public static Optional<PriceImport> read(Home home, Path file, Problems problems) {
        ConfigFiles files = new ConfigFiles(home, problems);
        CatalogueReader now = new CatalogueReader(files, new ArrayList<>());
        Optional<Tree> mesh = files.own("mesh.yaml").flatMap(source -> Tree.yaml(source, problems));
        Optional<Fields> entries = entries(file, problems);
        if (mesh.isEmpty() || entries.isEmpty()) {
            return Optional.empty();
        }
        // what an earlier import got wrong is about to be replaced
        var _ = now.read(mesh.get(), new Problems(), _ -> {});
        if (problems.any()) {
            return Optional.empty();
        }
        Map<String, Priced> priced = new LinkedHashMap<>();
        List<Left> skipped = new ArrayList<>();
        entries.get().fields().forEach((name, entry) -> {
            if (name.equals("sample_spec")) {
                return;
            }
            switch (LiteLlmEntry.read(name, entry.value(), now.providers())) {
                case Priced one ->
                    priced.merge(one.id(), one, (a, b) -> a.weight().compareTo(b.weight()) >= 0 ? a : b);
                case Skipped one -> skipped.add(new Left(Tree.shown(one.name()), one.reason()));
            }
        });
        Sorted sorted = new Sorted(now);
        sorted.sort(priced, problems);
        return problems.any() ? Optional.empty() : Optional.of(new PriceImport(home, file, sorted, skipped));
    }

    private static Optional<Fields> entries(Path file, Problems problems) {
        String name = file.toString();
        Optional<Source> source = Source.read(name, file, problems);
        if (source.isPresent() && source.get().isAbsent()) {
            problems.add(name, 0, "", "is missing");
            return Optional.empty();
        }
        Optional<Node> root = source.flatMap(read -> JsonReader.read(read, problems));
        if (root.isPresent() && !(root.get() instanceof Fields)) {
            problems.add(name, root.get().line(), "", "must be an object of model names to their prices");
            return Optional.empty();
        }
        return root.map(Fields.class::cast);
    }

    /// The priced entries by what they change.
    private static final class Sorted {
        private final CatalogueReader now;
        private final StringBuilder text = new StringBuilder();
        private final List<Change> added = new ArrayList<>();
        private final List<Change> changed = new ArrayList<>();
        private final List<Change> removed = new ArrayList<>();
        private final List<String> overruled = new ArrayList<>();
        private int unchanged;

        Sorted(CatalogueReader now) {
            this.now = now;
        }

        void sort(Map<String, Priced> priced, Problems problems) {
            Map<String, String> lines = new LinkedHashMap<>();
            priced.forEach((id, one) -> lines.put(
                    id,
                    "  " + id + ": {" + one.prices() + (now.shipped().containsKey(id) ? "" : one.limits()) + "}\n"));
            // read as it will be read at a start, so that what is written is what will hold
            Source source = new Source(
                    "config/" + CatalogueReader.IMPORTED, "models:\n" + String.join("", lines.values()), false);
            ModelReader reader = new ModelReader(now.providers());
            reader.models().putAll(now.shipped());
            Tree.yaml(source, problems).ifPresent(tree -> reader.read(tree.section("models")));
            lines.forEach((id, line) -> {
                Model next = reader.models().get(id);
                if (next != null) {
                    take(id, next, line);
                }
            });
            for (String id : now.imported()) {
                Model before = now.beforeHome().get(id);
                Model shipped = now.shipped().get(id);
                if (!lines.containsKey(id) && before != null) {
                    String after = shipped == null ? "" : PriceList.line(shipped.price());
                    removed.add(new Change(id, PriceList.line(before.price()), after));
                }
            }
        }

        private void take(String id, Model next, String line) {
            if (!next.equals(now.shipped().get(id))) {
                var _ = text.append(line);
            }
            Model before = now.beforeHome().get(id);
            String after = PriceList.line(next.price());
            if (before == null) {
                added.add(new Change(id, "", after));
            } else if (before.price().equals(next.price())) {
                unchanged++;
            } else {
                changed.add(new Change(id, PriceList.line(before.price()), after));
            }
            if (now.own().contains(id)) {
                overruled.add(id);
            }
        }
    }

    /// Models that had no price.
    public List<Change> added() {
        return added;
    }

    /// Models whose price is another now.
    public List<Change> changed() {
        return changed;
    }

    /// Models that an earlier import had priced and this file does not name: the shipped price holds again, if any.
    public List<Change> removed() {
        return removed;
    }

    /// How many models cost what they did.
    public int unchanged() {
        return unchanged;
    }

    /// What is left out, with the reasons.
    public List<Left> skipped() {
        return skipped;
    }

    /// Models whose price in the home's own `mesh.yaml` stays above the imported one.
    public List<String> overruled() {
        return overruled;
    }

    /// Puts the prices into the home, in the place of those of an earlier import.
    ///
    /// @param now for the file's header
    /// @return the file
    /// @throws IOException when it cannot be written; what was there before is then as it was
    public Path write(Instant now) throws IOException {
        Path target = home.config().resolve(CatalogueReader.IMPORTED);
        Files.createDirectories(home.config());
        Path temporary = Files.createTempFile(home.config(), ".models.imported-", ".tmp");
        try {
            String from = Tree.shown(String.valueOf(file.getFileName()));
            Files.writeString(temporary, header(from, now) + text);
            Files.setPosixFilePermissions(
                    temporary, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
            return Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static String header(String from, Instant now) {
        return """
                # Prices imported from %s
                # on %s, by `openlegion models import`. This file is replaced as a whole by the next
                # import: an own price belongs into mesh.yaml, and stands above the one here. Without this file the
                # shipped prices hold.
                models:
                """.formatted(from, now.truncatedTo(ChronoUnit.SECONDS));
    }
}
