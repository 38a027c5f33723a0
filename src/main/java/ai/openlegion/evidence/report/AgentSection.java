package ai.openlegion.evidence.report;

import ai.openlegion.acl.Grants;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.RuntimeKind;
import java.util.List;

/// One agent's part of the page: what it may access, did, spent and was denied.
final class AgentSection {

    private static final int MODELS = 40;

    private final Html page;
    private final Tables tables;
    private final boolean days;

    AgentSection(Html page, boolean days) {
        this.page = page;
        this.days = days;
        tables = new Tables(page);
    }

    void write(int number, Report.Part part) {
        var _ = page.raw("<section class=\"agent\" id=\"agent-" + number + "\"><h2>Agent <span class=\"c\">")
                .foreign(part.id())
                .raw("</span> <span class=\"tag\">")
                .foreign(part.status())
                .raw("</span>");
        if (part.frozen()) {
            var _ = page.raw(" <span class=\"tag bad\">account frozen</span>");
        }
        var _ = page.raw("</h2>\n");
        access(part);
        did(part.activity());
        spent(part);
        denied(part.activity());
        var _ = page.raw("</section>\n");
    }

    private void access(Report.Part part) {
        var _ = page.element("h3", "What it may access");
        Access access = part.access();
        if (access == null) {
            String parent = part.activity().parent();
            var _ = parent.isEmpty()
                    ? page.element("p", "The configuration does not name it any more: it may access nothing.")
                    : page.raw("<p>A temporary agent: it had no more than what its parent, <span class=\"c\">")
                            .foreign(parent)
                            .raw("</span>, may, and spent from its parent's account.</p>");
            return;
        }
        Agent agent = access.agent();
        Grants grants = access.grants();
        var _ = page.raw("<dl class=\"facts\">");
        fact("Role", agent.role());
        fact("Runs", runtime(agent.runtime()));
        fact("Models", models(access));
        fact("Budget", budget(access));
        list("APIs", grants.allowedApis(), "none");
        services(access);
        list("Credentials it may use", grants.allowedCredentials(), "none");
        if (!access.stored().isEmpty()) {
            list("Credentials it stored", access.stored(), "none");
        }
        list("Reads shared entries", grants.blackboardRead(), "none");
        list("Writes shared entries", grants.blackboardWrite(), "none");
        list("Sends messages to", grants.canMessage(), "nobody");
        list("Publishes to", grants.canPublish(), "no topic");
        list("Subscribes to", grants.canSubscribe(), "no topic");
        list("Starts workflows", grants.canRunWorkflows(), "none");
        fact("Spawns agents", grants.canSpawn() ? "yes" : "no");
        fact("Makes schedules", grants.canManageCron() ? "yes" : "no");
        var _ = page.raw("</dl>");
        if (!access.ownEntry()) {
            var _ = page.raw("<p class=\"soft\">It has no entry of its own in the permissions; these are the"
                    + " default's.</p>");
        }
    }

    private void fact(String name, String value) {
        var _ = page.element("dt", name).raw("<dd>").foreign(value).raw("</dd>");
    }

    private void list(String name, List<String> values, String none) {
        var _ = page.element("dt", name).raw("<dd>");
        if (values.isEmpty()) {
            var _ = page.raw("<span class=\"soft\">").text(none).raw("</span>");
        }
        for (int i = 0; i < values.size(); i++) {
            var _ = page.raw(i == 0 ? "<code>" : ", <code>")
                    .foreign(values.get(i))
                    .raw("</code>");
        }
        var _ = page.raw("</dd>");
    }

    private void services(Access access) {
        if (access.services().isEmpty()) {
            return;
        }
        var _ = page.element("dt", "Services").raw("<dd>");
        for (int i = 0; i < access.services().size(); i++) {
            Access.Reach service = access.services().get(i);
            var _ = page.raw(i == 0 ? "" : "<br>")
                    .raw("<code>")
                    .foreign(service.name())
                    .raw("</code> at ")
                    .foreign(service.baseUrl())
                    .text(", " + Words.usd(service.picoPerCall()) + " USD a call"
                            + (service.credential() == null
                                    ? ", without a credential"
                                    : ", the mesh adds the credential "))
                    .raw("<code>")
                    .foreign(service.credential() == null ? "" : service.credential())
                    .raw("</code>");
        }
        var _ = page.raw("</dd>");
    }

