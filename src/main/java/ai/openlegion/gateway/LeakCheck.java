package ai.openlegion.gateway;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.Events;
import ai.openlegion.vault.LeakWatch;
import ai.openlegion.vault.Vault;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A look for credentials in a whole answer: in what it says, and in the bytes of a document.
///
/// Most answers say one text in one piece, which is searched where it stands in the document; only what is said in
/// several pieces is read as a client would join them.
final class LeakCheck implements Events {

    private final Vault vault;
    private @Nullable Lane first;
    private @Nullable Map<Said, Lane> others;
    private boolean found;

    LeakCheck(Vault vault) {
        this.vault = vault;
    }

    /// One text of the answer.
    private final class Lane {
        private final Delta begin;
        private @Nullable LeakWatch watch;

        Lane(Delta begin) {
            this.begin = begin;
        }

        void read(Delta next) {
            LeakWatch both = watch;
            if (both == null) {
                both = vault.watch();
                watch = both;
                found |= both.completes(begin.bytes(), begin.from(), begin.to());
            }
            found |= both.completes(next.bytes(), next.from(), next.to());
        }

        /// Searches a text of one piece that does not stand in the document.
        void readOutside(byte[] document) {
            if (watch == null && !Arrays.equals(begin.bytes(), document)) {
                found |= vault.watch().completes(begin.bytes(), begin.from(), begin.to());
            }
        }
    }

    @Override
    public void on(AnswerEvent event) {
        if (!(event instanceof Delta delta)) {
            return;
        }
        Lane lane = first;
        if (lane == null) {
            first = new Lane(delta);
        } else if (Said.in(lane.begin).has(delta)) {
            lane.read(delta);
        } else {
            other(delta);
        }
    }

    private void other(Delta delta) {
        Map<Said, Lane> known = others;
        if (known == null) {
            known = new HashMap<>();
            others = known;
        }
        Lane lane = known.get(Said.in(delta));
        if (lane == null) {
            known.put(Said.in(delta), new Lane(delta));
        } else {
            lane.read(delta);
        }
    }

    /// Whether the answer has said a credential, or one stands in this document, as it is or behind escapes.
    ///
    /// @param json first the document that says the answer, then what else is made of it
    boolean finds(byte[] json) {
        Lane lane = first;
        if (lane != null) {
            first = null;
            lane.readOutside(json);
        }
        Map<Said, Lane> more = others;
        if (more != null) {
            others = null;
            more.values().forEach(each -> each.readOutside(json));
        }
        return found |= vault.leaks(json, 0, json.length);
    }
}
