package ai.openlegion.agent;

import static ai.openlegion.agent.AgentRig.task;
import static ai.openlegion.agent.FakeMesh.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.loop.Assignment;
import ai.openlegion.agent.loop.Outcome;
import ai.openlegion.agent.loop.Spending;
import ai.openlegion.agent.loop.Steers;
import ai.openlegion.agent.loop.TaskLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Answers of the model that are not what they should be, and a mesh that is away.
@Timeout(60)
final class AnswersTest {

    @TempDir
    private Path folder;

    private final FakeMesh mesh;

    AnswersTest() throws Exception {
        mesh = new FakeMesh();
    }

    @AfterEach
    void close() {
        mesh.close();
    }

    private static FakeMesh.Turn ended(String text, String reason) {
        String body = Json.write(Map.of(
                "choices",
                List.of(Map.of("finish_reason", reason, "message", Map.of("content", text))),
                "usage",
                Map.of("total_tokens", 10)));
        return (exchange, call) -> FakeMesh.send(exchange, 200, body);
    }

    @Test
    void an_answer_that_is_cut_or_empty_completes_no_task() throws Exception {
        try (var rig = new AgentRig(folder, mesh)) {
            mesh.then(ended("{\"result\":", "length"), ended("I ", "content_filter"), ended(" ", "stop"));
            assertThat(rig.run(task("t1")).text("error")).contains("The model's answer is not whole: length");
            assertThat(rig.run(task("t2")).text("error")).contains("The model's answer is not whole: content_filter");
            assertThat(rig.run(task("t3")).text("error")).contains("The model gave no answer");
            mesh.then(ended("cut", "length"));
            assertThat(rig.run(task("t4", "token_budget", Map.of("max_tokens", 10)))
                            .text("error"))
                    .contains("Token budget exhausted: 10/10");
            mesh.then(ended("whole", "stop"));
            assertThat(rig.run(task("t5")).text("status")).contains("complete");
        }
    }

    @Test
    void a_chat_says_that_an_answer_is_cut_and_keeps_no_empty_one() throws Exception {
        try (var rig = new AgentRig(folder, mesh)) {
            mesh.then(ended("Once upon", "length"), ended("", "stop"), text("Well."));
            assertThat(rig.chat("Tell.").text("response")).contains("Once upon\n[not whole: length]");
            assertThat(rig.chat("Go on.").text("response")).contains("(no answer)");
            var _ = rig.chat("Well?");
            assertThat(mesh.modelCalls().getLast().messages())
                    .allSatisfy(message ->
                            assertThat(message.text("content").orElse("")).isNotBlank());
        }
    }

    @Test
    void calls_that_no_provider_takes_back_do_not_spoil_the_chat() throws Exception {
        try (var rig = new AgentRig(folder, mesh)) {
            String body = Json.write(Map.of(
                    "choices",
                    List.of(Map.of(
                            "message",
                            Map.of(
                                    "content",
                                    Json.NULL,
                                    "tool_calls",
                                    List.of(
                                            called("same", "no such tool!", "{\"a\":"),
                                            called("same", "", "[1]"),
                                            called("bad id", "x".repeat(99), "{\"a\":1}"))))),
                    "usage",
                    Map.of("total_tokens", 10)));
            mesh.then((exchange, call) -> FakeMesh.send(exchange, 200, body), text("Well."));
            assertThat(rig.chat("Do.").text("response")).contains("Well.");
            List<Members> sent = mesh.modelCalls().getLast().messages();
            List<Members> calls = sent.get(2).list("tool_calls").stream()
                    .map(call -> Members.of(call).orElseThrow())
                    .toList();
            assertThat(calls).extracting(call -> call.text("id").orElseThrow()).doesNotHaveDuplicates();
            assertThat(calls).hasSize(3).allSatisfy(call -> {
                assertThat(call.text("id").orElseThrow()).matches("[A-Za-z0-9_-]{1,64}");
                assertThat(call.object("function").text("name").orElseThrow()).matches("[A-Za-z0-9_-]{1,64}");
                assertThat(Json.object(call.object("function").text("arguments").orElseThrow()))
                        .isNotNull();
            });
            assertThat(sent.subList(3, 6))
                    .extracting(message -> message.text("tool_call_id").orElseThrow())
                    .containsExactlyElementsOf(calls.stream()
                            .map(call -> call.text("id").orElseThrow())
                            .toList());
        }
    }

