package ai.openlegion.agent.memory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/// Which texts hold a word, and how well each fits a query: an inverted index ranked by BM25. Texts are numbered by
/// whoever adds them, upwards.
final class Index {

    /// The usual constants: how soon a repeated word stops counting, and how much long texts are held back.
    private static final double K1 = 1.2;

    private static final double B = 0.75;

    private static final int WORD_BYTES = 160;
    private static final int PAIR_BYTES = 12;

    /// Pairs of a text's number and how often it holds the word.
    private static final class Postings {
        int[] pairs = new int[4];
        int size;

        void add(int text, int times) {
            if (size == pairs.length) {
                pairs = Arrays.copyOf(pairs, size * 2);
            }
            pairs[size++] = text;
            pairs[size++] = times;
        }
    }

    private final Map<String, Postings> words = new HashMap<>();
    private final Map<Integer, Integer> lengths = new HashMap<>();
    private long total;
    private long bytes;

    /// What it takes of the heap, roughly: it keeps the words of texts that are not wanted any more.
    long bytes() {
        return bytes;
    }

    void add(int text, String content) {
        List<String> all = Words.of(content);
        Map<String, Integer> times = new HashMap<>();
        all.forEach(word -> times.merge(word, 1, Integer::sum));
        times.forEach((word, count) -> {
            bytes += words.containsKey(word) ? PAIR_BYTES : WORD_BYTES;
            words.computeIfAbsent(word, fresh -> new Postings()).add(text, count);
        });
        lengths.put(text, all.size());
        total += all.size();
    }

    /// The score of each text that holds a word of the query and is still wanted.
    Map<Integer, Double> search(String query, IntPredicate wanted) {
        Map<Integer, Double> scores = new HashMap<>();
        double mean = Math.max(1, (double) total / Math.max(1, lengths.size()));
        Set<String> asked = new HashSet<>(Words.of(query));
        for (String word : asked) {
            Postings postings = words.get(word);
            if (postings == null) {
                continue;
            }
            double holding = postings.size / 2.0;
            double rarity = Math.log(1 + (lengths.size() - holding + 0.5) / (holding + 0.5));
            for (int i = 0; i < postings.size; i += 2) {
                int text = postings.pairs[i];
                if (wanted.test(text)) {
                    double times = postings.pairs[i + 1];
                    double length = lengths.getOrDefault(text, 0) / mean;
                    double score = rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * length));
                    scores.merge(text, score, Double::sum);
                }
            }
        }
        return scores;
    }
}
