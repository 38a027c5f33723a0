package ai.openlegion.messaging;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Events that were stored and whose publishers were told to publish once more, as not all that they set going stands:
/// the repetition is the same event. On the event loop of its verticle.
final class Unsettled {

    /// Far more than are published while a store does not answer.
    static final int MOST = 10_000;

    static final long KEPT_MILLIS = 600_000;

    private final InstantSource clock;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private final Map<String, Deque<Kept>> byContent = new LinkedHashMap<>();

    Unsettled(InstantSource clock) {
        this.clock = clock;
    }

    private record Kept(String content, String id, long atMillis) {}

    /// The id of an event that this one repeats, which is forgotten by that; null = it is a new one.
    @Nullable
    String take(Messaging.Publish event) {
        forget(clock.millis() - KEPT_MILLIS);
        Deque<Kept> same = byContent.get(content(event));
        if (same == null) {
            return null;
        }
        Kept first = same.getFirst();
        remove(first);
        return first.id();
    }

    /// An event is to be published once more.
    void keep(Messaging.Publish event, String id) {
        Kept one = new Kept(content(event), id, clock.millis());
        kept.add(one);
        byContent.computeIfAbsent(one.content(), _ -> new ArrayDeque<>()).add(one);
        if (kept.size() > MOST) {
            remove(kept.getFirst());
        }
    }

    private void forget(long untilMillis) {
        while (!kept.isEmpty() && kept.getFirst().atMillis() <= untilMillis) {
            remove(kept.getFirst());
        }
    }

    /* The oldest of a content is the first of it in both queues. */
    private void remove(Kept one) {
        kept.removeFirstOccurrence(one);
        Deque<Kept> same = byContent.get(one.content());
        if (same != null) {
            same.removeFirstOccurrence(one);
            if (same.isEmpty()) {
                byContent.remove(one.content());
            }
        }
    }

    private static String content(Messaging.Publish event) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : new String[] {event.source(), event.topic(), event.payload()}) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
