package ai.openlegion.agent;

import static ai.openlegion.agent.FakeMesh.call;
import static ai.openlegion.agent.FakeMesh.refuse;
import static ai.openlegion.agent.FakeMesh.streamed;
import static ai.openlegion.agent.FakeMesh.streamedCall;
import static ai.openlegion.agent.FakeMesh.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.scenario.Eventually;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Chats: their rounds, their order, what is said meanwhile, and how they stream.
@Timeout(60)
final class ChatTest {

    @TempDir
    private Path folder;

    private final FakeMesh mesh;
    private final List<AutoCloseable> open = new ArrayList<>();

    ChatTest() throws Exception {
        mesh = new FakeMesh();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        mesh.close();
    }

    private AgentRig agent(Tool... tools) throws Exception {
        return agent(Map.of(), tools);
    }

    private AgentRig agent(Map<String, String> more, Tool... tools) throws Exception {
        var rig = new AgentRig(folder, mesh, more, tools);
        open.add(rig);
        return rig;
    }

    private static Tool look() {
        return AgentRig.tool("look", (context, arguments) -> arguments);
    }

    private static FakeMesh.Turn[] looks(int times) {
        return IntStream.range(0, times)
                .mapToObj(i -> call("look", "{\"about\":\"" + i + "\"}"))
                .toArray(FakeMesh.Turn[]::new);
    }

