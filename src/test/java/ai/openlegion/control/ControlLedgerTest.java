package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.budget.Admission;
import ai.openlegion.budget.Basis;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.Ledger;
import ai.openlegion.budget.Outcome;
import ai.openlegion.budget.Quote;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class ControlLedgerTest {

    private final Ledger ledger = new Ledger(ControlRig.CLOCK);

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void starts() throws Exception {
        rig = ControlRig.withLedger(folder, ledger);
    }

    @AfterEach
    void stops() throws Exception {
        rig.close();
    }

    @Test
    void what_an_agent_spends_is_shown_live_and_everywhere_the_same() throws Exception {
        try (RawHttp events = new RawHttp(rig.port())) {
            events.send("GET /control/budgets/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + ControlRig.OPERATOR_TOKEN + "\r\n\r\n");
            assertThat(events.receiveHead().status()).isEqualTo(200);
            spend(1_234_500_000L, 100L);
            String line = String.valueOf(events.bodyLine());
            while (!line.contains("\"spent_usd\":0.0012345,\"held_usd\":0,\"unreconciled_usd\":0.0000000001")) {
                line = String.valueOf(events.bodyLine());
            }
        }

        JsonObject account =
                rig.get("/control/budgets").json().getJsonArray("agents").getJsonObject(0);
        assertThat(account.getJsonObject("daily").getDouble("spent_usd")).isEqualTo(0.0012345);
        assertThat(account.getJsonObject("daily").getString("resets_at")).isEqualTo("2026-11-23T00:00:00Z");
        assertThat(account.getJsonObject("monthly").getString("resets_at")).isEqualTo("2026-12-01T00:00:00Z");
        JsonObject row = rig.get("/control/usage?agent=researcher&group_by=model")
                .json()
                .getJsonArray("rows")
                .getJsonObject(0);
        assertThat(row.getString("model")).isEqualTo("openai/gpt-4o");
        assertThat(row.getInteger("calls")).isEqualTo(1);
        assertThat(new BigDecimal(row.getValue("spent_usd").toString())).isEqualByComparingTo("0.0012345");
        JsonObject agent = rig.get("/control/agents").array().getJsonObject(0);
        assertThat(agent.getInteger("tokens_today")).isEqualTo(30);
        assertThat(agent.getDouble("cost_today_usd")).isEqualTo(0.0012345);
    }

    @Test
    void a_limit_set_by_the_operator_acts_at_once() throws Exception {
        RawHttp.Response set = rig.ask("PUT", "/control/budgets/researcher", "{\"daily_usd\": 0}");

        assertThat(set.status()).isEqualTo(200);
        assertThat(set.json().getJsonObject("daily").getInteger("limit_usd")).isZero();
        assertThat(set.json().getJsonObject("monthly").getInteger("limit_usd")).isEqualTo(100);
        assertThat(ledger.admit(ControlRig.RESEARCHER, new Quote(1, 1, 16, 16))).isInstanceOf(Admission.Refused.class);
    }

    @Test
    void what_is_unreconciled_is_released_by_the_operator_and_never_more_than_there_is() throws Exception {
        spend(1_000_000_000L, 5_000_000_000L);

        RawHttp.Response released = rig.ask("POST", "/control/budgets/researcher/release", "{\"usd\": 2}");

        assertThat(released.status()).isEqualTo(200);
        assertThat(released.json().getDouble("released_usd")).isEqualTo(0.005);
        assertThat(released.json().getJsonObject("daily").getInteger("unreconciled_usd"))
                .isZero();
    }

    @Test
    void an_agent_that_the_fleet_does_not_have_has_no_account() throws Exception {
        assertThat(rig.ask("PUT", "/control/budgets/nobody", "{\"daily_usd\": 1}")
                        .status())
                .isEqualTo(404);
        assertThat(rig.ask("POST", "/control/budgets/nobody/release", "{\"usd\": 1}")
                        .status())
                .isEqualTo(404);
    }

    private void spend(long spentPico, long unreconciledPico) throws Exception {
        Admission admission = ledger.admit(ControlRig.RESEARCHER, new Quote(spentPico + unreconciledPico, 0, 16, 16));
        assertThat(admission).isInstanceOf(Admission.Granted.class);
        Hold hold = ((Admission.Granted) admission).hold();
        Promise<Boolean> durable = Promise.promise();
        if (hold.durable()) {
            durable.complete(true);
        } else {
            ledger.whenDurable(hold, durable::complete);
        }
        Boolean covered = ControlRig.await(durable.future());
        assertThat(covered).isTrue();
        var _ = ledger.settle(
                hold,
                new Outcome("req_1", 1, "openai/gpt-4o", 20, 10, 0, spentPico, unreconciledPico, Basis.UPPER_BOUND));
    }
}
