package ai.openlegion.agent.memory;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the agent wants to remember, searched by words. It is on disk before [#save] returns. Any thread may call it.
public final class Memory {

    /// The oldest facts are forgotten for new ones when there are more, or more of their text or of its words: the heap
    /// is small.
    private static final int MOST_FACTS = 10_000;

    private static final int MOST_CHARS = 4_000_000;
    private static final long MOST_INDEX_BYTES = 24_000_000;

    /// Of lines that are superseded or forgotten, and of their texts, before the file is written anew.
    private static final int MOST_STALE = 2_000;

    private static final int MOST_STALE_CHARS = 4_000_000;

    /// A larger file is not ours: no character has more than 6 bytes.
    private static final long MOST_BYTES = 64L << 20;

    /// The longest content of a fact, in characters.
    public static final int FACT_CHARS = 16_000;

    /// Something remembered.
    ///
    /// @param id `mem_<number>`
    /// @param key under which it can be replaced, if it was given one
    public record Fact(String id, Optional<String> key, String content, Instant time) {}

    /// A fact that holds words of a query.
    ///
    /// @param score the higher the better it fits; comparable within one search only
    public record Found(Fact fact, double score) {}

    private final LineFile file;
    private final TreeMap<Integer, Fact> facts = new TreeMap<>();
    private final Map<String, Integer> byKey = new HashMap<>();
    private Index index = new Index();
    private int next = 1;
    private int chars;
    private int stale;
    private int staleChars;

    private Memory(LineFile file) {
        this.file = file;
    }

    /// What is remembered in that folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static Memory open(Path folder) throws IOException {
        var _ = Files.createDirectories(folder);
        var memory = new Memory(new LineFile(folder.resolve("facts.jsonl"), MOST_BYTES));
        memory.file.read(line -> LineFile.object(line).flatMap(Memory::fact).ifPresent(memory::take));
        memory.tidy();
        return memory;
    }

    /// Remembers; what had the same key is forgotten.
    ///
    /// @return the new fact's id
    /// @throws IllegalArgumentException if the content is longer than [#FACT_CHARS]
    /// @throws IOException if it cannot be stored
    public synchronized String save(Optional<String> key, String content, Instant time) throws IOException {
        if (content.length() > FACT_CHARS) {
            throw new IllegalArgumentException("a fact has at most " + FACT_CHARS + " characters");
        }
        var fact = new Fact("mem_" + next, key, content, time);
        file.add(line(fact));
        take(fact);
        tidy();
        return fact.id();
    }

    /// The facts that hold words of the query, the one that fits best first and of equal ones the newest.
    public synchronized List<Found> search(String query, int most) {
        return index.search(query, facts::containsKey).entrySet().stream()
                .sorted(Map.Entry.<Integer, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .limit(most)
                .flatMap(hit -> Optional.ofNullable(facts.get(hit.getKey()))
                        .map(fact -> new Found(fact, hit.getValue()))
                        .stream())
                .toList();
    }

    /// All facts, the newest first.
    public synchronized List<Fact> newest() {
        return List.copyOf(facts.descendingMap().values());
    }

    /// How many facts there are.
    public synchronized int size() {
        return facts.size();
    }

    private void take(Fact fact) {
        int number = number(fact);
        if (number < next) {
            return;
        }
        fact.key().map(key -> byKey.put(key, number)).ifPresent(this::forget);
        var _ = facts.put(number, fact);
        index.add(number, words(fact));
        chars += fact.content().length();
        next = number + 1;
        while (facts.size() > MOST_FACTS || chars > MOST_CHARS) {
            forget(facts.firstKey());
        }
        if (index.bytes() > MOST_INDEX_BYTES) {
            index();
            while (index.bytes() > MOST_INDEX_BYTES / 10 * 9 && facts.size() > 1) {
                for (int i = facts.size() / 10; i >= 0; i--) {
                    forget(facts.firstKey());
                }
                index();
            }
        }
    }

    private void index() {
        index = new Index();
        facts.forEach((number, fact) -> index.add(number, words(fact)));
    }

    private static String words(Fact fact) {
        return fact.key().orElse("") + " " + fact.content();
    }

    private void forget(int number) {
        Optional.ofNullable(facts.remove(number)).ifPresent(fact -> {
            chars -= fact.content().length();
            stale++;
            staleChars += fact.content().length();
            fact.key().ifPresent(key -> byKey.remove(key, number));
        });
    }

    /// The file and the index keep what is forgotten until it is too much.
    private void tidy() throws IOException {
        if (stale < MOST_STALE && staleChars < MOST_STALE_CHARS) {
            return;
        }
        file.replace(() -> facts.values().stream().map(Memory::line).iterator());
        index();
        stale = 0;
        staleChars = 0;
    }

    private static int number(Fact fact) {
        return Integer.parseInt(fact.id().substring("mem_".length()));
    }

    private static String line(Fact fact) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", fact.id());
        fact.key().ifPresent(key -> line.put("key", key));
        line.put("content", fact.content());
        line.put("time", fact.time().toString());
        return Json.write(line);
    }

    private static Optional<Fact> fact(Members line) {
        Optional<String> id = line.text("id").filter(text -> text.matches("mem_[1-9][0-9]{0,8}"));
        Optional<String> content = line.text("content").filter(text -> text.length() <= FACT_CHARS);
        Optional<Instant> time = line.text("time").flatMap(Memory::instant);
        return id.isEmpty() || content.isEmpty() || time.isEmpty()
                ? Optional.empty()
                : Optional.of(new Fact(id.get(), line.text("key"), content.get(), time.get()));
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (java.time.format.DateTimeParseException other) {
            return Optional.empty();
        }
    }
}
