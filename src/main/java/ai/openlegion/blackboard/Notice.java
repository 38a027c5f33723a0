package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Change;
import ai.openlegion.identity.AgentId;
import java.util.List;

/// A change that watchers are to hear of.
///
/// @param item the id that it has in their inboxes, also when it is delivered again
record Notice(String item, String key, long version, Change change, String author, List<AgentId> recipients) {
    Notice {
        recipients = List.copyOf(recipients);
    }
}
