package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/// A report as one page of HTML, for people: no script, nothing loaded, readable on paper and by who has never seen the
/// mesh.
final class ReportPage {

    private final Report report;
    private final String jsonName;
    private final String jsonHash;
    private final Html page = new Html();
    private final Tables tables = new Tables(page);

    private ReportPage(Report report, String jsonName, String jsonHash) {
        this.report = report;
        this.jsonName = jsonName;
        this.jsonHash = jsonHash;
    }

    /// @param jsonName the file name of the same report as JSON, which is signed
    /// @param jsonHash its SHA-256, in hex
    static String write(Report report, String jsonName, String jsonHash) {
        return new ReportPage(report, jsonName, jsonHash).whole();
    }

    private String whole() {
        String style = style();
        var _ = page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"
                        + hash(style) + "'; base-uri 'none'; form-action 'none'\">\n")
                .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
                .raw("<meta name=\"referrer\" content=\"no-referrer\">\n")
                .element("title", "Audit report, " + Words.time(report.madeAtMillis()) + " UTC")
                .raw("\n<style>" + style + "</style>\n</head>\n<body>\n<main>\n");
        head();
        contents();
        reading();
        overview();
        AgentSection section = new AgentSection(page, report.days());
        for (int i = 0; i < report.agents().size(); i++) {
            section.write(i + 1, report.agents().get(i));
        }
        others();
        operator();
        revisions();
        proof();
        section("check", "How to check it offline");
        CheckSteps.write(page, report, jsonName, jsonHash);
        var _ = page.raw("<footer>Made by openlegion ")
                .text(report.version())
                .raw(" at ")
                .text(Words.time(report.madeAtMillis()))
                .raw(" UTC. All times are UTC, all amounts US dollars.</footer>\n</main>\n</body>\n</html>\n");
        return page.toString();
    }

    private void head() {
        Tally tally = report.tally();
        var _ = page.element("h1", "Audit report of an agent fleet");
        String from = report.since() == null ? "the first entry" : report.since();
        String to = report.until() == null ? "the last entry" : report.until();
        var _ = page.raw("<p class=\"soft\">From ")
                .foreign(from)
                .raw(" to ")
                .foreign(to)
                .text(
                        tally.entries() == 0
                                ? ": nothing is recorded in this period."
                                : ": entries " + Words.count(tally.firstSeq()) + " to " + Words.count(tally.lastSeq())
                                        + ", made " + Words.time(tally.firstMillis()) + " to "
                                        + Words.time(tally.lastMillis()) + " UTC.")
                .raw("</p>\n");
        Trail trail = report.trail();
        verdict(
                trail.intact() ? "good" : "bad",
                trail.intact() ? "The audit trail is intact." : "The audit trail is NOT intact.",
                trail.finding());
        if (report.days()) {
            verdict(
                    report.moneyAgrees() ? "good" : "warn",
                    report.moneyAgrees() ? "Ledger and audit agree on the money." : "Ledger and audit differ.",
                    "The ledger booked " + Words.usd(report.spentPico()) + " USD"
                            + (report.unreconciledPico() == 0
                                    ? ""
                                    : " and holds " + Words.usd(report.unreconciledPico()) + " USD as unreconciled")
                            + "; the calls in the audit add up to " + Words.usd(auditPico()) + " USD.");
        }
        Configured files = report.configured();
        verdict(
                files.same() ? "good" : "warn",
                files.same() ? "The configuration is the one that decides." : "The configuration has changed.",
                files.told());
        if (trail.intact() && trail.signedUpTo() < tally.lastSeq()) {
            verdict(
                    "warn",
                    "The last entries are not signed yet.",
                    "Entries " + Words.count(Math.max(trail.signedUpTo() + 1, tally.firstSeq())) + " to "
                            + Words.count(tally.lastSeq())
                            + " hold in their chain, but no signed checkpoint covers them.");
        }
        var _ = page.raw("<ul class=\"sum\">");
        sum(Words.count(report.agents().size()), "agents");
        sum(Words.count(report.calls()), "calls of models and services");
        sum(Words.usd(report.costPico()), "USD they cost");
        sum(Words.count(report.refused()), "requests of agents denied, refused or cut");
        sum(Words.count(report.refusedToOthers()), "requests of others turned away");
        sum(Words.count(tally.operator().entries()), "actions of the operator");
        var _ = page.raw("</ul>\n");
    }

    private long auditPico() {
        return report.agents().stream()
                        .mapToLong(part -> part.account().auditPico())
                        .sum()
                + report.unaccountedPico();
    }

    private void verdict(String tone, String strong, String text) {
        var _ = page.raw("<div class=\"box " + tone + "\"><p><strong>")
                .text(strong)
                .raw("</strong> ")
                .foreign(text)
                .raw("</p></div>\n");
    }

    private void sum(String figure, String what) {
        var _ = page.raw("<li><b>").text(figure).raw("</b>").text(what).raw("</li>");
    }

    private void contents() {
        var _ = page.raw("<nav aria-label=\"Contents\"><h2>Contents</h2><ol>");
        link("reading", "How to read this");
        link("overview", "Agents at a glance");
        for (int i = 0; i < report.agents().size(); i++) {
            link("agent-" + (i + 1), "Agent " + report.agents().get(i).id());
        }
        link("others", "Others who acted");
        link("operator", "What the operator did");
        link("revisions", "Configuration revisions");
        link("proof", "What proves it");
        link("check", "How to check it offline");
        var _ = page.raw("</ol></nav>\n");
    }

    private void link(String target, String text) {
        var _ = page.raw("<li><a href=\"#" + target + "\">").foreign(text).raw("</a></li>");
    }

    private void section(String id, String title) {
        var _ = page.raw("<h2 id=\"" + id + "\">").text(title).raw("</h2>\n");
    }

    private void reading() {
        section("reading", "How to read this");
        var _ = page.raw("""
                <p>A <em>mesh</em> is the only way out for a fleet of AI agents. Each request of an agent passes it and is
                decided by a list of what that agent may do; what is not listed is denied. The mesh holds the keys of
                language models and other services, pays for calls out of each agent's budget, and writes down every
                decision. This report sums up what was written down.</p>
                <dl class="facts">
                <dt>Entry</dt><dd>One decision in the audit, numbered from 1. Each is chained to the one before it by a
                hash, so that none can be changed, removed or inserted without breaking the chain.</dd>
                <dt>Checkpoint</dt><dd>The chain's hash at some entry, signed by the mesh's key. It covers that entry and
                all before it.</dd>
                <dt>Allowed</dt><dd>The agent may do it, and it was done, unless a further entry says otherwise.</dd>
                <dt>Denied</dt><dd>The agent's permissions do not name it. It was not done.</dd>
                <dt>Refused</dt><dd>It may, but not now or not so: no budget left, too many requests, a conflict. It was
                not done.</dd>
                <dt>Cut, blocked</dt><dd>It had begun and was ended: a budget ran out, a permission was taken away, or a
                credential stood in an answer.</dd>
                <dt>Rule</dt><dd>The line of the configuration by which it was decided.</dd>
                <dt>Unreconciled</dt><dd>Money that may have been spent, and counts as if it were.</dd>
                </dl>
                """);
    }

    private void overview() {
        section("overview", "Agents at a glance");
        var _ = page.table(List.of("Agent", "Role", "Status", "#Calls", "#Cost, USD", "#Denied or refused"));
        for (int i = 0; i < report.agents().size(); i++) {
            Report.Part part = report.agents().get(i);
            Access access = part.access();
            var _ = page.raw("<tr><td><a href=\"#agent-" + (i + 1) + "\">")
                    .foreign(part.id())
                    .raw("</a></td>")
                    .foreignCell(access == null ? "" : access.agent().role())
                    .foreignCell(part.status())
                    .figure(Words.count(part.activity().calls()))
                    .figure(Words.usd(part.activity().costPico()))
                    .figure(Words.count(part.activity().refusals().times()))
                    .raw("</tr>");
        }
        var _ = page.endTable();
    }

    private void others() {
        section("others", "Others who acted");
        if (report.others().isEmpty()) {
            var _ = page.raw("<p class=\"soft\">Nobody.</p>");
        }
        for (Activity other : report.others()) {
            var _ = page.raw("<h3>").foreign(other.name()).raw("</h3>");
            if (other.costPico() != 0) {
                var _ = page.raw("<p>Its calls cost ")
                        .text(Words.usd(other.costPico()))
                        .raw(" USD by the audit; ")
                        .foreign(
                                other.parent().isEmpty()
                                        ? "nobody is known who paid."
                                        : "they were paid from the account of " + other.parent() + '.')
                        .raw("</p>");
            }
            if (!other.acts().isEmpty()) {
                tables.acts(other.acts());
            }
            if (!other.sufferings().isEmpty()) {
                var _ = page.element("p", "What the mesh did:");
                tables.acts(other.sufferings());
            }
            if (other.refusals().times() > 0) {
                tables.refusals(other.refusals());
            }
        }
    }

    private void operator() {
        section("operator", "What the operator did");
        var _ = page.element(
                "p",
                "The operator is whoever holds the token of the control listener. Reading figures and lists is not"
                        + " recorded; reading what agents wrote is.");
        if (report.tally().orders().isEmpty()) {
            var _ = page.raw("<p class=\"soft\">Nothing.</p>");
            return;
        }
        unlisted(report.tally().unlistedOrders());
        tables.entries(report.tally().orders());
    }

    private void unlisted(long count) {
        if (count > 0) {
            var _ = page.element(
                    "p",
                    "The newest " + Tally.LISTED + " are listed; " + Words.count(count)
                            + " older ones are in the audit.");
        }
    }

    private void revisions() {
        section("revisions", "Configuration revisions");
        var _ = page.element("p", report.configured().told());
        var _ = page.raw("<dl class=\"facts\"><dt>Revision that decides</dt><dd>")
                .text(Words.count(report.configured().revision()))
                .raw("</dd><dt>SHA-256 of its files</dt><dd class=\"c\">")
                .text(report.configured().runningHash())
                .raw("</dd><dt>SHA-256 of the files now</dt><dd class=\"c\">")
                .text(
                        report.configured().fileHash().isEmpty()
                                ? "not valid"
                                : report.configured().fileHash())
                .raw("</dd></dl>");
        if (report.tally().revisions().isEmpty()) {
            var _ = page.raw("<p class=\"soft\">No start and no reload in this period.</p>");
            return;
        }
        unlisted(report.tally().unlistedRevisions());
        var _ = page.table(List.of("#Revision", "Time (UTC)", "What happened", "Decision", "Files, SHA-256", "#Entry"));
        report.tally().revisions().forEach(recorded -> {
            var entry = recorded.entry();
            var _ = page.raw("<tr>")
                    .figure(Words.count(entry.revision()))
                    .raw("<td class=\"w\">")
                    .text(Words.time(entry.timeMillis()))
                    .raw("</td>")
                    .cell(entry.action().equals("start") ? "The mesh began" : "The files were read again")
                    .foreignCell(entry.decision())
                    .raw("<td class=\"c\">")
                    .foreign(entry.rule().replace("sha256:", ""))
                    .raw("</td>")
                    .figure(Words.count(recorded.seq()))
                    .raw("</tr>");
        });
        var _ = page.endTable();
    }

    private void proof() {
        Trail trail = report.trail();
        section("proof", "What proves it");
        verdict(trail.intact() ? "good" : "bad", trail.intact() ? "Intact." : "Not intact.", trail.finding());
        var _ = page.raw("<dl class=\"facts\"><dt>Entries that are kept</dt><dd>")
                .text(Words.count(trail.firstKept()) + " to " + Words.count(trail.last()))
                .raw("</dd><dt>Signed up to entry</dt><dd>")
                .text(Words.count(trail.signedUpTo()))
                .raw("</dd>");
        for (AuditKey key : trail.keys()) {
            var _ = page.raw("<dt>Public key <span class=\"c\">")
                    .text(key.id())
                    .raw("</span></dt><dd><span class=\"soft\">SHA-256 fingerprint</span> <code>")
                    .text(key.fingerprint())
                    .raw("</code></dd>");
        }
        var _ = page.raw("</dl>");
        if (trail.checkpoints().isEmpty()) {
            var _ = page.raw("<p class=\"soft\">There is no checkpoint in this period or behind it.</p>");
            return;
        }
        if (trail.unlisted() > 0) {
            var _ = page.element(
                    "p",
                    Words.count(trail.unlisted(), "older checkpoint", "older checkpoints")
                            + " of this period are not listed here. Each checkpoint covers everything before it, so the"
                            + " last one proves them all.");
        }
        var _ = page.table(
                List.of("#Up to entry", "Signed at (UTC)", "Hash of the chain", "Signature (Ed25519)", "Key"));
        for (Checkpoint checkpoint : trail.checkpoints()) {
            var _ = page.raw("<tr>")
                    .figure(Words.count(checkpoint.seq()))
                    .raw("<td class=\"w\">")
                    .text(Words.time(checkpoint.timeMillis()))
                    .raw("</td><td class=\"c\">")
                    .text(checkpoint.hash())
                    .raw("</td><td class=\"c\">")
                    .text(checkpoint.signature())
                    .raw("</td><td class=\"c\">")
                    .text(checkpoint.keyId())
                    .raw("</td></tr>");
        }
        var _ = page.endTable();
    }

    private static String style() {
        try (InputStream css = ReportPage.class.getResourceAsStream("report.css")) {
            if (css == null) {
                throw new IllegalStateException("report.css is missing from the build");
            }
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String hash(String style) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
