package ai.openlegion.evidence.report;

import ai.openlegion.acl.Grants;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Recorded;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.evidence.report.LedgerReader.Usage;
import ai.openlegion.evidence.report.Refusals.Example;
import ai.openlegion.evidence.report.Refusals.Group;
import ai.openlegion.fleet.Agent;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A report as JSON, for machines: amounts are US dollars, exact; times are UTC.
final class ReportJson {

    private final Report report;
    private final JsonGenerator json;

    private ReportJson(Report report, JsonGenerator json) {
        this.report = report;
        this.json = json;
    }

    /// Everything but the signature, which is the last member: without the brace that ends the document.
    static byte[] unsigned(Report report) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
        DefaultPrettyPrinter lines = new DefaultPrettyPrinter();
        lines.indentObjectsWith(new DefaultIndenter("  ", "\n"));
        lines.indentArraysWith(new DefaultIndenter("  ", "\n"));
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
                // what an agent named may steer the terminal or editor of who looks at it
                .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                .build();
        try (JsonGenerator json = factory.createGenerator(bytes)) {
            json.setPrettyPrinter(lines);
            new ReportJson(report, json).write();
            json.flush();
            return bytes.toByteArray();
        }
    }

    private void write() throws IOException {
        json.writeStartObject();
        json.writeStringField("format", Seal.FORMAT);
        time("made_at", report.madeAtMillis());
        json.writeStringField("made_by", "openlegion " + report.version());
        period();
        trail();
        configured();
        summary();
        json.writeArrayFieldStart("agents");
        for (Report.Part part : report.agents()) {
            agent(part);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("others");
        for (Activity other : report.others()) {
            json.writeStartObject();
            json.writeStringField("name", other.name());
            json.writeStringField("parent", other.parent());
            activity(other);
            json.writeEndObject();
        }
        json.writeEndArray();
        listed("operator_actions", report.tally().orders(), report.tally().unlistedOrders());
        listed(
                "configuration_revisions",
                report.tally().revisions(),
                report.tally().unlistedRevisions());
        acts("mesh", report.tally().mesh().acts());
    }

    private void period() throws IOException {
        Tally tally = report.tally();
        json.writeObjectFieldStart("period");
        json.writeStringField("since", report.since());
        json.writeStringField("until", report.until());
        json.writeNumberField("entries", tally.entries());
        json.writeNumberField("first_entry", tally.firstSeq());
        json.writeNumberField("last_entry", tally.lastSeq());
        if (tally.entries() > 0) {
            time("first_at", tally.firstMillis());
            time("last_at", tally.lastMillis());
        }
        json.writeEndObject();
    }

    private void trail() throws IOException {
        Trail trail = report.trail();
        json.writeObjectFieldStart("audit_trail");
        json.writeBooleanField("intact", trail.intact());
        json.writeStringField("finding", trail.finding());
        json.writeNumberField("first_kept_entry", trail.firstKept());
        json.writeNumberField("last_entry", trail.last());
        json.writeNumberField("signed_up_to", trail.signedUpTo());
        json.writeArrayFieldStart("keys");
        for (AuditKey key : trail.keys()) {
            json.writeStartObject();
            json.writeStringField("id", key.id());
            json.writeStringField("fingerprint_sha256", key.fingerprint());
            json.writeStringField("pem", key.pem());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("checkpoints");
        for (Checkpoint checkpoint : trail.checkpoints()) {
            json.writeRawValue(checkpoint.text());
        }
        json.writeEndArray();
        json.writeNumberField("checkpoints_not_listed", trail.unlisted());
        json.writeEndObject();
    }

    private void configured() throws IOException {
        Configured files = report.configured();
        json.writeObjectFieldStart("configuration");
        json.writeNumberField("revision", files.revision());
        json.writeStringField("revision_sha256", files.runningHash());
        json.writeStringField("files_sha256", files.fileHash());
        json.writeBooleanField("files_are_those_of_the_revision", files.same());
        strings("problems", files.problems());
        json.writeEndObject();
    }

    private void summary() throws IOException {
        json.writeObjectFieldStart("summary");
        json.writeNumberField("agents", report.agents().size());
        json.writeNumberField("calls", report.calls());
        usd("cost_usd", report.costPico());
        json.writeNumberField("denied_refused_or_cut", report.refused());
        json.writeNumberField("denied_to_others", report.refusedToOthers());
        json.writeNumberField("operator_actions", report.tally().operator().entries());
        json.writeBooleanField("ledger_compared", report.days());
        if (report.days()) {
            usd("ledger_usd", report.spentPico());
            usd("ledger_unreconciled_usd", report.unreconciledPico());
            json.writeBooleanField("ledger_agrees", report.moneyAgrees());
        }
        strings("warnings", report.warnings());
        json.writeEndObject();
    }

    private void agent(Report.Part part) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", part.id());
        json.writeStringField("status", part.status());
        json.writeBooleanField("frozen", part.frozen());
        Access access = part.access();
        if (access != null) {
            access(access);
        }
        activity(part.activity());
        account(part.account());
        json.writeEndObject();
    }

    private void access(Access access) throws IOException {
        Agent agent = access.agent();
        Grants grants = access.grants();
        json.writeObjectFieldStart("may_access");
        json.writeStringField("role", agent.role());
        json.writeStringField("runtime", agent.runtime().key());
        json.writeStringField("default_model", agent.model());
        strings("model_globs", agent.models());
        strings("models", access.models());
        json.writeObjectFieldStart("limits");
        limit("daily_usd", access.limits().dailyPico());
        limit("monthly_usd", access.limits().monthlyPico());
        json.writeBooleanField("set_by_operator", access.override() != null);
        json.writeEndObject();
        json.writeBooleanField("own_permissions", access.ownEntry());
        json.writeObjectFieldStart("permissions");
        strings("can_message", grants.canMessage());
        strings("can_publish", grants.canPublish());
        strings("can_subscribe", grants.canSubscribe());
        strings("blackboard_read", grants.blackboardRead());
        strings("blackboard_write", grants.blackboardWrite());
        strings("allowed_apis", grants.allowedApis());
        strings("allowed_credentials", grants.allowedCredentials());
        strings("can_run_workflows", grants.canRunWorkflows());
        json.writeBooleanField("can_spawn", grants.canSpawn());
        json.writeBooleanField("can_manage_cron", grants.canManageCron());
        json.writeEndObject();
        json.writeArrayFieldStart("services");
        for (Access.Reach service : access.services()) {
            json.writeStartObject();
            json.writeStringField("name", service.name());
            json.writeStringField("base_url", service.baseUrl());
            json.writeStringField("credential", service.credential());
            usd("usd_per_call", service.picoPerCall());
            json.writeEndObject();
        }
        json.writeEndArray();
        strings("stored_credentials", access.stored());
        json.writeEndObject();
    }

    private void activity(Activity activity) throws IOException {
        json.writeNumberField("entries", activity.entries());
        if (activity.entries() > 0) {
            time("first_at", activity.firstMillis());
            time("last_at", activity.lastMillis());
        }
        acts("did", activity.acts());
        acts("done_to_it", activity.sufferings());
        json.writeNumberField("calls", activity.calls());
        usd("cost_usd", activity.costPico());
        json.writeArrayFieldStart("paid");
        for (Map.Entry<String, Activity.Count> paid : activity.paid()) {
            json.writeStartObject();
            json.writeStringField("for", paid.getKey());
            json.writeNumberField("calls", paid.getValue().times());
            usd("cost_usd", paid.getValue().costPico());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberField("denied_refused_or_cut", activity.refusals().times());
        json.writeArrayFieldStart("denials");
        for (Group group : activity.refusals().groups()) {
            group(group);
        }
        json.writeEndArray();
    }

    private void group(Group group) throws IOException {
        json.writeStartObject();
        json.writeStringField("decision", group.key().word());
        json.writeStringField("action", group.key().action());
        json.writeStringField("rule", group.key().rule());
        json.writeStringField("reason", group.key().reason());
        json.writeNumberField("times", group.times());
        time("first_at", group.firstMillis());
        time("last_at", group.lastMillis());
        json.writeArrayFieldStart("examples");
        for (Example example : group.examples()) {
            entry(example.seq(), example.entry());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void account(Account account) throws IOException {
        json.writeObjectFieldStart("ledger");
        usd("spent_usd", account.spentPico());
        usd("unreconciled_usd", account.unreconciledPico());
        usd("by_audit_usd", account.auditPico());
        json.writeBooleanField("agrees", account.agrees());
        json.writeArrayFieldStart("usage");
        for (Usage usage : account.usage()) {
            json.writeStartObject();
            json.writeStringField("for", usage.model());
            json.writeNumberField("calls", usage.calls());
            json.writeNumberField("input_tokens", usage.inputTokens());
            json.writeNumberField("output_tokens", usage.outputTokens());
            usd("spent_usd", usage.spentPico());
            usd("unreconciled_usd", usage.unreconciledPico());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("differing_days");
        for (Account.Day day : account.differing()) {
            json.writeStartObject();
            json.writeStringField("day", Words.day(day.day()));
            usd("ledger_usd", day.ledgerPico());
            usd("by_audit_usd", day.auditPico());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void acts(String name, Map<Activity.Act, Activity.Count> acts) throws IOException {
        json.writeArrayFieldStart(name);
        for (Map.Entry<Activity.Act, Activity.Count> act : acts.entrySet()) {
            json.writeStartObject();
            json.writeStringField("action", act.getKey().action());
            json.writeStringField("decision", act.getKey().word());
            json.writeNumberField("times", act.getValue().times());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void listed(String name, List<Recorded> entries, long unlisted) throws IOException {
        json.writeArrayFieldStart(name);
        for (Recorded recorded : entries) {
            entry(recorded.seq(), recorded.entry());
        }
        json.writeEndArray();
        json.writeNumberField(name + "_not_listed", unlisted);
    }

    private void entry(long seq, AuditEntry entry) throws IOException {
        json.writeStartObject();
        json.writeNumberField("seq", seq);
        time("at", entry.timeMillis());
        json.writeStringField("action", entry.action());
        json.writeStringField("resource", entry.resource());
        json.writeStringField("decision", entry.decision());
        json.writeStringField("rule", entry.rule());
        json.writeNumberField("revision", entry.revision());
        json.writeStringField("request_id", entry.requestId());
        json.writeEndObject();
    }

    private void strings(String name, List<String> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    private void limit(String name, long pico) throws IOException {
        if (pico == Limits.UNLIMITED) {
            json.writeNullField(name);
        } else {
            usd(name, pico);
        }
    }

    private void usd(String name, long pico) throws IOException {
        json.writeFieldName(name);
        json.writeNumber(Usd.toBigDecimal(pico).stripTrailingZeros());
    }

    private void time(String name, long millis) throws IOException {
        json.writeStringField(name, Instant.ofEpochMilli(millis).toString());
    }
}
