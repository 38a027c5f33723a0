package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A mesh whose agents all have something to hide, and an attacker among them.
///
/// Whatever is planted has a marker in it that no request of the attacker holds: where it is answered, it has leaked.
final class PlantedFleet implements AutoCloseable {

    static final List<String> VICTIMS = List.of("treasurer", "clerk", "worker");
    static final String NOBODY = "nobody";
    static final String NARROW = "narrow";
    static final String FRIEND = "friend";

    private static final String HOOK_SECRET = "planted-whsec-77ab41e09c35";

    private final Upstream upstream;
    private final PlainService service;
    private final TaskAgent worker;
    private final MeshHome home;
    private final List<RouteTable> routes;
    private final Mesh mesh;
    private final List<String> secrets = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>(VICTIMS);

    PlantedFleet() throws IOException, TimeoutException {
        upstream = Upstream.start();
        service = PlainService.start();
        worker = TaskAgent.start();
        home = home();
        routes = RouteTable.of(home);
        mesh = Mesh.start(home);
        plant();
    }

    private MeshHome home() {
        return MeshHome.in(upstream)
                .member("treasurer", """
                        "blackboard_read": ["*"], "blackboard_write": ["*"], "can_message": ["*"], "can_publish": ["*"],
                        "can_subscribe": ["deploy"], "can_manage_cron": true, "allowed_apis": ["llm", "books"],
                        "allowed_credentials": ["*"], "can_run_workflows": ["*"]""")
                .member("clerk", "\"can_message\": [\"*\"], \"can_manage_cron\": true")
                .pushed("worker", worker.url(), "\"can_message\": [\"*\"]")
                .agent(FRIEND, "1", "", "[]")
                .permissions(FRIEND, "")
                .agent(NOBODY, "1", "", "[]")
                .permissions(NOBODY, "")
                .agent(NARROW, "1", "", "[]")
                .permissions(NARROW, """
                        "blackboard_read": ["own/*"], "blackboard_write": ["own/*"], "can_message": ["friend"],
                        "can_publish": ["news"], "can_subscribe": ["news"], "can_manage_cron": true,
                        "allowed_credentials": ["mine_*"]""")
                .credential("shop_hook", HOOK_SECRET)
                .credential("planted_name_5d20c1", planted("vault value"))
                .credential("books_key", planted("service key"))
                .mesh("""
                        services:
                          books: {base_url: "http://127.0.0.1:%d/books", header: X-Key, credential: books_key, usd_per_call: 0}
                        """.formatted(service.port()))
                .with("config/webhooks.yaml", """
                        hooks:
                          shop: {secret: shop_hook, agent: clerk}
                          start: {secret: shop_hook, workflow: closing}
                        """)
                .with("config/workflows/closing.yaml", """
                        name: closing
                        steps:
                          - {id: first, agent: worker, task_type: one}
                          - {id: second, agent: worker, task_type: two, depends_on: [first], requires_approval: true, approval_timeout: 3600}
                        """);
    }

    private String planted(String what) {
        String secret = "planted-" + what.replace(' ', '-') + "-" + Integer.toHexString(what.hashCode())
                + secrets.size() + "e7";
        secrets.add(secret);
        return secret;
    }

    private JsonObject hidden(String what) {
        return new JsonObject().put("secret", planted(what));
    }

