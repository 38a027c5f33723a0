package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// An item that is to be stored, with everyone who gets it.
record NewItem(Entry entry, Content content, List<Recipient> recipients) {

    NewItem {
        recipients = List.copyOf(recipients);
    }

    /// Who gets an item, and as which place of its inbox.
    record Recipient(AgentId agent, long seq) {}

    /// The recipients as one text: agent and place, pair by pair.
    String recipientsText() {
        StringBuilder text = new StringBuilder(recipients.size() * 24);
        for (Recipient recipient : recipients) {
            if (!text.isEmpty()) {
                text.append(' ');
            }
            text.append(recipient.agent().value()).append(':').append(recipient.seq());
        }
        return text.toString();
    }

    /// What [#recipientsText] says.
    ///
    /// @param agents the agent of a name
    /// @throws IllegalArgumentException when it is no such text
    static List<Recipient> recipients(String text, Function<String, AgentId> agents) {
        List<Recipient> recipients = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int space = text.indexOf(' ', from);
            int to = space < 0 ? text.length() : space;
            int colon = text.indexOf(':', from);
            if (colon < 0 || colon > to) {
                throw new IllegalArgumentException("recipients without a place");
            }
            recipients.add(
                    new Recipient(agents.apply(text.substring(from, colon)), Long.parseLong(text, colon + 1, to, 10)));
            from = to + 1;
        }
        return recipients;
    }
}
