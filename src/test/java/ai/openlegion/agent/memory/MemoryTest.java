package ai.openlegion.agent.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MemoryTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    @TempDir
    Path folder;

    @Test
    void the_fact_that_fits_best_comes_first() throws IOException {
        Memory memory = Memory.open(folder);
        save(memory, "The customer in Berlin wants invoices by post");
        save(memory, "Invoices, invoices, invoices: the archive holds invoices since 1999");
        save(memory, "The customer in Paris pays late");
        save(memory, "Lunch is at noon");
        assertThat(contents(memory, "invoices berlin")).startsWith("The customer in Berlin wants invoices by post");
        assertThat(contents(memory, "INVOICES"))
                .containsExactly(
                        "Invoices, invoices, invoices: the archive holds invoices since 1999",
                        "The customer in Berlin wants invoices by post");
        assertThat(contents(memory, "customer")).hasSize(2);
        assertThat(contents(memory, "nothing like it")).isEmpty();
        assertThat(contents(memory, "?!")).isEmpty();
        assertThat(memory.search("the", 2)).hasSize(2);
    }

    @Test
    void a_rare_word_counts_more_than_a_common_one() throws IOException {
        Memory memory = Memory.open(folder);
        for (int i = 0; i < 50; i++) {
            save(memory, "report, report, report number " + i);
        }
        save(memory, "the zebra");
        assertThat(contents(memory, "report zebra")).startsWith("the zebra");
    }

    @Test
    void of_facts_that_fit_alike_the_newest_comes_first() throws IOException {
        Memory memory = Memory.open(folder);
        save(memory, "the code is 1");
        save(memory, "the code is 2");
        assertThat(contents(memory, "code")).containsExactly("the code is 2", "the code is 1");
    }

    @Test
    void words_are_found_whatever_their_script_and_form() throws IOException {
        Memory memory = Memory.open(folder);
        save(memory, "ＦＵＬＬ width Straße Ångström 東京都");
        for (String query : new String[] {"full", "WIDTH", "straße", "ÅNGSTRÖM", "A\u030Angstro\u0308m", "東京"}) {
            assertThat(contents(memory, query)).as(query).hasSize(1);
        }
    }

    @Test
    void a_restart_forgets_nothing() throws IOException {
        Memory before = Memory.open(folder);
        save(before, "line one\nline two \"quoted\" \uD83D\uDCA3 \uD800 alone");
        var _ = before.save(Optional.of("colour"), "blue", NOW);
        var _ = before.save(Optional.of("colour"), "green", NOW);
        Memory after = Memory.open(folder);
        assertThat(after.search("quoted", 5))
                .isEqualTo(before.search("quoted", 5))
                .hasSize(1);
        assertThat(contents(after, "colour")).containsExactly("green");
        assertThat(contents(after, "blue")).isEmpty();
        assertThat(after.save(Optional.empty(), "next", NOW)).isEqualTo("mem_4");
    }

    @Test
    void a_line_that_was_torn_is_lost_and_none_beside_it() throws IOException {
        Memory memory = Memory.open(folder);
        save(memory, "first");
        save(memory, "second");
        save(memory, "third");
        Path file = folder.resolve("facts.jsonl");
        long whole = Files.size(file);
        for (int torn = 1; torn < 60; torn++) {
            try (var random = new RandomAccessFile(file.toFile(), "rw")) {
                random.setLength(whole - torn);
            }
            Memory after = Memory.open(folder);
            assertThat(after.size()).as("%d bytes torn off", torn).isEqualTo(2);
            save(after, "third");
            Memory again = Memory.open(folder);
            assertThat(contents(again, "first second third")).hasSize(3);
            assertThat(Files.size(file)).isEqualTo(whole);
        }
    }

    @Test
    void lines_of_others_are_skipped() throws IOException {
        save(Memory.open(folder), "kept");
        var _ = Files.write(
                folder.resolve("facts.jsonl"),
                List.of(
                        "",
                        "{}",
                        "not json",
                        "[1]",
                        "{\"id\":\"mem_x\",\"content\":\"bad\",\"time\":\"2026-11-22T10:00:00Z\"}",
                        "{\"id\":\"mem_5\",\"content\":\"bad\",\"time\":\"never\"}",
                        "\0"),
                StandardOpenOption.APPEND);
        Memory memory = Memory.open(folder);
        assertThat(memory.size()).isEqualTo(1);
        save(memory, "added");
        assertThat(contents(Memory.open(folder), "kept added")).hasSize(2);
    }

    @Test
    void a_link_or_folder_in_the_files_place_is_put_aside() throws IOException {
        Path target = Files.writeString(folder.resolve("elsewhere"), "untouched");
        var _ = Files.createSymbolicLink(folder.resolve("facts.jsonl"), target);
        Memory memory = Memory.open(folder);
        save(memory, "kept");
        assertThat(target).hasContent("untouched");
        assertThat(contents(Memory.open(folder), "kept")).hasSize(1);
    }

    @Test
    void the_oldest_is_forgotten_when_there_is_too_much() throws IOException {
        Memory memory = Memory.open(folder);
        String padding = " " + "x".repeat(15_980);
        for (int i = 0; i < 260; i++) {
            save(memory, "n" + i + padding);
        }
        assertThat(memory.size()).isBetween(240, 251);
        assertThat(memory.search("n0", 5)).isEmpty();
        assertThat(memory.search("n259", 5)).hasSize(1);
        Memory after = Memory.open(folder);
        assertThat(after.size()).isEqualTo(memory.size());
    }

    @Test
    void a_fact_that_is_replaced_again_and_again_takes_no_more_room() throws IOException {
        Memory memory = Memory.open(folder);
        save(memory, "stays");
        for (int i = 0; i < 2_200; i++) {
            var _ = memory.save(Optional.of("counter"), "count " + i, NOW);
        }
        assertThat(memory.size()).isEqualTo(2);
        assertThat(Files.readAllLines(folder.resolve("facts.jsonl"))).hasSizeLessThan(300);
        Memory after = Memory.open(folder);
        assertThat(contents(after, "count stays")).containsExactlyInAnyOrder("count 2199", "stays");
    }

    @Test
    void many_different_words_push_out_the_oldest_facts_and_not_the_heap() throws IOException {
        Memory memory = Memory.open(folder);
        save(memory, "the oldest");
        long word = 0;
        for (int fact = 0; fact < 150; fact++) {
            var text = new StringBuilder();
            while (text.length() < 15_900) {
                text.append(Long.toString(word++, 36)).append(' ');
            }
            save(memory, text.toString());
        }
        assertThat(memory.size()).isBetween(20, 80);
        assertThat(memory.search("oldest", 5)).isEmpty();
        assertThat(memory.search(Long.toString(word - 1, 36), 5)).hasSize(1);
    }

    @Test
    void long_facts_that_are_replaced_again_and_again_do_not_fill_the_disk() throws IOException {
        Memory memory = Memory.open(folder);
        for (int i = 0; i < 600; i++) {
            var _ = memory.save(Optional.of("key"), "ä".repeat(16_000), Instant.EPOCH);
        }
        assertThat(Files.size(folder.resolve("facts.jsonl"))).isLessThan(12_000_000);
        assertThat(Memory.open(folder).size()).isEqualTo(1);
    }

    @Test
    void a_fact_has_a_longest_length() throws IOException {
        Memory memory = Memory.open(folder);
        String longest = "x".repeat(Memory.FACT_CHARS);
        save(memory, longest);
        assertThatThrownBy(() -> memory.save(Optional.empty(), longest + "x", NOW))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void save(Memory memory, String content) throws IOException {
        var _ = memory.save(Optional.empty(), content, NOW);
    }

    private static List<String> contents(Memory memory, String query) {
        return memory.search(query, 10).stream()
                .map(found -> found.fact().content())
                .toList();
    }
}
