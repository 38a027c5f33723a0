package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
/// A home in which one of everything that is audited can be done.

final class AuditedHome {

    private static final String EVERYTHING = """
            "can_message": ["*"], "can_publish": ["*"], "can_subscribe": ["*"], "blackboard_read": ["*"],
            "blackboard_write": ["*"], "allowed_apis": ["*"], "can_run_workflows": ["*"], "can_spawn": true,
            "can_manage_cron": true, "allowed_credentials": ["own_*"]""";

    private AuditedHome() {}

    static MeshHome of(Upstream upstream, PlainService service, TaskAgent worker) {
        return MeshHome.in(upstream)
                .variable("OPENLEGION_CRED_SVC_KEY", PlainService.KEY)
                .everyDialect()
                .model("sim/one:error500", "input_usd_per_mtok: 1, output_usd_per_mtok: 2, max_output_tokens: 64")
                .model("sim/vectors", "kind: embedding, input_usd_per_mtok: 1, context_tokens: 8192")
                .agent("alpha", "10", "\"sim/*\", \"simant/*\"", "[]")
                .permissions("alpha", EVERYTHING)
                .mesh("""
                        services:
                          svc: {base_url: "http://127.0.0.1:%d/base", header: X-Service-Key, credential: svc_key, usd_per_call: 0.01}
                        failover:
                          "sim/one:error500": [sim/small]
                        rate_limits: {operations: {discover: 3}}
                        """.formatted(service.port()))
                .agent("poor", "0.000001")
                .agent("billed", "10")
                .member("nobody", "")
                .pushed("worker", worker.url(), "\"blackboard_write\": [\"*\"]")
                .supervised("runner", "runtime: process, resources: {memory: 256m}", "\"can_spawn\": true")
                .credential("two_hook", "whsec-0123456789abcdef")
                .with("config/webhooks.yaml", "hooks:\n  two: {secret: two_hook, agent: worker}\n")
                .with("config/workflows/two_steps.yaml", """
                        name: two_steps
                        on_complete: done
                        steps:
                          - {id: first, agent: worker, task_type: one}
                        """)
                .with("config/workflows/asks_first.yaml", """
                        name: asks_first
                        steps:
                          - {id: only, agent: worker, task_type: send, requires_approval: true, approval_timeout: 600}
                        """)
                .with("config/workflows/may_not_read.yaml", """
                        name: may_not_read
                        steps:
                          - {id: only, agent: worker, task_type: one, input_from: "blackboard://secret/x"}
                        """);
    }

    /// What an agent sends once its task is done.
    static JsonObject result(JsonObject task) {
        return new JsonObject()
                .put("to", "orchestrator")
                .put("type", "task_result")
                .put(
                        "payload",
                        TaskAgent.result(task.getString("task_id"), "complete").put("result", new JsonObject()));
    }
}
