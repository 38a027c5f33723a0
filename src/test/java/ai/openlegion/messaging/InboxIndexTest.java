package ai.openlegion.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The order of one inbox with thousands of items, against a sorted map.
final class InboxIndexTest {

    private static final InboxLimits LIMITS = new InboxLimits(3_000, 400_000, 30, 1, 1, 0);
    private static final int STEPS = 40_000;

    @Test
    void gaps_growth_and_packing_change_nothing_that_can_be_read() {
        for (int seed = 0; seed < 6; seed++) {
            Random random = new Random(seed);
            InboxIndex index = new InboxIndex(Mark.NONE);
            TreeMap<Long, Entry> model = new TreeMap<>();
            long now = 0;
            for (int step = 0; step < STEPS; step++) {
                // waves: full for a while, then nearly empty
                boolean filling = step / 5_000 % 2 == 0;
                int dice = random.nextInt(100);
                if (dice < (filling ? 80 : 20)) {
                    long expires = now + 1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 50_000);
                    Entry entry = new Entry(step, expires, random.nextInt(300), false);
                    List<Entry> dropped = new ArrayList<>();
                    if (index.makeRoom(entry.bytes, LIMITS, dropped)) {
                        remove(model, dropped);
                        model.put(index.append(entry), entry);
                        index.commit(index.last());
                    }
                } else if (dice < 90) {
                    now += random.nextInt(filling ? 2 : 20);
                    remove(model, index.expire(now));
                } else if (dice < 96 && !model.isEmpty()) {
                    Long seq = model.ceilingKey((long) random.nextInt((int) index.last() + 1));
                    if (seq != null) {
                        index.push(seq);
                    }
                } else if (dice < (filling ? 97 : 100) && !model.isEmpty()) {
                    long upTo = model.firstKey() + random.nextInt(40);
                    if (upTo <= index.durable()) {
                        remove(model, index.ack(upTo));
                        assertThat(model.headMap(upTo, true))
                                .as("seed %d", seed)
                                .isEmpty();
                    }
                }
                if (step % 97 == 0) {
                    check(seed, step, index, model, now, random);
                }
            }
        }
    }

    @Test
    void what_is_not_durable_is_neither_shown_nor_let_go() {
        InboxIndex index = new InboxIndex(Mark.NONE);
        long first = index.append(new Entry(1, 10, 5, false));
        long second = index.append(new Entry(2, 10, 5, false));
        index.commit(first);
        index.push(second);
        assertThat(index.after(0, 10, 0)).extracting(Place::seq).containsExactly(1L);
        assertThat(index.expire(10)).hasSize(1);
        assertThat(index.items()).isEqualTo(1);
        assertThat(index.mark()).isEqualTo(new Mark(0, 1, 1, Set.of()));
        index.commit(second);
        assertThat(index.expire(11)).hasSize(1);
        assertThat(index.mark().last()).isEqualTo(2);
    }

    @Test
    void memory_of_what_items_say_stays_within_its_bound_whoever_never_reads() {
        Recent recent = new Recent(10_000);
        List<Entry> held = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            Entry entry = new Entry(i, 0, 100, false);
            recent.add(entry, content());
            if (i % 10 == 0) {
                held.add(entry);
            } else {
                recent.forget(entry);
            }
            assertThat(recent.bytes()).isBetween(0L, 10_000L);
        }
        assertThat(held.getLast().content).isNotNull();
        assertThat(held.getFirst().content).isNull();
    }

    private static void remove(Map<Long, Entry> model, List<Entry> dropped) {
        if (!dropped.isEmpty()) {
            model.values().removeAll(Set.copyOf(dropped));
        }
    }

    private static Content content() {
        return new Content(Messaging.Kind.EVENT, "evt_1", "a", null, "t", "{}", null, null, 0);
    }

    private static void check(
            int seed, int step, InboxIndex index, NavigableMap<Long, Entry> model, long now, Random random) {
        String where = "seed " + seed + " step " + step;
        assertThat(index.items()).as(where).isEqualTo(model.size());
        assertThat(index.bytes())
                .as(where)
                .isEqualTo(
                        model.values().stream().mapToLong(entry -> entry.bytes).sum());
        long after = random.nextInt((int) index.last() + 2) - 1L;
        List<Long> expected = new ArrayList<>();
        for (Map.Entry<Long, Entry> entry : model.tailMap(after, false).entrySet()) {
            if (entry.getValue().expiresMillis > now && expected.size() < 50) {
                expected.add(entry.getKey());
            }
        }
        assertThat(index.after(after, 50, now)).as(where).extracting(Place::seq).containsExactlyElementsOf(expected);
    }
}
