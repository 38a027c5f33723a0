package ai.openlegion.agent.work;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.CleanText;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/// What is posted to the agent: it waits until the agent reads it, but what the mesh itself sends at a time or from
/// outside wakes the agent, in its chat. What is posted again under the same id came once.
public final class Letters implements AutoCloseable {

    private static final String MESH = "mesh";
    private static final Set<String> WAKING = Set.of("cron", "heartbeat", "webhook");
    private static final int RECENT = 1_000;

    private final Arrivals arrivals;
    private final Journal journal;
    private final Wakes wakes;
    private final Set<String> recent = new LinkedHashSet<>();

    private Letters(Arrivals arrivals, Journal journal, Wakes wakes) {
        this.arrivals = arrivals;
        this.journal = journal;
        this.wakes = wakes;
    }

    /// Goes on with what is in the folder, which is made if it is missing.
    ///
    /// @throws IOException if the folder cannot be used
    public static Letters open(Path folder, Arrivals arrivals, Journal journal, Chats chats, Time time)
            throws IOException {
        return new Letters(arrivals, journal, Wakes.open(folder, journal, chats, time));
    }

    /// Takes one in.
    ///
    /// @param letter the body of `POST /message`
    /// @throws IOException if it cannot be stored; it has not arrived then
    public synchronized void take(Members letter) throws IOException {
        String id = letter.text("id").orElse("");
        if (recent.contains(id)) {
            return;
        }
        String from = letter.text("from_agent").or(() -> letter.text("from")).orElse("");
        String type = letter.text("type").orElse("");
        if (from.equals(MESH) && WAKING.contains(type)) {
            String payload = Json.write(CleanText.ofValue(letter.any("payload").orElse(Json.NULL)));
            wakes.add(
                    id,
                    "[" + type + "] This came without anyone waiting for an answer. Do what your instructions say about "
                            + "it.\n" + payload);
        } else {
            arrivals.add(letter.all());
        }
        if (!id.isEmpty() && recent.add(id) && recent.size() > RECENT) {
            var _ = recent.remove(recent.iterator().next());
        }
        journal.add("message", Json.write(letter.all()));
    }

    @Override
    public void close() {
        wakes.close();
    }
}