    private static String runtime(RuntimeKind kind) {
        return switch (kind) {
            case SANDBOX -> "sandbox: under a kernel of its own";
            case DOCKER -> "docker: in a hardened container";
            case AUTO -> "auto: in a sandbox where there is one, else in a hardened container";
            case PROCESS -> "process: as a child process, which is no security boundary";
            case EXTERNAL -> "external: outside; whoever holds its token is this agent";
        };
    }

    private static String models(Access access) {
        List<String> models = access.models();
        String listed = String.join(", ", models.subList(0, Math.min(MODELS, models.size())));
        String rest = models.size() > MODELS ? " and " + (models.size() - MODELS) + " more" : "";
        return (models.isEmpty() ? "none" : listed + rest) + " (by default "
                + access.agent().model() + ")";
    }

    private static String budget(Access access) {
        String text = Words.limit(access.limits().dailyPico()) + " USD a day, "
                + Words.limit(access.limits().monthlyPico()) + " USD a month";
        return access.override() == null
                ? text
                : text + ", set by the operator in place of the file's "
                        + Words.limit(access.agent().limits().dailyPico()) + " and "
                        + Words.limit(access.agent().limits().monthlyPico());
    }

    private void did(Activity activity) {
        var _ = page.element("h3", "What it did");
        if (activity.entries() == 0) {
            var _ = page.raw("<p class=\"soft\">Nothing that is recorded in this period.</p>");
            return;
        }
        var _ = page.element(
                "p",
                Words.count(activity.entries(), "entry", "entries") + " between " + Words.time(activity.firstMillis())
                        + " and " + Words.time(activity.lastMillis()) + ".");
        if (!activity.acts().isEmpty()) {
            tables.acts(activity.acts());
        }
        if (!activity.sufferings().isEmpty()) {
            var _ = page.element("p", "What the mesh did to it:");
            tables.acts(activity.sufferings());
        }
    }

    private void spent(Report.Part part) {
        Activity activity = part.activity();
        Account account = part.account();
        var _ = page.element("h3", "What it spent");
        if (account.usage().isEmpty() && activity.costPico() == 0 && account.auditPico() == 0) {
            var _ = page.raw("<p class=\"soft\">Nothing.</p>");
            return;
        }
        if (!activity.parent().isEmpty()) {
            var _ = page.element(
                    "p",
                    "Its calls cost " + Words.usd(activity.costPico())
                            + " USD by the audit; they were paid from its parent's account.");
            return;
        }
        if (!days) {
            var _ = page.element(
                    "p",
                    "Its calls cost " + Words.usd(activity.costPico())
                            + " USD by the audit. The ledger counts by whole days, and none lies in this period.");
            return;
        }
        tables.usage(account.usage());
        if (account.agrees()) {
            var _ = page.raw("<div class=\"box good\"><p><strong>Ledger and audit agree:</strong> ")
                    .text(Words.usd(account.spentPico()) + " USD.")
                    .raw("</p></div>");
        } else {
            differs(account);
        }
        if (account.unreconciledPico() != 0) {
            var _ = page.element(
                    "p",
                    Words.usd(account.unreconciledPico())
                            + " USD more are unreconciled: they may have been spent, since a"
                            + " call broke off without a final figure or the mesh ended without notice. They count"
                            + " against the budget.");
        }
    }

    private void differs(Account account) {
        var _ = page.raw("<div class=\"box warn\"><p><strong>Ledger and audit differ:</strong> ")
                .text("the ledger booked " + Words.usd(account.spentPico()) + " USD, the entries add up to "
                        + Words.usd(account.auditPico()) + " USD. This is so where older entries were removed by the"
                        + " retention settings, or while calls end as the report is made; otherwise it wants an"
                        + " explanation.")
                .raw("</p></div>");
        var _ = page.table(List.of("Day (UTC)", "#Ledger, USD", "#Audit, USD"));
        for (Account.Day day :
                account.differing().subList(0, Math.min(60, account.differing().size()))) {
            var _ = page.raw("<tr>")
                    .cell(Words.day(day.day()))
                    .figure(Words.usd(day.ledgerPico()))
                    .figure(Words.usd(day.auditPico()))
                    .raw("</tr>");
        }
        var _ = page.endTable();
    }

    private void denied(Activity activity) {
        var _ = page.element("h3", "What it was denied");
        if (activity.refusals().times() == 0) {
            var _ = page.raw("<p class=\"soft\">Nothing.</p>");
        } else {
            tables.refusals(activity.refusals());
        }
    }
}
