package ai.openlegion.control;

import static ai.openlegion.control.ControlRig.RESEARCHER;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.budget.FleetState;
import ai.openlegion.identity.AgentId;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class BudgetEventsTest {

    @TempDir
    Path folder;

    @Test
    void a_stream_begins_with_all_accounts_and_goes_on_with_each_fact() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp http = new RawHttp(rig.port())) {
            RawHttp.Response head = open(rig, http);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).isEqualTo("text/event-stream");
            assertThat(head.header("x-request-id")).startsWith("req_");
            assertThat(head.header("cache-control")).isEqualTo("no-store");
            Event snapshot = next(http);
            assertThat(snapshot.name()).isEqualTo("snapshot");
            assertThat(snapshot.data().getJsonArray("agents")).hasSize(1);

            Budget.Accounts accounts = rig.accounts.get();
            rig.bus.publish(Budget.SPENT, new Budget.Spent(accounts.fleet(), accounts.agents()));
            rig.bus.publish(
                    Budget.WARNED,
                    new Budget.Warned(
                            RESEARCHER,
                            Budget.Window.DAILY,
                            80,
                            accounts.fleet().daily()));
            rig.bus.publish(
                    Budget.WARNED,
                    new Budget.Warned(
                            null, Budget.Window.MONTHLY, 50, accounts.fleet().monthly()));
            rig.bus.publish(Budget.FROZEN, new Budget.Frozen(RESEARCHER));

            Event spent = next(http);
            assertThat(spent.name()).isEqualTo("spent");
            assertThat(spent.data()).isEqualTo(snapshot.data());
            assertThat(spent.id()).isEqualTo(snapshot.id() + 1);
            Event warned = next(http);
            assertThat(warned.name()).isEqualTo("warned");
            assertThat(warned.data().getString("agent")).isEqualTo("researcher");
            assertThat(warned.data().getInteger("percent")).isEqualTo(80);
            assertThat(warned.data().getJsonObject("daily").getString("resets_at"))
                    .isEqualTo("2026-11-23T00:00:00Z");
            Event fleetWarned = next(http);
            assertThat(fleetWarned.data().getValue("agent")).isNull();
            assertThat(fleetWarned.data().getString("window")).isEqualTo("monthly");
            Event frozen = next(http);
            assertThat(frozen.name()).isEqualTo("frozen");
            assertThat(frozen.id()).isEqualTo(snapshot.id() + 4);
        }
    }

    @Test
    void a_silent_stream_gets_keep_alives() throws Exception {
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(4, Duration.ofMillis(50)));
                RawHttp http = new RawHttp(rig.port())) {
            assertThat(open(rig, http).status()).isEqualTo(200);
            assertThat(next(http).name()).isEqualTo("snapshot");
            for (int i = 0; i < 3; i++) {
                assertThat(payload(http)).isEqualTo(": keep-alive");
                assertThat(payload(http)).isEmpty();
            }
        }
    }

    @Test
    void one_stream_more_than_the_limit_is_refused_until_another_ends() throws Exception {
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(1, Duration.ofMillis(20)))) {
            try (RawHttp first = new RawHttp(rig.port());
                    RawHttp second = new RawHttp(rig.port())) {
                assertThat(open(rig, first).status()).isEqualTo(200);
                assertThat(next(first).name()).isEqualTo("snapshot");
                assertThat(open(rig, second).status()).isEqualTo(503);
            }
            boolean opened = false;
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!opened && System.nanoTime() < end) {
                try (RawHttp third = new RawHttp(rig.port())) {
                    opened = open(rig, third).status() == 200;
                }
            }
            assertThat(opened).isTrue();
        }
    }

    @Test
    void a_reader_that_does_not_read_is_disconnected_and_others_go_on() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp reader = new RawHttp(rig.port());
                RawHttp sleeper = new RawHttp(rig.port())) {
            assertThat(open(rig, sleeper).status()).isEqualTo(200);
            assertThat(open(rig, reader).status()).isEqualTo(200);
            assertThat(next(reader).name()).isEqualTo("snapshot");
            FleetState fleet = rig.accounts.get().fleet();
            List<BudgetState> many = IntStream.range(0, 1_000)
                    .mapToObj(i -> ControlRig.account(new AgentId("agent" + i), ControlRig.window(1, 1), 0))
                    .toList();
            int facts = 200;
            for (int i = 0; i < facts; i++) {
                rig.bus.publish(Budget.SPENT, new Budget.Spent(fleet, many));
                assertThat(next(reader).data().getJsonArray("agents")).hasSize(1_000);
            }
            int seen = 0;
            try {
                assertThat(next(sleeper).name()).isEqualTo("snapshot");
                while (true) {
                    assertThat(next(sleeper).name()).isEqualTo("spent");
                    seen++;
                }
            } catch (IOException disconnected) {
                assertThat(seen).isLessThan(facts);
            }
        }
    }

    @Test
    void a_stopping_listener_ends_its_streams() throws Exception {
        RawHttp http;
        try (ControlRig rig = new ControlRig(folder)) {
            http = new RawHttp(rig.port());
            assertThat(open(rig, http).status()).isEqualTo(200);
            assertThat(next(http).name()).isEqualTo("snapshot");
        }
        assertThat(http.bodyLine()).isNull();
        http.close();
    }

    private record Event(long id, String name, JsonObject data) {}

    private static RawHttp.Response open(ControlRig rig, RawHttp http) throws IOException {
        http.send("GET /control/budgets/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + ControlRig.OPERATOR_TOKEN + "\r\n\r\n");
        return http.receiveHead();
    }

    /// The next event; where the machine is slow, keep-alives come before it.
    private static Event next(RawHttp http) throws IOException {
        String first = payload(http);
        while (first.equals(": keep-alive")) {
            assertThat(payload(http)).isEmpty();
            first = payload(http);
        }
        long id = Long.parseLong(first.substring("id: ".length()));
        String name = payload(http).substring("event: ".length());
        JsonObject data = new JsonObject(payload(http).substring("data: ".length()));
        assertThat(payload(http)).isEmpty();
        return new Event(id, name, data);
    }

    private static String payload(RawHttp http) throws IOException {
        return String.valueOf(http.bodyLine());
    }
}
