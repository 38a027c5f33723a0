package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one actor was not given, grouped by what it tried, by which rule and for which reason.
final class Refusals {

    /// The decisions that give less than was asked for.
    static final Set<String> WORDS = Set.of("denied", "refused", "blocked", "cut");

    /// Reasons may hold names that an agent chose, so there could be one a request.
    private static final int GROUPS = 200;

    private static final int EXAMPLES = 3;

    // A flood is recorded as a count: the mesh's own words, so that no text of an agent's counts as one.
    private static final Pattern COUNTED = Pattern.compile("(\\d{1,9}) (further requests|requests beyond the rate"
            + "|requests in another agent's name|requests without a valid token"
            + "|requests without the operator's token|requests with a foreign Host or Origin"
            + "|connections too many|runs? since)");
    private static final Pattern CALLS = Pattern.compile("(.*) \\((\\d{1,9}) calls\\)");

    private static final Key OTHER = new Key("several", "several", "", "further kinds, more than are told apart here");

    private final Map<Key, Group> groups = new LinkedHashMap<>();
    private long times;

    /// What a group has in common.
    record Key(String word, String action, String rule, String reason) {}

    /// One of its entries, as it stands in the audit.
    record Example(long seq, AuditEntry entry) {}

    /// How often, from when to when, and the first few that differ in what was asked for.
    static final class Group {
        private final Key key;
        private final List<Example> examples = new ArrayList<>();
        private long times;
        private long firstMillis = Long.MAX_VALUE;
        private long lastMillis = Long.MIN_VALUE;

        Group(Key key) {
            this.key = key;
        }

        Key key() {
            return key;
        }

        long times() {
            return times;
        }

        long firstMillis() {
            return firstMillis;
        }

        long lastMillis() {
            return lastMillis;
        }

        List<Example> examples() {
            return examples;
        }
    }

    /// Takes an entry of which [#WORDS] has the decision.
    void add(Recorded recorded, String word) {
        AuditEntry entry = recorded.entry();
        String decision = entry.decision();
        String reason = decision.length() > word.length() + 2 ? decision.substring(word.length() + 2) : "";
        long count = 1;
        Matcher counted = COUNTED.matcher(reason);
        Matcher calls = CALLS.matcher(reason);
        if (counted.matches()) {
            count = Long.parseLong(counted.group(1));
            reason = counted.group(2);
        } else if (entry.action().startsWith("webhook.") && calls.matches()) {
            count = Long.parseLong(calls.group(2));
            reason = calls.group(1);
        }
        Key key = new Key(word, entry.action(), entry.rule(), reason);
        Group group = groups.get(key);
        if (group == null) {
            Key kept = groups.size() < GROUPS ? key : OTHER;
            group = groups.computeIfAbsent(kept, Group::new);
        }
        times += count;
        group.times += count;
        group.firstMillis = Math.min(group.firstMillis, entry.timeMillis());
        group.lastMillis = Math.max(group.lastMillis, entry.timeMillis());
        boolean isAnother = group.examples.stream()
                .noneMatch(known -> known.entry().resource().equals(entry.resource()));
        if (group.examples.size() < EXAMPLES && isAnother) {
            group.examples.add(new Example(recorded.seq(), entry));
        }
    }

    /// The requests that were not given what they asked for; a flood is counted whole though it is few entries.
    long times() {
        return times;
    }

    /// Those that happened most often first.
    List<Group> groups() {
        return groups.values().stream()
                .sorted(Comparator.comparingLong(Group::times).reversed())
                .toList();
    }
}
