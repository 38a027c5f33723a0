package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a call of a service costs and what it is refused for, by both doors, judged by what the service saw.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class ServiceTest {

    private static PlainService service;
    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        service = PlainService.start();
        upstream = Upstream.start();
        MeshHome home = ServiceRig.home(service, upstream);
        for (String agent : List.of("alpha", "doubt", "gone", "late", "lowered", "failing", "slow", "leaky", "sdk")) {
            home.agent(agent, "100", "\"sim/*\"", ServiceRig.APIS);
        }
        mesh = Mesh.start(home.agent("foreign", "100", "\"sim/*\"", "[\"llm\"]")
                .agent("zero", "0", "\"sim/*\"", ServiceRig.APIS)
                .agent("three", "0.03", "\"sim/*\"", ServiceRig.APIS));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
        service.close();
    }

    @BeforeEach
    void reset() {
        service.reset();
    }

    @Test
    void a_service_that_the_matrix_does_not_name_is_never_called() {
        Reply passed = mesh.get("foreign", "/mesh/service/svc/x");
        Reply enveloped = mesh.post("foreign", "/mesh/api", ServiceRig.envelope("svc", "search", new JsonObject()));

        assertThat(passed.status()).isEqualTo(403);
        assertThat(passed.detail()).isEqualTo("Agent foreign cannot access svc");
        assertThat(enveloped.status()).isEqualTo(403);
        assertThat(enveloped.detail()).isEqualTo("Agent foreign cannot access svc");
        assertThat(service.requests()).isZero();
        assertThat(mesh.spend("foreign").gone()).isZero();
    }

    @Test
    void an_unknown_service_and_one_without_its_key_are_said_so() {
        assertThat(mesh.get("alpha", "/mesh/service/unknown/x").status()).isEqualTo(404);
        assertThat(mesh.get("alpha", "/mesh/service/keyless/x").status()).isEqualTo(502);
        assertThat(mesh.get("alpha", "/mesh/service/keyless/x").header("x-should-retry"))
                .isEqualTo("false");
        JsonObject unknown = mesh.post("alpha", "/mesh/api", ServiceRig.envelope("unknown", "x", new JsonObject()))
                .json();
        assertThat(unknown.getString("error")).isEqualTo("Unknown service: unknown");
        assertThat(unknown.getInteger("status_code")).isEqualTo(404);
        assertThat(service.requests()).isZero();
    }

    @Test
    void a_budget_of_nothing_reaches_nothing() {
        Reply passed = mesh.get("zero", "/mesh/service/svc/x");
        JsonObject enveloped = mesh.post("zero", "/mesh/api", ServiceRig.envelope("svc", "search", new JsonObject()))
                .json();

        assertThat(passed.status()).isEqualTo(402);
        assertThat(passed.header("x-should-retry")).isEqualTo("false");
        assertThat(passed.json().getString("error_type")).isEqualTo("budget_exceeded");
        assertThat(passed.json().getJsonObject("openlegion").getDouble("limit_usd"))
                .isZero();
        assertThat(enveloped.getBoolean("success")).isFalse();
        assertThat(enveloped.getInteger("status_code")).isEqualTo(402);
        assertThat(enveloped.getString("error_type")).isEqualTo("budget_exceeded");
        assertThat(mesh.get("zero", "/mesh/service/bearer/x").status())
                .as("nothing is free without a budget")
                .isEqualTo(402);
        assertThat(service.requests()).isZero();
    }

    @Test
    void a_budget_of_three_calls_lets_three_of_fifty_through() throws Exception {
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i;
            calls.add(() -> number % 2 == 0
                    ? mesh.get("three", "/mesh/service/svc/" + number).status()
                    : mesh.post("three", "/mesh/api", ServiceRig.envelope("svc", "search", new JsonObject()))
                                    .json()
                                    .getBoolean("success")
                            ? 200
                            : 402);
        }
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService crowd = Executors.newFixedThreadPool(50)) {
            for (Future<Integer> call : crowd.invokeAll(calls)) {
                statuses.add(call.get());
            }
        }

        assertThat(service.requests()).isEqualTo(3);
        assertThat(statuses).containsOnly(200, 402);
        assertThat(statuses.stream().filter(status -> status == 200)).hasSize(3);
        Spend spend = mesh.settledSpend("three");
        assertThat(spend.spent()).isEqualTo(3 * ServiceRig.PRICE);
        assertThat(spend.unreconciled()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"400", "404", "429", "500", "503"})
    void an_error_of_the_service_passes_and_costs_nothing(int status) {
        Reply passed = mesh.get("failing", "/mesh/service/svc/status-" + status);
        JsonObject enveloped = mesh.post(
                        "failing", "/mesh/api", ServiceRig.envelope("svc", "/status-" + status, new JsonObject()))
                .json();

        assertThat(passed.status()).isEqualTo(status);
        assertThat(passed.body()).isEqualTo("{\"error\":\"as asked\"}");
        assertThat(passed.header("x-openlegion-cost-usd")).isEqualTo("0");
        assertThat(enveloped.getBoolean("success")).isFalse();
        assertThat(enveloped.getInteger("status_code")).isEqualTo(status);
        assertThat(enveloped.getString("error")).isEqualTo("{\"error\":\"as asked\"}");
        assertThat(service.requests()).isEqualTo(2);
        assertThat(mesh.settledSpend("failing").gone()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"401", "403"})
    void our_credential_refused_is_a_bad_gateway_and_final(int status) {
        Reply passed = mesh.get("failing", "/mesh/service/svc/status-" + status);

        assertThat(passed.status()).isEqualTo(502);
        assertThat(passed.header("x-should-retry")).isEqualTo("false");
        assertThat(passed.json().getString("error_type")).isEqualTo("provider_auth");
        assertThat(mesh.get("failing", "/mesh/service/open/status-" + status).status())
                .as("of a service that gets no credential")
                .isEqualTo(status);
        assertThat(mesh.settledSpend("failing").gone()).isZero();
    }

    @Test
    void a_service_that_cannot_be_reached_costs_nothing() {
        assertThat(mesh.get("failing", "/mesh/service/dead/x").status()).isEqualTo(502);
        assertThat(mesh.settledSpend("failing").gone()).isZero();
    }

    @Test
    void a_call_without_an_answer_stays_in_doubt() {
        assertThat(mesh.get("doubt", "/mesh/service/svc/hang").status()).isEqualTo(504);
        assertThat(mesh.settledSpend("doubt").unreconciled()).isEqualTo(ServiceRig.PRICE);
        assertThat(mesh.get("doubt", "/mesh/service/svc/closed").status()).isEqualTo(502);
        assertThat(mesh.settledSpend("doubt").unreconciled()).isEqualTo(2 * ServiceRig.PRICE);
        JsonObject timed = mesh.post(
                        "doubt",
                        "/mesh/api",
                        ServiceRig.envelope("svc", "/hang", new JsonObject()).put("timeout", 0.5))
                .json();
        assertThat(timed.getInteger("status_code")).isEqualTo(504);
        Spend spend = mesh.settledSpend("doubt");
        assertThat(spend.unreconciled()).isEqualTo(3 * ServiceRig.PRICE);
        assertThat(spend.spent()).isZero();
        Eventually.until("the service's connections are closed", () -> service.gone() == 3);
    }

    @Test
    void an_agent_that_hangs_up_leaves_the_price_in_doubt_and_the_service_alone() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            var _ = connection.send("GET /mesh/service/svc/hang HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + mesh.token("gone") + "\r\n\r\n");
            Eventually.until("the service is asked", () -> service.requests() == 1);
        }
        Eventually.until("the service's connection is closed", () -> service.gone() == 1);
        assertThat(mesh.settledSpend("gone").unreconciled()).isEqualTo(ServiceRig.PRICE);
    }

    @Test
    void an_answer_that_breaks_off_is_no_success_and_is_paid() {
        assertThat(ServiceRig.broken(mesh, "late", "/mesh/service/svc/half")).isTrue();
        assertThat(mesh.settledSpend("late").spent()).isEqualTo(ServiceRig.PRICE);
        assertThat(ServiceRig.broken(mesh, "late", "/mesh/service/svc/silent")).isTrue();
        assertThat(mesh.settledSpend("late").spent()).isEqualTo(2 * ServiceRig.PRICE);
    }

    @Test
    void a_lowered_limit_ends_a_call_that_waits_for_its_service() throws Exception {
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            Future<Reply> waiting = one.submit(() -> mesh.get("lowered", "/mesh/service/svc/hang"));
            Eventually.until("the service is asked", () -> service.requests() == 1);
            mesh.control("PUT", "/control/budgets/lowered", new JsonObject().put("daily_usd", 0));
            assertThat(waiting.get().status()).isEqualTo(402);
        }
        assertThat(mesh.settledSpend("lowered").unreconciled()).isEqualTo(ServiceRig.PRICE);
    }

    @Test
    void a_slow_agent_slows_its_service_and_is_then_left() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            var _ = connection.send(
                    "GET /mesh/service/svc/endless HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + mesh.token("slow") + "\r\n\r\n");
            Eventually.until("the service is left", () -> service.gone() == 1);
        }
        assertThat(service.written()).isLessThan(64L * 1024 * 1024);
        assertThat(mesh.settledSpend("slow").spent()).isEqualTo(ServiceRig.PRICE);
    }

    @Test
    void the_envelope_calls_named_actions_methods_and_paths() {
        JsonObject params = new JsonObject()
                .put("q", "a b&c")
                .put("count", 5)
                .put("all", true)
                .put("tag", new JsonArray().add("x").add("y"))
                .putNull("none");
        long before = mesh.spend("alpha").spent();

        JsonObject search = mesh.post("alpha", "/mesh/api", ServiceRig.envelope("svc", "search", params))
                .json();

        assertThat(search.getBoolean("success")).isTrue();
        assertThat(search.getInteger("status_code")).isEqualTo(200);
        assertThat(search.getValue("error")).isNull();
        assertThat(search.getValue("error_type")).isNull();
        assertThat(search.getJsonObject("data").getString("uri"))
                .isEqualTo("/base/search?q=a%20b%26c&count=5&all=true&tag=x&tag=y");
        assertThat(service.last().getJsonObject("headers").getString("x-service-key"))
                .isEqualTo(PlainService.KEY);
        assertThat(service.last().encode()).doesNotContain(mesh.token("alpha"));

        String nested =
                "{\"service\":\"svc\",\"params\":{\"n\":1.10,\"deep\":{\"tools\":[1]},\"messages\":3},\"action\":\"find\"}";
        JsonObject found = mesh.post("alpha", "/mesh/api", nested).json();
        assertThat(found.getBoolean("success")).as("%s", found).isTrue();
        assertThat(service.last().getString("method")).isEqualTo("POST");
        assertThat(service.last().getString("uri")).isEqualTo("/base/find?v=2");
        assertThat(service.last().getString("body")).isEqualTo("{\"n\":1.10,\"deep\":{\"tools\":[1]},\"messages\":3}");

        assertThat(called("PUT /put/it?x=1")).isEqualTo("PUT /base/put/it?x=1");
        assertThat(called("/bare")).isEqualTo("GET /base/bare");
        assertThat(called("DELETE /gone")).isEqualTo("DELETE /base/gone");
        assertThat(called("whatever")).isEqualTo("GET /base/any");
        assertThat(called("")).isEqualTo("GET /base/any");
        assertThat(mesh.settledSpend("alpha").spent() - before).isEqualTo(7 * ServiceRig.PRICE);
    }

    private String called(String action) {
        JsonObject reply = mesh.post("alpha", "/mesh/api", ServiceRig.envelope("svc", action, new JsonObject()))
                .json();
        assertThat(reply.getBoolean("success")).as("%s", reply).isTrue();
        return service.last().getString("method") + " " + service.last().getString("uri");
    }

    @Test
    void an_answer_that_is_no_json_is_text_and_one_that_is_neither_is_refused() {
        assertThat(mesh.post("leaky", "/mesh/api", ServiceRig.envelope("svc", "/text", new JsonObject()))
                        .json()
                        .getJsonObject("data"))
                .isEqualTo(new JsonObject().put("text", "plain words"));
        assertThat(mesh.post("leaky", "/mesh/api", ServiceRig.envelope("svc", "/binary", new JsonObject()))
                        .json()
                        .getString("error"))
                .contains("/mesh/service/svc");
    }

    @Test
    void an_envelope_that_makes_no_request_is_refused_and_sends_none() {
        assertThat(mesh.post("alpha", "/mesh/api", ServiceRig.envelope("svc", "GET /../x", new JsonObject()))
                        .status())
                .isEqualTo(400);
        assertThat(mesh.post("alpha", "/mesh/api", ServiceRig.envelope("svc", "GET //evil.example/x", new JsonObject()))
                        .status())
                .isEqualTo(400);
        assertThat(mesh.post(
                                "alpha",
                                "/mesh/api",
                                ServiceRig.envelope("svc", "search", new JsonObject().put("q", new JsonObject())))
                        .status())
                .isEqualTo(422);
        assertThat(mesh.post("alpha", "/mesh/api", "{\"service\":\"svc\",\"params\":[]}")
                        .status())
                .isEqualTo(422);
        assertThat(mesh.post("alpha", "/mesh/api", "{\"service\":\"svc\",\"timeout\":0}")
                        .status())
                .isEqualTo(422);
        assertThat(mesh.post("alpha", "/mesh/api", "{\"service\":\"svc\",\"service\":\"open\"}")
                        .status())
                .isEqualTo(400);
        assertThat(mesh.post("alpha", "/mesh/api", "{\"service\":\"svc\",\"params\":{\"a\":1,\"a\":2}}")
                        .status())
                .isEqualTo(400);
        assertThat(mesh.post(
                                "alpha",
                                "/mesh/api",
                                ServiceRig.envelope("svc", "search", new JsonObject())
                                        .put("agent_id", "sdk"))
                        .status())
                .isEqualTo(403);
        assertThat(mesh.post("alpha", "/mesh/api?agent_id=sdk", ServiceRig.envelope("svc", "search", new JsonObject()))
                        .status())
                .isEqualTo(403);
        JsonObject unknown = mesh.post("alpha", "/mesh/api", ServiceRig.envelope("open", "nothing", new JsonObject()))
                .json();
        assertThat(unknown.getString("error")).isEqualTo("Unknown action: nothing");
        assertThat(unknown.getInteger("status_code")).isEqualTo(404);
        assertThat(mesh.post("alpha", "/mesh/api/stream", ServiceRig.envelope("svc", "search", new JsonObject()))
                        .status())
                .isEqualTo(400);
        assertThat(service.requests()).isZero();
    }

    @Test
    void an_ordinary_sdk_works_through_the_door() throws Exception {
        upstream.reset();
        JsonObject options = new JsonObject().put("model", "sim/small").put("say", "[[sim tokens=7]] hello");

        JsonObject plain = Node.sdkAt(
                "http://127.0.0.1:" + mesh.port() + "/mesh/service/models", mesh.token("sdk"), "plain", options);
        JsonObject streamed = Node.sdkAt(
                "http://127.0.0.1:" + mesh.port() + "/mesh/service/models", mesh.token("sdk"), "streaming", options);

        assertThat(plain.getJsonObject("answer").getJsonObject("usage").getInteger("completion_tokens"))
                .as("%s", plain)
                .isEqualTo(7);
        assertThat(streamed.containsKey("failed")).as("%s", streamed).isFalse();
        assertThat(upstream.requests()).isEqualTo(2);
        assertThat(mesh.settledSpend("sdk").spent()).isEqualTo(2 * ServiceRig.PRICE);
    }

    @Test
    void what_was_decided_is_in_the_audit_without_the_query() throws Exception {
        try (EventSource events = mesh.events("action=service&agent=alpha&after=0")) {
            assertThat(mesh.get("alpha", "/mesh/service/svc/audited?private=words")
                            .status())
                    .isEqualTo(200);
            JsonObject entry = events.next().item();
            while (!entry.getString("resource").equals("svc GET /audited")) {
                entry = events.next().item();
            }
            assertThat(entry.getString("action")).isEqualTo("service.call");
            assertThat(entry.getString("decision")).isEqualTo("allowed");
            assertThat(entry.getDouble("cost_usd")).isEqualTo(0.01);
        }
    }
}