    private void plant() {
        secrets.add(HOOK_SECRET);
        secrets.add("planted_name_5d20c1");
        AgentClient treasurer = AgentClient.of(mesh, "treasurer");
        for (String key : List.of("vault/plan", "tasks/one", "context/lead", "history/first", "ownership/deed")) {
            ok(treasurer.put(key, hidden("entry")));
            names.add(key);
        }
        for (String to : List.of("clerk", "worker", "treasurer", FRIEND)) {
            ok(AgentClient.of(mesh, "clerk").message(to, hidden("message")));
        }
        ok(treasurer.publish("deploy", hidden("event")));
        for (String owner : List.of("treasurer", "clerk")) {
            Reply job = AgentClient.of(mesh, owner).cron("0 3 1 1 *", planted("job"));
            ok(job);
            names.add(job.json().getString("id"));
        }
        worker.doing(task -> ok(AgentClient.of(mesh, "worker")
                .post(
                        "/mesh/message",
                        new JsonObject()
                                .put("to", "orchestrator")
                                .put("type", "task_result")
                                .put(
                                        "payload",
                                        TaskAgent.result(task.getString("task_id"), "complete")
                                                .put("result", hidden("result"))))));
        Reply run = mesh.control(
                "POST", "/control/workflows/closing/runs", new JsonObject().put("input", hidden("input of a run")));
        ok(run);
        String id = run.json().getString("execution_id");
        names.add(id);
        Eventually.until(
                "the run waits for its approval",
                () -> mesh.control("GET", "/control/runs/" + id, null).body().contains("approval"));
        Reply task = mesh.control(
                "POST",
                "/control/agents/clerk/tasks",
                new JsonObject().put("task_type", "count").put("input_data", hidden("input of a task")));
        ok(task);
        names.add(task.json().getString("task_id"));
        names.addAll(List.of("closing", "shop", "start", "books", "deploy", "shop_hook", "books_key", "sim_api_key"));
        names.addAll(List.of("own/note", "news", FRIEND, "mine_key", "orchestrator", "llm", "sim/small", "operator"));
    }

    private static void ok(Reply reply) {
        assertThat(reply.status()).as("%s", reply.body()).isBetween(200, 299);
    }

    /// What an honest caller of a webhook once sent, headers and body; the attacker has read it on its way.
    List<Shot.Header> captured(String path, byte[] body) {
        String time = Long.toString(System.currentTimeMillis() / 1000);
        String signature;
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(HOOK_SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((time + ".").getBytes(StandardCharsets.UTF_8));
            signature = "v1=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (java.security.GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
        ok(mesh.send(java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create("http://127.0.0.1:" + mesh.controlPort() + path))
                .header("x-openlegion-timestamp", time)
                .header("x-openlegion-signature", signature)
                .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(body))));
        return List.of(
                new Shot.Header("X-OpenLegion-Timestamp", time), new Shot.Header("X-OpenLegion-Signature", signature));
    }

    Mesh mesh() {
        return mesh;
    }

    /// Of both listeners.
    List<RouteTable> routes() {
        return routes;
    }

    /// Names and ids of what is not the attacker's, and a few that are.
    List<String> names() {
        return List.copyOf(names);
    }

    /// What no answer may hold.
    List<String> secrets() {
        return List.copyOf(secrets);
    }

    /// Requests that got past the mesh.
    long passedOn() {
        return upstream.requests() + service.requests();
    }

    /// All that could be changed and is not the attacker's, as its owners and the operator see it.
    JsonObject state() {
        AgentClient treasurer = AgentClient.of(mesh, "treasurer");
        JsonArray entries = new JsonArray();
        treasurer.list("limit=1000").array().stream()
                .map(JsonObject.class::cast)
                .filter(entry -> !entry.getString("key").startsWith("own/"))
                .forEach(entries::add);
        JsonObject state = new JsonObject().put("entries", entries);
        for (String victim : VICTIMS) {
            state.put(
                    "inbox " + victim,
                    new JsonArray(AgentClient.of(mesh, victim).items(0)));
            state.put(
                    "cron " + victim,
                    AgentClient.of(mesh, victim)
                            .request("GET", "/mesh/cron", null)
                            .body());
        }
        JsonArray others = new JsonArray();
        mesh.control("GET", "/control/agents", null).array().stream()
                .map(JsonObject.class::cast)
                .filter(agent -> !List.of(NOBODY, NARROW).contains(agent.getString("id")))
                .forEach(others::add);
        state.put("agents", timeless(others.encode()));
        for (String view : List.of("runs", "workflows", "budgets")) {
            state.put(
                    view, timeless(mesh.control("GET", "/control/" + view, null).body()));
        }
        return state;
    }

    /// Without what changes by itself.
    private static String timeless(String json) {
        return json.replaceAll("\"(waited|running|elapsed|age|in)_?[a-z]*\":[0-9.]+", "")
                .replaceAll("\"[a-z_]*_at\":\"[^\"]*\"", "");
    }

    @Override
    public void close() throws IOException, TimeoutException {
        mesh.close();
        worker.close();
        service.close();
        upstream.close();
    }
}
