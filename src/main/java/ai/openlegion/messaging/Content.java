package ai.openlegion.messaging;

import org.jspecify.annotations.Nullable;

/// What one item says, the same for everyone who gets it.
record Content(
        Messaging.Kind kind,
        String id,
        String from,
        @Nullable String type,
        @Nullable String topic,
        String payload,
        @Nullable String replyTo,
        @Nullable String priority,
        long timeMillis) {

    /// The item as it stands at a place of an inbox.
    Inbox.Item at(long seq) {
        return new Inbox.Item(seq, kind, id, from, type, topic, payload, replyTo, priority, timeMillis);
    }

    /// The bytes of its texts in UTF-8.
    int bytes() {
        return length(payload) + length(from) + length(type) + length(topic) + length(replyTo) + length(priority);
    }

    /// Whether the mesh's own clock sent it: such an item is no reason to wake an agent again.
    boolean reminder() {
        return isReminder(from, type);
    }

    static boolean isReminder(String from, @Nullable String type) {
        return from.equals("mesh") && ("cron".equals(type) || "heartbeat".equals(type));
    }

    private static int length(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        int bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // each half of a surrogate pair makes two of the pair's four bytes
                bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return bytes;
    }
}