    private static CompletableFuture<Members> inBackground(AgentRig rig, String message) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return rig.chat(message);
                    } catch (Exception failed) {
                        throw new AssertionError(failed);
                    }
                },
                Thread::startVirtualThread);
    }

    private static long waiting(AgentRig rig) {
        try {
            return rig.get("/status").whole("chats_waiting").orElse(0L);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void a_chat_answers_with_its_tools_and_remembers_until_it_is_reset() throws Exception {
        AgentRig rig = agent(look());
        mesh.then(call("look", "{\"about\":\"x\"}"), text("It is x."), text("You asked about x."), text("Nothing."));
        Members first = rig.chat("What is it?");
        assertThat(first.text("response")).contains("It is x.");
        assertThat(first.whole("tokens_used")).contains(20L);
        assertThat(first.list("tool_outputs"))
                .isEqualTo(
                        List.of(Map.of("tool", "look", "input", Map.of("about", "x"), "output", Map.of("about", "x"))));
        assertThat(rig.chat("What did I ask?").text("response")).contains("You asked about x.");
        assertThat(mesh.modelCalls().getLast().prompt()).contains("What is it?", "It is x.", "What did I ask?");
        assertThat(rig.post("/chat/reset", Map.of()).all()).isEqualTo(Map.of("status", "ok"));
        assertThat(rig.chat("And now?").text("response")).contains("Nothing.");
        assertThat(mesh.modelCalls().getLast().prompt()).doesNotContain("What is it?");
    }

    @Test
    void ten_rounds_of_tools_are_followed_by_one_last_call_without_tools() throws Exception {
        AgentRig rig = agent(look());
        mesh.then(looks(10)).then(text("That is all."));
        assertThat(rig.chat("Look.").text("response")).contains("That is all.");
        assertThat(mesh.modelCalls()).hasSize(11);
        assertThat(mesh.modelCalls().subList(0, 10))
                .allSatisfy(call -> assertThat(call.body().list("tools")).hasSize(1));
        assertThat(mesh.modelCalls().getLast().body().any("tools")).isEmpty();
        mesh.then(looks(9)).then(text("Enough."));
        assertThat(rig.chat("Again.").text("response")).contains("Enough.");
        assertThat(mesh.modelCalls()).hasSize(21);
        assertThat(mesh.modelCalls().getLast().body().list("tools")).hasSize(1);
    }

    @Test
    void a_chat_that_goes_round_in_circles_ends_at_the_ninth_same_call() throws Exception {
        AgentRig rig = agent(look());
        mesh.always(call("look", "{\"about\":\"x\"}"));
        assertThat(rig.chat("Look.").text("response"))
                .hasValueSatisfying(response -> assertThat(response).startsWith("Stuck in a loop"));
        assertThat(mesh.modelCalls()).hasSize(9);
    }

    @Test
    void what_is_said_meanwhile_lands_between_rounds() throws Exception {
        var started = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        AgentRig rig = agent(AgentRig.tool("wait", (context, arguments) -> {
            started.countDown();
            gate.await();
            return "waited";
        }));
        mesh.then(call("wait", "{}"), text("Stopped."));
        CompletableFuture<Members> chat = inBackground(rig, "Work.");
        started.await();
        assertThat(rig.post("/chat/steer", Map.of("message", "Stop\u202E now")).all())
                .isEqualTo(Map.of("injected", true, "agent_state", "working"));
        gate.countDown();
        assertThat(chat.get(30, TimeUnit.SECONDS).text("response")).contains("Stopped.");
        List<Members> sent = mesh.modelCalls().getLast().messages();
        assertThat(sent).extracting(message -> message.text("role").orElse("")).endsWith("assistant", "tool", "user");
        assertThat(sent.getLast().text("content")).contains("[Said while you work] Stop now");
        mesh.then(text("Yes."));
        assertThat(rig.post("/chat/steer", Map.of("message", "Be brief")).all())
                .isEqualTo(Map.of("injected", false, "agent_state", "idle"));
        var _ = rig.chat("Well?");
        assertThat(mesh.modelCalls().getLast().prompt()).contains("Be brief");
    }

    @Test
    void chats_are_answered_one_after_the_other_in_the_order_in_which_they_came() throws Exception {
        var started = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        AgentRig rig = agent(AgentRig.tool("wait", (context, arguments) -> {
            started.countDown();
            gate.await();
            return "waited";
        }));
        mesh.then(call("wait", "{}"), text("one"), text("two"), text("three"));
        CompletableFuture<Members> first = inBackground(rig, "1");
        started.await();
        CompletableFuture<Members> second = inBackground(rig, "2");
        Eventually.until("the second waits", () -> waiting(rig) == 1);
        CompletableFuture<Members> third = inBackground(rig, "3");
        Eventually.until("the third waits", () -> waiting(rig) == 2);
        assertThat(mesh.modelCalls()).hasSize(1);
        gate.countDown();
        assertThat(first.get(30, TimeUnit.SECONDS).text("response")).contains("one");
        assertThat(second.get(30, TimeUnit.SECONDS).text("response")).contains("two");
        assertThat(third.get(30, TimeUnit.SECONDS).text("response")).contains("three");
    }

    @Test
    void a_stream_passes_each_piece_on_as_it_comes() throws Exception {
        var gate = new CountDownLatch(1);
        AgentRig rig = agent();
        mesh.then((exchange, call) -> {
            exchange.sendResponseHeaders(200, 0);
            FakeMesh.frame(exchange, Map.of("content", "Hel"));
            try {
                gate.await();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
            FakeMesh.frame(exchange, Map.of("content", "lo"));
            FakeMesh.raw(exchange, "[DONE]");
        });
        HttpResponse<InputStream> response = rig.open("/chat/stream", Map.of("message", "Hi"));
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("event: text_delta");
            assertThat(lines.readLine()).isEqualTo("data: {\"type\":\"text_delta\",\"content\":\"Hel\"}");
            gate.countDown();
            List<String> rest = lines.lines().filter(line -> !line.isEmpty()).toList();
            assertThat(rest)
                    .startsWith(
                            "event: text_delta", "data: {\"type\":\"text_delta\",\"content\":\"lo\"}", "event: done");
            Members done = new Members(Json.object(rest.getLast().substring("data: ".length())));
            assertThat(done.text("response")).contains("Hello");
        }
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
    }

    @Test
    void a_stream_shows_the_tools_that_run_and_ends_with_the_whole_turn() throws Exception {
        AgentRig rig = agent(look());
        mesh.then(streamedCall("look", "{\"about\":\"x\"}"), streamed("It ", "is x."));
        String body = rig.send("POST", "/chat/stream", Map.of("message", "What is it?"))
                .body();
        List<Members> events = new ArrayList<>();
        for (String line :
                body.lines().filter(line -> line.startsWith("data: ")).toList()) {
            events.add(new Members(Json.object(line.substring("data: ".length()))));
        }
        assertThat(events)
                .extracting(event -> event.text("type").orElse(""))
                .containsExactly("tool_start", "tool_result", "text_delta", "text_delta", "done");
        assertThat(events.get(0).text("name")).contains("look");
        assertThat(events.get(0).object("input").text("about")).contains("x");
        assertThat(events.get(1).object("output").text("about")).contains("x");
        assertThat(events.getLast().text("response")).contains("It is x.");
        assertThat(events.getLast().whole("tokens_used")).contains(20L);
        assertThat(events.getLast().list("tool_outputs")).hasSize(1);
    }

    @Test
    void a_stream_that_ends_early_or_is_cut_is_an_error_and_no_answer() throws Exception {
        AgentRig rig = agent();
        mesh.then(
                (exchange, call) -> {
                    exchange.sendResponseHeaders(200, 0);
                    FakeMesh.frame(exchange, Map.of("content", "Hel"));
                },
                (exchange, call) -> {
                    exchange.sendResponseHeaders(200, 0);
                    FakeMesh.frame(exchange, Map.of("content", "Hel"));
                    FakeMesh.raw(exchange, "{\"error\":{\"type\":\"budget_exceeded\",\"message\":\"spent\"}}");
                    FakeMesh.raw(exchange, "[DONE]");
                });
        assertThat(rig.send("POST", "/chat/stream", Map.of("message", "Hi")).body())
                .contains("event: error")
                .doesNotContain("event: done");
        assertThat(rig.send("POST", "/chat/stream", Map.of("message", "Hi")).body())
                .contains("budget_exceeded: spent")
                .doesNotContain("event: done");
        assertThat(mesh.modelCalls()).hasSize(2);
    }

    @Test
    void a_refused_chat_is_an_error_that_says_why() throws Exception {
        AgentRig rig = agent();
        mesh.then(
                refuse(402, "{\"error\":{\"message\":\"spent\"}}"),
                refuse(500, "{\"error\":{\"message\":\"broken\"}}"));
        HttpResponse<String> refused = rig.send("POST", "/chat", Map.of("message", "Hi"));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(refused.body()).contains("spent");
        assertThat(rig.send("POST", "/chat", Map.of("message", "Hi")).statusCode())
                .isEqualTo(502);
    }

    @Test
    void near_the_window_it_summarises_and_no_call_is_parted_from_its_result() throws Exception {
        AgentRig rig = agent(
                Map.of("LLM_CONTEXT_TOKENS", "2000"),
                AgentRig.tool("look", (context, arguments) -> "seen ".repeat(60)));
        for (int i = 0; i < 40; i++) {
            mesh.always((exchange, call) -> {
                boolean summary = call.body().list("tools").isEmpty();
                int said = mesh.modelCalls().size();
                (summary
                                ? text("SUMMARY-" + said)
                                : said % 3 == 0 ? text("ok " + said) : call("look", "{\"about\":\"" + said + "\"}"))
                        .answer(exchange, call);
            });
            assertThat(rig.chat("Message " + i + " " + "x".repeat(100)).text("response"))
                    .isPresent();
        }
        assertThat(mesh.modelCalls())
                .filteredOn(call -> call.body().list("tools").isEmpty())
                .hasSizeGreaterThan(3);
        assertThat(mesh.modelCalls().getLast().prompt()).contains("SUMMARY-").doesNotContain("Message 0 ");
        for (FakeMesh.Call call : mesh.modelCalls()) {
            assertThat(Json.write(call.body().list("messages"))).hasSizeLessThan(2000 * 3);
            List<Optional<String>> asked = new ArrayList<>();
            for (Members message : call.messages()) {
                message.list("tool_calls")
                        .forEach(one -> asked.add(Members.of(one).orElseThrow().text("id")));
                if (message.text("role").equals(Optional.of("tool"))) {
                    assertThat(asked).contains(message.text("tool_call_id"));
                    asked.remove(message.text("tool_call_id"));
                }
            }
            assertThat(asked).as("calls without a result").isEmpty();
            assertThat(call.messages().getFirst().text("role")).contains("system");
        }
    }

    @Test
    void a_reset_ends_the_turn_that_runs_and_nothing_of_it_stays() throws Exception {
        var started = new CountDownLatch(1);
        AgentRig rig = agent(AgentRig.tool("stay", (context, arguments) -> {
            started.countDown();
            new CountDownLatch(1).await();
            return "never";
        }));
        mesh.then(call("stay", "{}"), text("Fresh."));
        CompletableFuture<Members> chat = inBackground(rig, "Work for ever.");
        started.await();
        assertThat(rig.post("/chat/reset", Map.of()).all()).isEqualTo(Map.of("status", "ok"));
        assertThat(chat.get(30, TimeUnit.SECONDS).text("response")).contains("The conversation was reset");
        assertThat(rig.chat("And now?").text("response")).contains("Fresh.");
        assertThat(mesh.modelCalls().getLast().prompt()).doesNotContain("Work for ever.");
    }

    @Test
    void what_the_tools_gave_is_shown_in_bounds_however_much_it_is() throws Exception {
        AgentRig rig = agent(AgentRig.tool("flood", (context, arguments) -> Map.of("text", "x".repeat(400_000))));
        String question = "{\"about\":\"" + "y".repeat(30_000) + "\"}";
        mesh.then(FakeMesh.calls(IntStream.range(0, 60)
                        .mapToObj(i -> Map.entry("flood", question.replace("\"}", i + "\"}")))
                        .toList()))
                .then(text("done"));
        HttpResponse<String> answer = rig.send("POST", "/chat", Map.of("message", "Flood."));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).hasSizeBetween(100_000, 1_500_000);
        assertThat(new Members(Json.object(answer.body())).list("tool_outputs")).hasSize(32);
    }
}
