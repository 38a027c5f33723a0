package ai.openlegion.control;

import static ai.openlegion.control.ControlRig.RESEARCHER;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditReader;
import ai.openlegion.budget.Budget;
import ai.openlegion.messaging.Messaging;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ControlRoutesTest {

    private static final String WINDOW = "{\"limit_usd\":5,\"spent_usd\":0.0000123,\"held_usd\":0.0000000001,"
            + "\"unreconciled_usd\":0,\"resets_at\":\"2026-11-23T00:00:00Z\"}";
    private static final String ACCOUNT = "\"agent\":\"researcher\",\"daily\":" + WINDOW + ",\"monthly\":" + WINDOW
            + ",\"frozen\":false,\"tokens_today\":42";

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void starts() throws Exception {
        rig = new ControlRig(folder);
    }

    @AfterEach
    void stops() throws Exception {
        rig.close();
    }

    @Test
    void status_tells_health_agents_and_spend() throws IOException {
        RawHttp.Response response = rig.get("/control/status");

        assertThat(response.status()).isEqualTo(200);
        JsonObject status = response.json();
        assertThat(status.fieldNames())
                .containsExactly(
                        "version",
                        "pid",
                        "started_at",
                        "scheme",
                        "port",
                        "control_port",
                        "policy_revision",
                        "runtime",
                        "store",
                        "agents",
                        "fleet",
                        "streams_open",
                        "remarks",
                        "progress",
                        "warnings");
        assertThat(status.getInteger("policy_revision")).isEqualTo(7);
        assertThat(status.getString("started_at")).isEqualTo("2026-11-22T09:00:00Z");
        assertThat(status.getInteger("control_port")).isEqualTo(rig.port());
        assertThat(status.getJsonObject("store").getBoolean("available")).isTrue();
        assertThat(status.getJsonObject("fleet").getJsonObject("daily").getValue("limit_usd"))
                .isNull();
        assertThat(status.getJsonArray("warnings")).isEqualTo(JsonArray.of("mind the gap"));
        assertThat(response.body()).contains("\"cost_today_usd\":0.0000123");
    }

    @Test
    void agents_are_listed_with_what_they_did_today() throws IOException {
        assertThat(rig.get("/control/agents").array().getJsonObject(0)).isEqualTo(new JsonObject("""
                        {"id": "researcher", "role": "research", "model": "openai/gpt-4o", "runtime": "external",
                         "boundary": "none", "state": "ready", "registered_at": "2026-11-22T10:00:00Z",
                         "capabilities": ["search"], "address": "http://127.0.0.1:8400/in", "started_at": null, "restarts": 0,
                         "tokens_today": 42, "cost_today_usd": 0.0000123}
                        """));
    }

    @Test
    void an_agent_that_has_not_registered_is_absent_and_one_nobody_can_tell_of_unknown() throws IOException {
        rig.directory.set(new Messaging.Registrations(Map.of()));
        JsonObject absent = rig.get("/control/agents").array().getJsonObject(0);
        assertThat(absent.getString("state")).isEqualTo("absent");
        assertThat(absent.fieldNames()).doesNotContain("registered_at", "capabilities");
        rig.directory.set(new Messaging.Unavailable());
        assertThat(rig.get("/control/agents").array().getJsonObject(0).getString("state"))
                .isEqualTo("unknown");
        assertThat(rig.get("/control/status").status()).isEqualTo(200);
    }

    @Test
    void budgets_are_exact_plain_decimals() throws IOException {
        assertThat(rig.get("/control/budgets").body())
                .startsWith("{\"fleet\":{\"daily\":{\"limit_usd\":null,\"spent_usd\":0.0000123,")
                .endsWith("\"agents\":[{" + ACCOUNT + "}]}");
    }

    @Test
    void a_limit_is_set_to_the_pico_dollar() throws IOException {
        RawHttp.Response response =
                rig.ask("PUT", "/control/budgets/researcher", "{\"daily_usd\": 0.000000000001, \"monthly_usd\": 9e6}");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{" + ACCOUNT + "}");
        assertThat(rig.asked)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("requestId")
                .containsExactly(new Budget.SetLimits(RESEARCHER, 1L, 9_000_000_000_000_000_000L, "req_1"));
    }

    @Test
    void one_limit_alone_leaves_the_other() throws IOException {
        assertThat(rig.ask("PUT", "/control/budgets/researcher", "{\"daily_usd\": 0}")
                        .status())
                .isEqualTo(200);

        assertThat(rig.asked)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("requestId")
                .containsExactly(new Budget.SetLimits(RESEARCHER, 0L, null, "req_1"));
    }

    @Test
    void a_release_tells_what_was_released() throws IOException {
        RawHttp.Response response = rig.ask("POST", "/control/budgets/researcher/release", "{\"usd\": 2.5}");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"released_usd\":0.0015," + ACCOUNT + "}");
        assertThat(rig.asked)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("requestId")
                .containsExactly(new Budget.Release(RESEARCHER, 2_500_000_000_000L, "req_1"));
        assertThat(rig.ask("POST", "/control/budgets/researcher/release", "{}").status())
                .isEqualTo(400);
    }

    @Test
    void a_change_for_an_unknown_agent_is_404_and_one_the_store_cannot_take_503() throws IOException {
        rig.nextChange.set(new Budget.Changed(Budget.Change.UNKNOWN_AGENT, null, 0));
        assertThat(rig.ask("PUT", "/control/budgets/nobody", "{\"daily_usd\": 1}")
                        .status())
                .isEqualTo(404);
        assertThat(rig.ask("POST", "/control/budgets/nobody/release", "{\"usd\": 1}")
                        .status())
                .isEqualTo(404);
        assertThat(rig.ask("PUT", "/control/budgets/no%20body", "{\"daily_usd\": 1}")
                        .detail())
                .isEqualTo("unknown agent no body");
        rig.nextChange.set(new Budget.Changed(Budget.Change.UNAVAILABLE, null, 0));
        assertThat(rig.ask("PUT", "/control/budgets/researcher", "{\"daily_usd\": 1}")
                        .status())
                .isEqualTo(503);
    }

    @Test
    void usage_is_grouped_as_asked() throws IOException {
        RawHttp.Response response = rig.get("/control/usage?agent=researcher&since=2026-11-01&group_by=day");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body())
                .isEqualTo("{\"group_by\":\"day\",\"rows\":[{\"day\":\"sim/small\",\"calls\":2,\"input_tokens\":1000,"
                        + "\"output_tokens\":100,\"cached_tokens\":10,\"spent_usd\":0.0012,"
                        + "\"unreconciled_usd\":0.000007}]}");
        assertThat(rig.get("/control/usage?since=2026-11-22T00:00:00Z").json().getString("group_by"))
                .isEqualTo("model");
        assertThat(rig.asked)
                .containsExactly(
                        new Budget.Usage(RESEARCHER, 1_793_491_200_000L, Budget.GroupBy.DAY),
                        new Budget.Usage(null, 1_795_305_600_000L, Budget.GroupBy.MODEL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "group_by=hour",
                "group_by=",
                "since=yesterday",
                "since=2026-13-01",
                "since=1960-01-01",
                "since=%2B999999999-01-01T00:00:00Z"
            })
    void usage_with_a_bad_question_is_400(String query) throws IOException {
        assertThat(rig.get("/control/usage?" + query).status()).isEqualTo(400);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void explain_answers_for_any_triple_and_resolves_a_bare_model_name() throws IOException {
        assertThat(rig.get("/control/explain?agent=researcher&operation=api&resource=llm")
                        .body())
                .isEqualTo("{\"allowed\":true,\"rule\":\"permissions.researcher.allowed_apis[\\\"llm\\\"]\","
                        + "\"revision\":7,\"message\":\"Agent researcher can access llm\"}");
        assertThat(rig.get("/control/explain?agent=researcher&operation=publish&resource=deploy")
                        .json())
                .isEqualTo(new JsonObject()
                        .put("allowed", false)
                        .put("rule", "permissions.researcher.can_publish")
                        .put("revision", 7)
                        .put("message", "Agent researcher cannot publish to deploy"));
        assertThat(rig.get("/control/explain?agent=researcher&operation=model&resource=gpt-4o")
                        .json()
                        .getBoolean("allowed"))
                .isTrue();
        assertThat(rig.get("/control/explain?agent=researcher&operation=RUN-WORKFLOW&resource=x")
                        .json()
                        .getBoolean("allowed"))
                .isFalse();
    }

    @Test
    void explain_refuses_what_it_cannot_understand() throws IOException {
        assertThat(rig.get("/control/explain?agent=nobody&operation=api&resource=llm")
                        .status())
                .isEqualTo(404);
        RawHttp.Response verb = rig.get("/control/explain?agent=researcher&operation=fly&resource=llm");
        assertThat(verb.status()).isEqualTo(400);
        assertThat(verb.detail()).contains("run_workflow");
        assertThat(rig.get("/control/explain").status()).isEqualTo(400);
        assertThat(rig.get("/control/explain?agent=%zz").status()).isEqualTo(400);
    }

    @Test
    void a_reload_tells_its_revision_or_every_problem_and_is_audited() throws Exception {
        RawHttp.Response done = rig.ask("POST", "/control/reload", "");
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.body()).isEqualTo("{\"revision\":8,\"warnings\":[\"a warning\"]}");

        rig.nextReload.set(new Control.Reloaded(
                8,
                List.of(new Control.Problem("config/mesh.yaml", 12, "budget.daily_usd", "must be a number ≥ 0")),
                List.of()));
        RawHttp.Response refused = rig.ask("POST", "/control/reload", "{}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.detail()).contains("the running one stays");
        assertThat(refused.json().getJsonArray("problems").getJsonObject(0))
                .isEqualTo(new JsonObject()
                        .put("file", "config/mesh.yaml")
                        .put("line", 12)
                        .put("key", "budget.daily_usd")
                        .put("message", "must be a number ≥ 0"));

        // entries are written at the end of a group, so one that comes after them sees them
        Boolean written = ControlRig.await(rig.database.write(connection -> true));
        assertThat(written).isTrue();
        List<String> audited =
                ControlRig.await(rig.database.write(connection -> AuditReader.read(connection, 1, 10))).stream()
                        .map(recorded -> recorded.entry().action() + " "
                                + recorded.entry().decision() + " "
                                + recorded.entry().requestId())
                        .toList();
        assertThat(audited)
                .containsExactly(
                        "control.reload done " + done.header("x-request-id"),
                        "control.reload refused " + refused.header("x-request-id"));
    }

    @Test
    void a_reload_with_members_is_refused() throws IOException {
        assertThat(rig.ask("POST", "/control/reload", "{\"force\": true}").detail())
                .contains("force");
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void stopping_is_answered_before_it_is_done() throws IOException {
        RawHttp.Response response = rig.ask("POST", "/control/stop", "");

        assertThat(response.status()).isEqualTo(202);
        assertThat(rig.asked).containsExactly(new Control.Stop());
    }
}
