package ai.openlegion.agent.work;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.loop.RunEvents;
import ai.openlegion.agent.model.ModelFailure;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.CleanText;
import java.io.IOException;
import java.util.Set;
import java.util.logging.Logger;

/// What is posted to the agent: it waits until the agent reads it, but what the mesh itself sends at a time or from
/// outside wakes the agent, in its chat.
public final class Letters {

    private static final Logger LOG = Logger.getLogger(Letters.class.getName());
    private static final String MESH = "mesh";
    private static final Set<String> WAKING = Set.of("cron", "heartbeat", "webhook");

    private final Arrivals arrivals;
    private final Journal journal;
    private final Chats chats;

    public Letters(Arrivals arrivals, Journal journal, Chats chats) {
        this.arrivals = arrivals;
        this.journal = journal;
        this.chats = chats;
    }

    /// Takes one in.
    ///
    /// @param letter the body of `POST /message`
    /// @throws IOException if it cannot be stored; it has not arrived then
    public void take(Members letter) throws IOException {
        String from = letter.text("from_agent").or(() -> letter.text("from")).orElse("");
        String type = letter.text("type").orElse("");
        boolean wakes = from.equals(MESH) && WAKING.contains(type);
        if (!wakes) {
            arrivals.add(letter.all());
        }
        journal.add("message", Json.write(letter.all()));
        if (wakes) {
            String payload = Json.write(CleanText.ofValue(letter.any("payload").orElse(Json.NULL)));
            var _ = Thread.ofVirtual()
                    .name("woken")
                    .start(() -> wake(type, "[" + type + "] This came without anyone waiting for an answer. Do what "
                            + "your instructions say about it.\n" + payload));
        }
    }

    private void wake(String type, String message) {
        try {
            if (chats.say(message, RunEvents.NONE)
                    .map(turn -> {
                        journal.add("answer", turn.response());
                        return turn;
                    })
                    .isEmpty()) {
                LOG.warning("agent.not_woken cause=busy");
            }
        } catch (ModelFailure failure) {
            journal.add("answer", "none: " + failure.getMessage());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
