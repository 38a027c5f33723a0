package ai.openlegion.control;

import ai.openlegion.budget.BudgetState;
import ai.openlegion.budget.FleetState;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.budget.WindowState;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/// The JSON of accounts: every amount an exact, plain decimal number of USD.
final class Accounts {

    private Accounts() {}

    /// `{"fleet": …, "agents": […]}`.
    static void all(JsonGenerator json, FleetState fleet, List<BudgetState> agents) throws IOException {
        json.writeStartObject();
        json.writeFieldName("fleet");
        fleet(json, fleet);
        json.writeArrayFieldStart("agents");
        for (BudgetState agent : agents) {
            json.writeStartObject();
            members(json, agent);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /// `{"daily": …, "monthly": …}`.
    static void fleet(JsonGenerator json, FleetState fleet) throws IOException {
        json.writeStartObject();
        window(json, "daily", fleet.daily());
        window(json, "monthly", fleet.monthly());
        json.writeEndObject();
    }

    /// The members of one agent's account, inside an object.
    static void members(JsonGenerator json, BudgetState agent) throws IOException {
        json.writeStringField("agent", agent.agent().value());
        window(json, "daily", agent.daily());
        window(json, "monthly", agent.monthly());
        json.writeBooleanField("frozen", agent.frozen());
        json.writeNumberField("tokens_today", agent.tokensToday());
    }

    static void window(JsonGenerator json, String name, WindowState window) throws IOException {
        json.writeObjectFieldStart(name);
        if (window.limitPico() == Limits.UNLIMITED) {
            json.writeNullField("limit_usd");
        } else {
            usd(json, "limit_usd", window.limitPico());
        }
        usd(json, "spent_usd", window.spentPico());
        usd(json, "held_usd", window.heldPico());
        usd(json, "unreconciled_usd", window.unreconciledPico());
        json.writeStringField(
                "resets_at", Instant.ofEpochMilli(window.resetsAtMillis()).toString());
        json.writeEndObject();
    }

    static void usd(JsonGenerator json, String name, long pico) throws IOException {
        json.writeFieldName(name);
        json.writeNumber(Usd.decimal(pico));
    }
}
