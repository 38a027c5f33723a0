package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// One of each thing that is decided, and the entry that tells of it: what `src/docs/audit.md` lists is what is
/// recorded.
@Timeout(240)
@ExtendWith(LogOnFailure.class)
class AuditCoverageTest {

    private static Upstream upstream;
    private static PlainService service;
    private static TaskAgent worker;
    private static Mesh mesh;
    private static AgentClient alpha;
    private static AgentClient nobody;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        service = PlainService.start();
        worker = TaskAgent.start();
        var _ = worker.doing(task -> {
            if (!task.getString("task_type").equals("wait")) {
                var _ = AgentClient.of(mesh, "worker").post("/mesh/message", AuditedHome.result(task));
            }
        });
        mesh = Mesh.start(AuditedHome.of(upstream, service, worker));
        alpha = AgentClient.of(mesh, "alpha");
        nobody = AgentClient.of(mesh, "nobody");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        worker.close();
        service.close();
        upstream.close();
    }

    @Test
    void every_kind_of_decision_is_an_entry_and_every_entry_is_of_a_documented_kind() throws Exception {
        calls();
        fabric();
        work();
        operator();
        strangers();
        agents();
        restarts();

        Set<String> seen = AuditedActions.entries(mesh, "").stream()
                .map(entry -> entry.getString("action"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> documented = AuditedActions.documented();
        assertThat(documented).as("documented").containsAll(seen);
        Set<String> unseen = new TreeSet<>(documented);
        unseen.removeAll(seen);
        SeenElsewhere.check(unseen);
    }

    private static void calls() throws IOException {
        assertThat(mesh.chat("alpha", Chat.with("tokens=5")).status()).isEqualTo(200);
        see("alpha", "llm.chat", "allowed");
        assertThat(mesh.chat("nobody", Chat.with("tokens=5")).status()).isEqualTo(403);
        see("nobody", "llm.chat", "denied: ");
        assertThat(mesh.chat("poor", Chat.with("tokens=5")).status()).isEqualTo(402);
        see("poor", "llm.chat", "refused: budget_exceeded");
        assertThat(mesh.chat("alpha", Chat.with("echo_key")).status()).isEqualTo(502);
        see("alpha", "llm.chat", "blocked: ");
        assertThat(mesh.chat("alpha", Chat.with("refuse429")).status()).isEqualTo(429);
        see("alpha", "llm.chat", "failed: ");
        assertThat(mesh.chat("alpha", Chat.of("sim/one:error500", "tokens=5")).status())
                .isEqualTo(200);
        see("alpha", "llm.chat", "failed over: http_500");
        Reply first = alpha.post("/v1/chat/completions", Chat.with("tokens=5").encode(), "idempotency-key", "k1");
        assertThat(first.status()).isEqualTo(200);
        assertThat(alpha.post("/v1/chat/completions", Chat.with("tokens=5").encode(), "idempotency-key", "k1")
                        .status())
                .isEqualTo(200);
        see("alpha", "llm.chat", "repeated");
        JsonObject count = new JsonObject()
                .put("model", "sim/small")
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "hello")));
        assertThat(mesh.post("alpha", "/v1/messages/count_tokens", count.put("max_tokens", 5))
                        .status())
                .isEqualTo(200);
        see("alpha", "llm.count_tokens", "allowed");
        JsonObject texts = new JsonObject().put("model", "sim/vectors").put("input", "hello");
        assertThat(mesh.post("alpha", "/v1/embeddings", texts).status()).isEqualTo(200);
        see("alpha", "llm.embed", "allowed");
        assertThat(mesh.get("alpha", "/mesh/service/svc/x").status()).isEqualTo(200);
        see("alpha", "service.call", "allowed");
        assertThat(mesh.get("nobody", "/mesh/service/svc/x").status()).isEqualTo(403);
        see("nobody", "service.call", "denied: ");
        JsonObject lie = Chat.of("sim/free-input", "tokens=5 lie_usage=over").put("max_tokens", 10);
        assertThat(mesh.chat("billed", lie).status()).isEqualTo(200);
        see("mesh", "budget.freeze", "frozen");
    }

    private static void fabric() {
        var value = new JsonObject().put("a", 1);
        assertThat(alpha.put("k/a", value).status()).isEqualTo(200);
        see("alpha", "blackboard.write", "allowed");
        assertThat(alpha.claim("k/a", value, 77).status()).isEqualTo(409);
        see("alpha", "blackboard.claim", "refused: version conflict");
        assertThat(alpha.watch("k/*").status()).isEqualTo(200);
        assertThat(alpha.delete("k/a").status()).isEqualTo(204);
        see("alpha", "blackboard.delete", "allowed");
        assertThat(nobody.get("k/a").status()).isEqualTo(403);
        see("nobody", "blackboard.read", "denied");
        assertThat(nobody.put("k/a", value).status()).isEqualTo(403);
        see("nobody", "blackboard.write", "denied");
        JsonObject credential = new JsonObject().put("name", "own_key").put("value", "a-value-of-its-own-17");
        assertThat(mesh.post("alpha", "/mesh/vault/store", credential).status()).isEqualTo(200);
        see("alpha", "vault.store", "allowed");
        assertThat(nobody.post("/mesh/vault/store", credential).status()).isEqualTo(403);
        see("nobody", "vault.store", "denied");
        assertThat(nobody.request("GET", "/mesh/vault/list", null).status()).isEqualTo(403);
        assertThat(nobody.request("GET", "/mesh/vault/status/own_key", null).status())
                .isEqualTo(403);
        assertThat(alpha.post("/mesh/vault/resolve", credential).status()).isEqualTo(410);
        assertThat(alpha.subscribe("news").status()).isEqualTo(200);
        assertThat(alpha.publish("news", value).status()).isEqualTo(200);
        assertThat(nobody.publish("news", value).status()).isEqualTo(403);
        see("nobody", "publish", "denied");
        assertThat(alpha.unsubscribe("news").status()).isEqualTo(200);
        assertThat(alpha.message("nobody", value).status()).isEqualTo(200);
        assertThat(alpha.message("ghost", value).status()).isEqualTo(404);
        see("alpha", "message", "refused: unknown recipient");
        assertThat(alpha.register().status()).isEqualTo(200);
        Reply job = alpha.cron("every 1h", "look");
        assertThat(job.status()).isEqualTo(200);
        String id = job.json().getString("id");
        assertThat(alpha.request("PUT", "/mesh/cron/" + id, "{\"enabled\":false}")
                        .status())
                .isEqualTo(200);
        assertThat(alpha.request("DELETE", "/mesh/cron/" + id, null).status()).isEqualTo(200);
        assertThat(nobody.request("GET", "/mesh/cron", null).status()).isEqualTo(403);
        see("nobody", "cron.list", "denied");
        assertThat(alpha.cron("every 1s", "look").status()).isEqualTo(200);
        see("alpha", "cron.run", "allowed");
        assertThat(nobody.post("/mesh/publish", value.copy().put("agent_id", "alpha"))
                        .status())
                .isEqualTo(403);
        see("nobody", "identity", "denied");
        assertThat(nobody.request("GET", "/mesh/agents?agent_id=alpha", null).status())
                .isEqualTo(403);
        see("nobody", "identity", "denied: 1 requests in another agent's name");
        for (int i = 0; i < 4; i++) {
            var _ = nobody.request("GET", "/mesh/agents", null);
        }
        see(
                "nobody",
                "rate_limit",
                "refused: ",
                entry -> entry.getString("resource").equals("discover"));
    }

    private static void work() {
        Reply run = mesh.control("POST", "/control/workflows/two_steps/runs", null);
        assertThat(run.status()).as(run.body()).isEqualTo(202);
        see("mesh", "workflow.end", "complete");
        see("mesh", "workflow.announce", "allowed");
        assertThat(mesh.post("alpha", "/mesh/workflows/two_steps/runs", new JsonObject())
                        .status())
                .isEqualTo(202);
        see("alpha", "workflow.run", "allowed");
        assertThat(mesh.post("nobody", "/mesh/workflows/two_steps/runs", new JsonObject())
                        .status())
                .isEqualTo(403);
        see("nobody", "workflow.run", "denied");
        assertThat(mesh.control("POST", "/control/workflows/may_not_read/runs", null)
                        .status())
                .isEqualTo(202);
        see("mesh", "workflow.input", "refused");
        see("worker", "blackboard.read", "denied");
        decide("approve");
        see("operator", "workflow.approve", "allowed");
        decide("reject");
        see("operator", "workflow.reject", "allowed");
        String waiting = waiting();
        assertThat(mesh.control("POST", "/control/runs/" + waiting + "/cancel", null)
                        .status())
                .isEqualTo(200);
        see("operator", "workflow.cancel", "allowed");
        see("operator", "run.cancel", "allowed");
        assertThat(mesh.control("POST", "/control/runs/" + waiting + "/rerun", new JsonObject().put("from", "only"))
                        .status())
                .isEqualTo(202);
        see("operator", "run.rerun", "allowed");
        JsonObject task = new JsonObject().put("task_type", "wait").put("input_data", new JsonObject());
        Reply dispatched = mesh.control("POST", "/control/agents/worker/tasks", task);
        assertThat(dispatched.status()).as(dispatched.body()).isEqualTo(202);
        String id = dispatched.json().getString("task_id");
        see("mesh", "task.begin", "allowed");
        assertThat(mesh.control("POST", "/control/tasks/" + id + "/cancel", null)
                        .status())
                .isEqualTo(200);
        see("operator", "task.end", "cancelled");
        see("worker", "task.result", "allowed");
    }

    private static String waiting() {
        Reply run = mesh.control("POST", "/control/workflows/asks_first/runs", null);
        assertThat(run.status()).as(run.body()).isEqualTo(202);
        String id = run.json().getString("execution_id");
        Eventually.until(
                "the run waits for its approval",
                () -> mesh.control("GET", "/control/runs/" + id, null).body().contains("waiting_approval"));
        return id;
    }

    private static void decide(String how) {
        Reply decided = mesh.control("POST", "/control/runs/" + waiting() + "/steps/only/" + how, new JsonObject());
        assertThat(decided.status()).as(decided.body()).isEqualTo(200);
        see("operator", "run." + how, "allowed");
    }

    private static void operator() throws IOException {
        JsonObject money = new JsonObject().put("daily_usd", 90);
        assertThat(mesh.control("PUT", "/control/budgets/billed", money).status())
                .isEqualTo(200);
        see("operator", "budget.limits", "changed");
        see("operator", "budget.thaw", "done");
        assertThat(mesh.control("PUT", "/control/budgets/ghost", money).status())
                .isEqualTo(404);
        see("operator", "budget.limits", "refused: unknown agent");
        assertThat(mesh.control("POST", "/control/budgets/billed/release", new JsonObject().put("usd", 1))
                        .status())
                .isEqualTo(200);
        see("operator", "budget.release", "released");
        JsonObject value = new JsonObject().put("value", "a-value-of-the-operator-17");
        assertThat(mesh.control("PUT", "/control/vault/ops_key", value).status())
                .isEqualTo(200);
        see("operator", "vault.set", "");
        assertThat(mesh.control("DELETE", "/control/vault/ops_key", null).status())
                .isEqualTo(200);
        assertThat(mesh.control("POST", "/control/vault/rotate", null).status()).isEqualTo(200);
        see("operator", "vault.rotate", "");
        JsonObject text = new JsonObject().put("message", "hello");
        assertThat(mesh.control("POST", "/control/agents/alpha/message", text).status())
                .isEqualTo(200);
        see("operator", "message", "allowed");
        assertThat(mesh.control(
                                "POST",
                                "/control/agents/alpha/message",
                                text.copy().put("kind", "steer"))
                        .status())
                .isEqualTo(200);
        assertThat(mesh.control("POST", "/control/agents/worker/chat", text).status())
                .isIn(200, 502);
        see("operator", "agent.chat", "allowed");
        assertThat(mesh.control("POST", "/control/agents/alpha/chat", text).status())
                .isEqualTo(409);
        see("operator", "agent.chat", "refused: unreachable");
        assertThat(mesh.control("POST", "/control/agents/worker/chat/reset", null)
                        .status())
                .isIn(200, 502);
        assertThat(mesh.control("GET", "/control/agents/alpha/logs", null).status())
                .isEqualTo(409);
        see("operator", "agent.logs", "refused: external");
        mesh.home().agent("poor", "0.000002").write();
        mesh.reload();
        see("operator", "control.reload", "done");
        see("mesh", "reload", "allowed", entry -> entry.getString("rule").startsWith("sha256:"));
        mesh.home().agent("billed", "20").write();
        mesh.reload();
        see(
                "mesh",
                "budget.limits",
                "changed",
                entry -> entry.getString("resource").equals("billed"));
        mesh.home().file("config/agents.yaml", "agents: [");
        assertThat(mesh.control("POST", "/control/reload", null).status()).isEqualTo(422);
        see("mesh", "reload", "refused: 1 problems");
        mesh.home().write();
        Tokens.open(mesh.home().root().resolve("data")).rotate(new AgentId("nobody"));
        mesh.reload();
        see(
                "operator",
                "token.rotate",
                "done",
                entry -> entry.getString("resource").equals("nobody"));
    }

    private static void strangers() {
        String door = "http://127.0.0.1:" + mesh.port();
        assertThat(mesh.send(HttpRequest.newBuilder(URI.create(door + "/v1/models")))
                        .status())
                .isEqualTo(401);
        see("unknown", "authenticate", "denied: 1 requests without a valid token");
        String control = "http://127.0.0.1:" + mesh.controlPort();
        assertThat(mesh.send(HttpRequest.newBuilder(URI.create(control + "/control/status")))
                        .status())
                .isEqualTo(401);
        see("unknown", "authenticate", "denied: 1 requests without the operator's token");
        assertThat(mesh.send(HttpRequest.newBuilder(URI.create(control + "/control/status"))
                                .header("origin", "http://evil.example"))
                        .status())
                .isEqualTo(403);
        see("unknown", "authenticate", "denied: 1 requests with a foreign Host or Origin");
        for (String hook : List.of("/webhook/hook/two", "/webhook/trigger/two_steps")) {
            assertThat(mesh.send(HttpRequest.newBuilder(URI.create(control + hook))
                                    .POST(HttpRequest.BodyPublishers.ofString("{}")))
                            .status())
                    .isIn(401, 404);
        }
        see("webhook", "webhook.hook", "denied: ");
        see("webhook", "webhook.trigger", "denied: ");
        assertThat(mesh.send(HttpRequest.newBuilder(URI.create(control + "/webhook/status/wf_000000000000")))
                        .status())
                .isEqualTo(401);
        see("webhook", "webhook.status", "denied: ");
    }

    private static void agents() {
        see("mesh", "runtime.choose", "allowed");
        RunAgents agents = new RunAgents(mesh);
        agents.await("runner", "ready");
        see("mesh", "agent.ready", "done", entry -> entry.getString("resource").equals("runner"));
        JsonObject wish = new JsonObject().put("role", "helper").put("ttl", 600);
        assertThat(mesh.post("nobody", "/mesh/spawn", wish).status()).isEqualTo(403);
        see("nobody", "spawn", "denied");
        Reply born = agents.request(agents.token("runner"), "POST", "/mesh/spawn", wish);
        assertThat(born.status()).as(born.body()).isEqualTo(200);
        see("mesh", "agent.spawn", "done", entry -> entry.getString("rule").equals("child of runner"));
        assertThat(mesh.control("GET", "/control/agents/runner/logs?tail=1", null)
                        .status())
                .isEqualTo(200);
        see("operator", "agent.logs", "allowed");
        assertThat(ProcessHandle.of(agents.pid("runner")).orElseThrow().destroyForcibly())
                .isTrue();
        see("mesh", "agent.restarting", "done");
        agents.await("runner", "ready");
        agents.order("runner", "restart");
        see("operator", "agent.restart", "allowed");
        agents.await("runner", "ready");
        agents.order("runner", "stop");
        see("mesh", "agent.absent", "done");
        agents.order("runner", "start");
        agents.await("runner", "ready");
    }

    /// A mesh that is killed with money in use, and the one that finds that; then its end in good order.
    private static void restarts() throws Exception {
        EventStream running = mesh.stream("alpha", Chat.with("tokens=4000 pace=50"));
        assertThat(running.next()).isNotNull();
        Eventually.until("money is held", () -> mesh.spend("alpha").held() > 0);
        mesh.kill();
        mesh = Mesh.start(mesh.home());
        see(
                "mesh",
                "budget.recover",
                "unreconciled",
                entry -> entry.getString("resource").equals("alpha"));
        assertThat(mesh.control("POST", "/control/stop", null).status()).isEqualTo(202);
        assertThat(mesh.awaitExit()).isZero();
        mesh = Mesh.start(mesh.home());
        see("operator", "control.stop", "done");
        see("mesh", "stop", "allowed");
        see("mesh", "start", "allowed", entry -> entry.getString("rule").startsWith("sha256:"));
        mesh.kill();
        AuditedActions.damageTheLast(mesh.home().root());
        mesh = Mesh.start(mesh.home());
        see("mesh", "audit.check", "broken");
    }

    private static void see(String actor, String action, String decision) {
        see(actor, action, decision, _ -> true);
    }

    private static void see(String actor, String action, String decision, Predicate<JsonObject> also) {
        AuditedActions.await(mesh, actor, action, decision, also);
    }
}
