package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the store knows beside the items.
///
/// @param topics the subscriptions of each agent
record Stored(
        Map<AgentId, Mark> marks,
        Map<AgentId, Set<String>> topics,
        Map<AgentId, Messaging.Registration> registrations) {

    /// A stored item without what it says.
    record Row(long id, long expiresMillis, int bytes, boolean reminder, List<NewItem.Recipient> recipients) {
        Row {
            recipients = List.copyOf(recipients);
        }
    }
}
