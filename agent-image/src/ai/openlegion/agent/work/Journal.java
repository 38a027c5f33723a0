package ai.openlegion.agent.work;

import ai.openlegion.agent.memory.DailyLog;
import ai.openlegion.agent.self.Redaction;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The daily log as the agent's work is noted in it: a note that cannot be made is missed, and holds nothing up.
public final class Journal {

    private static final Logger LOG = Logger.getLogger(Journal.class.getName());

    private final DailyLog log;
    private final Redaction redaction;
    private final Time time;

    public Journal(DailyLog log, Redaction redaction, Time time) {
        this.log = log;
        this.redaction = redaction;
        this.time = time;
    }

    /// Notes what happened now.
    ///
    /// @param kind such as `task`, `chat` or `message`
    public void add(String kind, String text) {
        try {
            log.add(time.now(), kind, redaction.of(text));
        } catch (IOException unwritable) {
            LOG.log(Level.WARNING, "agent.journal_unwritable", unwritable);
        }
    }

    /// The entries of the last days, oldest first: `{time, kind, text}`.
    ///
    /// @throws IOException if they cannot be read
    public List<Map<String, Object>> read(int days) throws IOException {
        return log.read(time.now(), days);
    }
}
