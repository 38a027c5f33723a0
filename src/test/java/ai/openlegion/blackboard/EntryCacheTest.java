package ai.openlegion.blackboard;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard.Entry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EntryCacheTest {

    private final List<Promise<Optional<Entry>>> loads = new ArrayList<>();
    private boolean settled = true;
    private final EntryCache cache = new EntryCache(100_000, () -> settled);

    @Test
    void what_was_loaded_is_not_loaded_again_also_when_it_was_nothing() {
        Future<Optional<Entry>> asked = get();
        assertThat(get()).isSameAs(asked);
        loads.getFirst().complete(Optional.empty());
        assertThat(get().result()).isEmpty();
        assertThat(loads).hasSize(1);
    }

    @Test
    void a_load_that_a_write_overtakes_is_answered_but_not_kept() {
        Future<Optional<Entry>> asked = get();
        cache.written("k", Optional.of(entry(2)));
        loads.getFirst().complete(Optional.of(entry(1)));

        assertThat(asked.result()).contains(entry(1));
        assertThat(get().result()).contains(entry(2));
        cache.written("k", Optional.empty());
        assertThat(get().result()).isEmpty();
        assertThat(loads).hasSize(1);
    }

    @Test
    void nothing_is_known_after_a_write_whose_outcome_is_not() {
        cache.written("k", Optional.of(entry(1)));
        Future<Optional<Entry>> _ = get();
        cache.forget("k");
        Future<Optional<Entry>> before = get();
        cache.forget("k");
        Future<Optional<Entry>> after = get();
        assertThat(loads).hasSize(2);
        loads.get(0).complete(Optional.of(entry(1)));
        loads.get(1).complete(Optional.of(entry(2)));

        assertThat(before.result()).contains(entry(1));
        assertThat(after.result()).contains(entry(2));
        assertThat(get().result()).contains(entry(2));
    }

    @Test
    void nothing_is_kept_while_a_commit_may_yet_turn_out_to_have_happened() {
        settled = false;
        Future<Optional<Entry>> _ = get();
        settled = true;
        loads.getFirst().complete(Optional.of(entry(1)));
        Future<Optional<Entry>> _ = get();
        settled = false;
        loads.getLast().complete(Optional.of(entry(1)));
        Future<Optional<Entry>> _ = get();
        assertThat(loads).hasSize(3);
    }

    @Test
    void a_failed_load_is_tried_again() {
        Future<Optional<Entry>> asked = get();
        loads.getFirst().fail("the test's fault");
        assertThat(asked.failed()).isTrue();
        Future<Optional<Entry>> _ = get();
        assertThat(loads).hasSize(2);
    }

    @Test
    void memory_is_bounded_by_bytes() {
        for (int key = 0; key < 1_000; key++) {
            cache.written("k" + key, Optional.of(entry(1)));
        }
        long known = IntStream.range(0, 1_000)
                .filter(key -> cache.get(
                                "k" + key,
                                _ -> Promise.<Optional<Entry>>promise().future())
                        .isComplete())
                .count();
        assertThat(known).isBetween(1L, 400L);
    }

    private Future<Optional<Entry>> get() {
        return cache.get("k", _ -> {
            Promise<Optional<Entry>> load = Promise.promise();
            loads.add(load);
            return load.future();
        });
    }

    private static Entry entry(long version) {
        return new Entry("k", "{}", "ann", null, 0, 0, 0, version);
    }
}
