package ai.openlegion.blackboard;

import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Page;
import ai.openlegion.blackboard.EntryReader.KeySize;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One walk over the keys that a reader may read, in order, each decided.
///
/// It goes only where the reader's own patterns could match, so that a board which it may not read costs it nothing and
/// shows in nothing, not even in how long an answer takes.
final class Scan {

    /// Keys of one query at most: a few tens of kilobytes, decided in well under a millisecond. The first query asks
    /// for
    /// no more than are wanted, since most readers may read most of what they ask for, and each row costs.
    private static final int CHUNK = 500;

    /// Values of one page; one entry at least is given, whatever it takes.
    private static final long PAGE_BYTES = 1 << 20;

    private final EntryReader entries;
    private final InstantSource clock;
    private final Predicate<String> wanted;
    private final List<KeyRange> ranges;

    private Scan(EntryReader entries, InstantSource clock, Predicate<String> wanted, List<KeyRange> ranges) {
        this.entries = entries;
        this.clock = clock;
        this.wanted = wanted;
        this.ranges = ranges;
    }

    /// A walk over part of the keys.
    ///
    /// @param reader null = may read all
    /// @param wanted which keys, of those that may be read
    static Scan over(
            KeyRange part,
            @Nullable AgentId reader,
            Policy policy,
            Predicate<String> wanted,
            EntryReader entries,
            InstantSource clock) {
        if (reader == null) {
            return new Scan(entries, clock, wanted, List.of(part));
        }
        List<KeyRange> readable = new ArrayList<>();
        for (String glob : policy.grants(reader).blackboardRead()) {
            KeyRange.of(glob).and(part).ifPresent(readable::add);
        }
        return new Scan(
                entries,
                clock,
                key -> wanted.test(key) && Watches.mayRead(policy, reader, key),
                KeyRange.merged(readable));
    }

    /// The first entries, at most `limit`; none only when there are none.
    Future<Page> page(int limit) {
        return keys(limit + 1).compose(found -> {
            List<String> keys = new ArrayList<>();
            long bytes = 0;
            for (KeySize key : found) {
                bytes += key.bytes();
                if (keys.size() == limit || (bytes > PAGE_BYTES && !keys.isEmpty())) {
                    break;
                }
                keys.add(key.key());
            }
            boolean more = keys.size() < found.size();
            return keys.isEmpty()
                    ? Future.succeededFuture(new Page(List.of(), false))
                    : entries.entries(keys, clock.millis()).compose(page -> filled(page, more, keys.getLast(), limit));
        });
    }

    /// Whether there is any entry.
    Future<Boolean> any() {
        return keys(1).map(found -> !found.isEmpty());
    }

    // What is over by now is not shown; all of a page may have gone since its keys were read.
    private Future<Page> filled(List<Entry> found, boolean more, String last, int limit) {
        long now = clock.millis();
        List<Entry> page =
                found.stream().filter(entry -> !Expiry.isOver(entry, now)).toList();
        return page.isEmpty() && more ? after(last).page(limit) : Future.succeededFuture(new Page(page, more));
    }

    private Scan after(String key) {
        List<KeyRange> rest = ranges.stream().map(range -> range.after(key)).toList();
        return new Scan(entries, clock, wanted, rest);
    }

    private Future<List<KeySize>> keys(int count) {
        Promise<List<KeySize>> enough = Promise.promise();
        gather(new ArrayDeque<>(ranges), Math.min(count, CHUNK), count, new ArrayList<>(), enough);
        return enough.future();
    }

    private void gather(Deque<KeyRange> left, int size, int count, List<KeySize> found, Promise<List<KeySize>> enough) {
        KeyRange range = left.poll();
        if (range == null || found.size() == count) {
            enough.complete(found);
            return;
        }
        entries.keys(range, clock.millis(), size).onFailure(enough::fail).onSuccess(chunk -> {
            for (KeySize key : chunk) {
                if (found.size() < count && wanted.test(key.key())) {
                    found.add(key);
                }
            }
            if (chunk.size() == size) {
                left.push(range.after(chunk.getLast().key()));
            }
            gather(left, CHUNK, count, found, enough);
        });
    }
}
