package ai.openlegion.evidence.report;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import ai.openlegion.evidence.report.LedgerReader.Ledger;
import ai.openlegion.evidence.report.LedgerReader.Usage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The sums of a report.
final class TallyTest {

    private static final long DAY = 86_400_000L;

    private final Tally tally = new Tally(Period.ALL, Set.of("alpha", "beta"));
    private long seq;

    private void add(String actor, String action, String resource, String decision, String rule, long pico) {
        seq++;
        tally.add(new Recorded(
                seq, new AuditEntry(seq, actor, action, resource, decision, rule, 1, "req_" + seq, "", pico)));
    }

    private Activity of(String name) {
        return tally.actors().stream()
                .filter(actor -> actor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void floods_that_were_counted_count_whole_and_only_in_the_meshs_own_words() {
        add("alpha", "publish", "deploy", "denied", "permissions.alpha.can_publish", 0);
        add("alpha", "publish", "", "denied: 41 further requests", "", 0);
        add("alpha", "rate_limit", "message", "refused: 7 requests beyond the rate", "rate_limits", 0);
        add("alpha", "message", "x", "refused: 900 requests that I made up", "", 0);
        add("unknown", "authenticate", "agent listener", "denied: 250 requests without a valid token", "", 0);
        add("webhook", "webhook.hook", "shop", "denied: no signature (12 calls)", "signature", 0);
        add("alpha", "message", "x", "refused: no signature (12 calls)", "", 0);

        assertThat(of("alpha").refusals().times()).isEqualTo(1 + 41 + 7 + 1 + 1);
        assertThat(of(Tally.STRANGERS).refusals().times()).isEqualTo(250);
        assertThat(of(Tally.WEBHOOKS).refusals().times()).isEqualTo(12);
    }

    @Test
    void what_an_agent_did_too_often_is_charged_to_the_agent() {
        add("alpha", "authenticate", "agent listener", "denied: 7 connections too many", "", 0);
        add("alpha", "authenticate", "agent listener", "denied: 9 connections too many", "", 0);
        add("unknown", "authenticate", "agent listener", "denied: 3 connections too many", "", 0);
        add("alpha", "cron.run", "job_1", "denied: 59 runs since", "permissions.alpha.can_publish", 0);

        assertThat(of("alpha").refusals().times()).isEqualTo(75);
        assertThat(of("alpha").refusals().groups()).hasSize(2);
        assertThat(of("unknown").refusals().times()).isEqualTo(3);
        assertThat(tally.actors()).extracting(Activity::name).doesNotContain(Tally.STRANGERS);
    }

    @Test
    void however_many_children_came_before_named_agents_and_all_money_are_there() {
        for (int i = 1; i <= Tally.ACTORS + 1; i++) {
            add("mesh", "agent.spawn", "child-" + i, "done", "child of alpha", 0);
        }
        add("beta", "llm.chat", "sim/small", "allowed", "", 5);
        add("child-5001", "llm.chat", "sim/small", "allowed", "", 7);
        add("child-5001", "publish", "news", "denied", "permissions.alpha.can_publish", 0);

        Map<String, List<Usage>> booked =
                Map.of("alpha", List.of(new Usage("sim/small", 1, 1, 1, 7, 0)), "beta", List.of());
        Ledger ledger = new Ledger(booked, Map.of("alpha", new TreeMap<>(Map.of(0L, 7L))));
        Roster roster = Roster.of(tally, Map.of(), ledger, Set.of(), 0, 0);
        Report.Part beta = part(roster, "beta");
        assertThat(beta.activity().calls()).isEqualTo(1);
        assertThat(beta.activity().costPico()).isEqualTo(5);
        assertThat(part(roster, "alpha").account().agrees()).isTrue();
        assertThat(roster.others()).singleElement().satisfies(rest -> {
            assertThat(rest.name()).isEqualTo("further children of alpha");
            assertThat(rest.costPico()).isEqualTo(7);
        });
        Trail trail = new Trail(true, "", 1, tally.lastSeq(), 0, List.of(), 0, List.of());
        Configured configured = new Configured(1, "", "", List.of());
        Report report = new Report(0, "", null, null, tally, trail, configured, roster.agents(), roster.others(), true);
        assertThat(report.costPico()).isEqualTo(12);
        assertThat(report.calls()).isEqualTo(2);
        assertThat(report.refused()).isEqualTo(1);
    }

    private static Report.Part part(Roster roster, String id) {
        return roster.agents().stream()
                .filter(part -> part.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nobody_is_taken_for_the_mesh_its_doors_or_the_operator() {
        add("webhook", "llm.chat", "sim/small", "allowed", "", 5);
        add("unknown", "llm.chat", "sim/small", "allowed", "", 7);
        add("workflow", "task.end", "task_1", "cancelled", "", 0);

        assertThat(of("webhook").costPico()).isEqualTo(5);
        assertThat(of("unknown").costPico()).isEqualTo(7);
        assertThat(Tally.isAgent(of("webhook"))).isTrue();
        assertThat(Tally.isAgent(of("workflow"))).isFalse();
    }

    @Test
    void only_calls_cost_and_what_repeats_their_sums_does_not() {
        add("alpha", "llm.chat", "sim/small", "failed over: http_500", "", 3);
        add("alpha", "llm.chat", "sim/small", "allowed", "", 10);
        add("alpha", "service.call", "svc GET /x", "allowed", "", 20);
        add("alpha", "task.end", "task_1", "complete", "", 33);
        add("mesh", "workflow.end", "wf_1", "complete", "", 33);
        add("mesh", "budget.recover", "alpha", "unreconciled", "2026-03-01", 100);

        assertThat(of("alpha").costPico()).isEqualTo(33);
        assertThat(of("alpha").costs()).containsOnlyKeys(0L);
        assertThat(of("alpha").sufferings()).hasSize(1);
    }

    @Test
    void a_child_has_its_parent_also_where_it_was_spawned_before_the_period() {
        Tally late = new Tally(Period.parse("2", null), Set.of());
        late.add(new Recorded(
                1, new AuditEntry(0, "mesh", "agent.spawn", "alpha-abc", "done", "child of alpha", 1, "", "", 0)));
        late.add(new Recorded(2, new AuditEntry(DAY, "alpha-abc", "llm.chat", "m", "allowed", "", 1, "", "", 4)));
        assertThat(late.actors())
                .singleElement()
                .satisfies(child -> assertThat(child.parent()).isEqualTo("alpha"));
        assertThat(late.entries()).isEqualTo(1);
        assertThat(late.lastRead()).isEqualTo(2);
    }

    @Test
    void a_million_entries_with_names_of_their_own_are_summed_in_bounded_memory() {
        for (int i = 0; i < 1_000_000; i++) {
            String name = "agent-" + i;
            String actor = i % 4 == 0 ? name : i % 4 == 1 ? "operator" : "alpha";
            add(actor, i % 4 == 2 ? "llm.chat" : "made.up" + i, "key/" + i, "refused: reason " + i, "rule " + i, 1);
        }
        assertThat(tally.entries()).isEqualTo(1_000_000);
        assertThat(tally.actors()).hasSizeLessThanOrEqualTo(Tally.ACTORS + 2);
        assertThat(tally.orders()).hasSize(Tally.LISTED);
        assertThat(tally.unlistedOrders()).isEqualTo(250_000 - Tally.LISTED);
        assertThat(of("alpha").refusals().groups()).hasSizeLessThanOrEqualTo(201);
        assertThat(of("alpha").refusals().times()).isEqualTo(500_000);
        assertThat(of("alpha").acts()).hasSizeLessThanOrEqualTo(301);
        assertThat(of("alpha").paid()).hasSizeLessThanOrEqualTo(101);
        assertThat(of("alpha").costPico()).isEqualTo(250_000);
        long sum = tally.actors().stream().mapToLong(Activity::entries).sum();
        assertThat(sum + tally.operator().entries()).isEqualTo(1_000_000);
    }
}