    private static Map<String, Object> called(String id, String name, String arguments) {
        return Map.of("id", id, "type", "function", "function", Map.of("name", name, "arguments", arguments));
    }

    @Test
    void a_stream_without_end_is_left_before_it_fills_the_heap() throws Exception {
        try (var rig = new AgentRig(folder, mesh)) {
            mesh.then(FakeMesh.streamed(
                    Stream.generate(() -> "x".repeat(100_000)).limit(40).toArray(String[]::new)));
            assertThat(rig.send("POST", "/chat/stream", Map.of("message", "Hi")).body())
                    .contains("the model's answer is too long")
                    .doesNotContain("event: done");
        }
    }

    @Test
    void a_mesh_that_cannot_be_reached_is_tried_for_a_minute() throws Exception {
        try (var rig = new AgentRig(folder, mesh)) {
            mesh.close();
            var loop = new TaskLoop(rig.loopAgent());
            Outcome outcome = loop.run(
                    Assignment.of(new Members(task("t1"))).orElseThrow(),
                    new Spending(new Members(Map.of())),
                    new Steers(),
                    () -> false);
            assertThat(outcome.status()).isEqualTo("failed");
            assertThat(rig.pauses.stream().reduce(Duration.ZERO, Duration::plus))
                    .isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
        }
    }

    @Test
    void a_time_to_come_back_is_understood_in_all_its_forms() throws Exception {
        try (var rig = new AgentRig(folder, mesh)) {
            mesh.then(
                    FakeMesh.refuse(429, "{}", "retry-after: Sun, 22 Nov 2026 12:00:09 GMT"),
                    FakeMesh.refuse(429, "{}", "retry-after-ms: 4500.7"),
                    text("done"));
            assertThat(rig.run(task("t1")).text("status")).contains("complete");
            assertThat(rig.pauses).containsExactly(Duration.ofSeconds(9), Duration.ofMillis(4_500));
            mesh.then(FakeMesh.refuse(502, "{}", "x-should-retry: False"));
            assertThat(rig.run(task("t2")).text("status")).contains("failed");
        }
    }

    @Test
    void a_summary_that_fails_drops_nothing_and_the_question_stays_whatever_follows_it() throws Exception {
        var most = Map.of("LLM_CONTEXT_TOKENS", "2000");
        try (var rig = new AgentRig(folder, mesh, most, AgentRig.tool("look", (context, given) -> "y".repeat(600)))) {
            mesh.always((exchange, call) -> {
                int said = mesh.modelCalls().size();
                (call.body().list("tools").isEmpty()
                                ? FakeMesh.refuse(500, "{}")
                                : said > 9 ? text("ok") : FakeMesh.call("look", "{\"about\":\"" + said + "\"}"))
                        .answer(exchange, call);
            });
            assertThat(rig.chat("The question of this turn").text("response")).contains("ok");
            int failed = 0;
            List<FakeMesh.Call> calls = mesh.modelCalls();
            for (int i = 0; i < calls.size(); i++) {
                if (calls.get(i).body().list("tools").isEmpty()) {
                    failed++;
                } else {
                    assertThat(calls.get(i).prompt()).contains("The question of this turn");
                }
            }
            assertThat(failed).isPositive();
            FakeMesh.Call afterFirst = calls.stream()
                    .dropWhile(call -> !call.body().list("tools").isEmpty())
                    .filter(call -> !call.body().list("tools").isEmpty())
                    .findFirst()
                    .orElseThrow();
            assertThat(Json.write(afterFirst.body().list("messages")))
                    .as("it is more than where a summary is tried")
                    .hasSizeGreaterThan(2000 * 3 * 60 / 100);
        }
    }
}
