package ai.openlegion.evidence;

import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.CheckpointLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Checkpoints from outside of what is checked, by the entries they are of: those that somebody kept elsewhere, in
/// whatever order they came and however often, and what the mesh remembers.
final class Kept {

    private final NavigableMap<Long, List<Seen>> bySeq = new TreeMap<>();
    private @Nullable String note;

    /// Those of a file; none without one.
    ///
    /// @throws EvidenceException when there is no checkpoint in it
    static Kept in(@Nullable Path file) throws IOException, EvidenceException {
        Kept kept = new Kept();
        if (file == null) {
            return kept;
        }
        long foreign = 0;
        int first = 0;
        try (CheckpointLines lines = CheckpointLines.of(file)) {
            for (CheckpointLines.Line line = lines.next(); line != null; line = lines.next()) {
                try {
                    kept.add(Checkpoint.parse(line.text()), "kept elsewhere, line " + line.number());
                } catch (IllegalArgumentException cutOrForeign) {
                    first = foreign == 0 ? line.number() : first;
                    foreign++;
                }
            }
        }
        if (kept.bySeq.isEmpty()) {
            throw EvidenceException.misused("there is no checkpoint in " + file);
        }
        if (foreign > 0) {
            kept.note = file.getFileName() + " line " + first
                    + (foreign == 1 ? " is" : " and " + (foreign - 1) + " more are")
                    + " no checkpoint as the mesh writes them, as where a copy broke off; left out";
        }
        return kept;
    }

    void add(Checkpoint checkpoint, String where) {
        List<Seen> here = bySeq.computeIfAbsent(checkpoint.seq(), _ -> new ArrayList<>(1));
        if (here.stream().noneMatch(each -> each.checkpoint().equals(checkpoint))) {
            here.add(new Seen(checkpoint, where));
        }
    }

    List<Seen> of(long seq) {
        return bySeq.getOrDefault(seq, List.of());
    }

    boolean has(long seq) {
        return bySeq.containsKey(seq);
    }

    /// Those of entries up to that one.
    Collection<List<Seen>> upTo(long seq) {
        return bySeq.headMap(seq, true).values();
    }

    /// Those of entries behind that one.
    Collection<List<Seen>> behind(long seq) {
        return bySeq.tailMap(seq, false).values();
    }

    /// What should be known of the file; null where nothing is.
    @Nullable
    String note() {
        return note;
    }
}
