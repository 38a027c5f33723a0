package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import ai.openlegion.evidence.report.LedgerReader.Usage;
import ai.openlegion.evidence.report.Refusals.Example;
import ai.openlegion.evidence.report.Refusals.Group;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The tables that several parts of the page have.
final class Tables {

    private final Html page;

    Tables(Html page) {
        this.page = page;
    }

    /// Actions and how they were decided, by how many entries, the most frequent first.
    void acts(Map<Activity.Act, Activity.Count> acts) {
        var _ = page.table(List.of("Action", "What it is", "Decision", "#Entries"));
        Comparator<Map.Entry<Activity.Act, Activity.Count>> frequent =
                Comparator.comparingLong(each -> -each.getValue().times());
        acts.entrySet().stream().sorted(frequent).forEach(each -> {
            String action = each.getKey().action();
            var _ = page.raw("<tr><td class=\"c\">").text(action).raw("</td>").cell(Glossary.action(action));
            decision(each.getKey().word());
            var _ = page.figure(Words.count(each.getValue().times())).raw("</tr>");
        });
        var _ = page.endTable();
    }

    private void decision(String word) {
        String tone = Refusals.WORDS.contains(word) ? "bad" : word.equals("allowed") ? "good" : "";
        var _ = page.raw("<td><span class=\"tag " + tone + "\">").foreign(word).raw("</span></td>");
    }

    /// What was not given, group by group, with the first few of each.
    void refusals(Refusals refusals) {
        var _ = page.table(
                List.of("Decision", "Action", "Rule and reason", "#Times", "First and last (UTC)", "Examples"));
        for (Group group : refusals.groups()) {
            var _ = page.raw("<tr>");
            decision(group.key().word());
            var _ = page.raw("<td class=\"c\">").text(group.key().action()).raw("</td><td>");
            reason(group);
            var _ = page.raw("</td>")
                    .figure(Words.count(group.times()))
                    .raw("<td class=\"w\">")
                    .text(Words.time(group.firstMillis()));
            if (group.lastMillis() != group.firstMillis()) {
                var _ = page.raw("<br>").text(Words.time(group.lastMillis()));
            }
            var _ = page.raw("</td><td><ul>");
            group.examples().forEach(this::example);
            var _ = page.raw("</ul></td></tr>");
        }
        var _ = page.endTable();
    }

    private void reason(Group group) {
        String rule = group.key().rule();
        String reason = group.key().reason();
        if (!rule.isEmpty()) {
            var _ = page.raw("<code>").foreign(rule).raw("</code>");
        }
        if (!reason.isEmpty()) {
            var _ = page.raw(rule.isEmpty() ? "" : "<br>").foreign(reason);
        }
    }

    private void example(Example example) {
        AuditEntry entry = example.entry();
        var _ = page.raw("<li>");
        if (!entry.resource().isEmpty()) {
            var _ = page.raw("<code>").foreign(entry.resource()).raw("</code> ");
        }
        var _ = page.raw("<span class=\"soft\">entry ")
                .text(Words.count(example.seq()))
                .raw("</span></li>");
    }

    /// What was booked, by model and service.
    void usage(List<Usage> usage) {
        var _ = page.table(List.of(
                "Model or service", "#Calls", "#Input tokens", "#Output tokens", "#Spent, USD", "#Unreconciled, USD"));
        for (Usage each : usage) {
            var _ = page.raw("<tr><td class=\"c\">")
                    .foreign(each.model())
                    .raw("</td>")
                    .figure(Words.count(each.calls()))
                    .figure(Words.count(each.inputTokens()))
                    .figure(Words.count(each.outputTokens()))
                    .figure(Words.usd(each.spentPico()))
                    .figure(Words.usd(each.unreconciledPico()))
                    .raw("</tr>");
        }
        var _ = page.endTable();
    }

    /// Entries one by one.
    void entries(List<Recorded> entries) {
        var _ = page.table(List.of("#Entry", "Time (UTC)", "Action", "What it is", "On what", "Decision"));
        for (Recorded recorded : entries) {
            AuditEntry entry = recorded.entry();
            var _ = page.raw("<tr>")
                    .figure(Words.count(recorded.seq()))
                    .raw("<td class=\"w\">")
                    .text(Words.time(entry.timeMillis()))
                    .raw("</td><td class=\"c\">")
                    .text(entry.action())
                    .raw("</td>")
                    .cell(Glossary.action(entry.action()))
                    .raw("<td class=\"c\">")
                    .foreign(entry.resource())
                    .raw("</td><td>")
                    .foreign(entry.decision());
            if (!entry.rule().isEmpty() && !entry.rule().equals("operator token")) {
                var _ = page.raw("<br><span class=\"soft\">")
                        .foreign(entry.rule())
                        .raw("</span>");
            }
            var _ = page.raw("</td></tr>");
        }
        var _ = page.endTable();
    }
}
