package ai.openlegion.agent;

import static ai.openlegion.agent.FakeMesh.call;
import static ai.openlegion.agent.FakeMesh.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.UnusableSetting;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.scenario.Eventually;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the agent answers besides tasks and chats, whom it refuses, and how the mesh learns of it.
@Timeout(60)
final class ListenerTest {

    private static final List<String> ROUTES = List.of(
            "POST /task",
            "POST /cancel",
            "GET /status",
            "GET /result",
            "GET /capabilities",
            "POST /chat",
            "POST /chat/stream",
            "POST /chat/steer",
            "POST /chat/reset",
            "POST /message",
            "GET /history");

    @TempDir
    private Path folder;

    private final FakeMesh mesh;
    private final List<AutoCloseable> open = new ArrayList<>();

    ListenerTest() throws Exception {
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
        var rig = new AgentRig(folder, mesh, tools);
        open.add(rig);
        return rig;
    }

    @Test
    void every_route_is_closed_to_whoever_lacks_the_inbound_token() throws Exception {
        AgentRig rig = agent();
        for (String route : ROUTES) {
            String[] parts = route.split(" ");
            for (String claim : List.of(
                    "",
                    "Bearer ",
                    "Bearer wrong",
                    "Bearer " + FakeMesh.TOKEN,
                    AgentRig.INBOUND,
                    "Bearer " + AgentRig.INBOUND + "x",
                    "bearer " + AgentRig.INBOUND)) {
                assertThat(rig.sendAs(claim, parts[0], parts[1]).statusCode())
                        .as(route + " " + claim)
                        .isEqualTo(401);
            }
            assertThat(rig.sendAs("Bearer " + AgentRig.INBOUND, parts[0], parts[1])
                            .statusCode())
                    .as(route)
                    .isNotIn(401, 403, 404 + (route.endsWith("result") ? 1 : 0), 405, 500);
        }
        assertThat(mesh.modelCalls()).isEmpty();
    }

    @Test
    void what_is_no_request_of_ours_is_refused_with_a_reason() throws Exception {
        AgentRig rig = agent();
        assertThat(rig.send("GET", "/nothing", Map.of()).statusCode()).isEqualTo(404);
        assertThat(rig.send("GET", "/task", Map.of()).statusCode()).isEqualTo(405);
        assertThat(rig.send("POST", "/task", Map.of()).statusCode()).isEqualTo(422);
        assertThat(rig.send("POST", "/task", Map.of("task_id", "t", "timeout", -1))
                        .statusCode())
                .isEqualTo(422);
        assertThat(rig.send("POST", "/chat", Map.of("message", " ")).statusCode())
                .isEqualTo(422);
        assertThat(rig.send("POST", "/message", Map.of("payload", 1)).statusCode())
                .isEqualTo(422);
        assertThat(rig.sendText("POST", "/task", "{\"task_id\":\"a\",\"task_id\":\"b\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(rig.sendText("POST", "/task", "[".repeat(65) + "]".repeat(65))
                        .statusCode())
                .isEqualTo(400);
        assertThat(rig.sendText("POST", "/task", "[1]").statusCode()).isEqualTo(422);
        HttpResponse<String> large = rig.send("POST", "/chat", Map.of("message", "x".repeat(1 << 20)));
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(large.body()).contains("detail");
    }

    @Test
    void status_and_capabilities_say_what_the_agent_is() throws Exception {
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> "seen"));
        Members status = rig.get("/status");
        assertThat(status.all())
                .containsEntry("agent_id", "researcher")
                .containsEntry("role", "research")
                .containsEntry("state", "idle")
                .containsEntry("tasks_completed", 0L)
                .containsEntry("tasks_failed", 0L)
                .containsEntry("capabilities", List.of("look"))
                .containsKeys("uptime_seconds", "context_tokens", "context_max", "context_pct", "current_task");
        assertThat(status.any("current_task")).isEmpty();
        Members capabilities = rig.get("/capabilities");
        assertThat(capabilities.text("agent_id")).contains("researcher");
        assertThat(capabilities.list("skills")).containsExactly("look");
        Members definition =
                Members.of(capabilities.list("tool_definitions").getFirst()).orElseThrow();
        assertThat(definition.object("function").text("name")).contains("look");
        assertThat(definition.object("function").object("parameters").text("type"))
                .contains("object");
    }

    @Test
    void a_message_waits_to_be_read_and_stands_in_the_history_also_after_a_restart() throws Exception {
        Tool inbox = AgentRig.tool(
                "inbox", (context, arguments) -> context.arrivals().take(10, 10_000));
        AgentRig first = agent(inbox);
        Map<String, Object> letter =
                Map.of("from_agent", "writer", "to", "researcher", "type", "event", "payload", Map.of("n", 1));
        assertThat(first.post("/message", letter).all())
                .isEqualTo(Map.of("received", true, "from", "writer", "type", "event"));
        first.agent.close();
        AgentRig second = agent(inbox);
        mesh.then(call("inbox", "{}"), text("one"), call("inbox", "{}"), text("none"));
        Members read = second.chat("Anything new?");
        assertThat(Members.of(read.list("tool_outputs").getFirst())
                        .orElseThrow()
                        .list("output"))
                .isEqualTo(List.of(Map.of(
                        "from_agent", "writer", "to", "researcher", "type", "event", "payload", Map.of("n", 1L))));
        Members again = second.chat("And now?");
        assertThat(Members.of(again.list("tool_outputs").getFirst())
                        .orElseThrow()
                        .list("output"))
                .isEmpty();
        Members history = second.get("/history?days=2");
        assertThat(history.text("agent_id")).contains("researcher");
        assertThat(history.text("memory")).isPresent();
        assertThat(history.list("logs").toString())
                .contains("writer")
                .contains("Anything new?")
                .contains("none");
        assertThat(mesh.modelCalls()).hasSize(4);
    }

    @Test
    void whoever_writes_to_the_agent_cannot_fill_its_heap() throws Exception {
        Arrivals arrivals = Arrivals.open(folder);
        for (int i = 0; i < 40; i++) {
            arrivals.add(Map.of("n", i, "payload", "x".repeat(250_000)));
        }
        List<Map<String, Object>> kept = Arrivals.open(folder).take(100, 10_000_000);
        assertThat(kept).hasSizeBetween(10, 16);
        assertThat(kept.getLast()).containsEntry("n", 39L);
        assertThat(arrivals.take(100, 10_000_000)).hasSameSizeAs(kept);
    }

    @Test
    void only_what_the_mesh_sends_at_a_time_or_from_outside_wakes_the_agent() throws Exception {
        AgentRig rig = agent();
        mesh.then(text("Seen to."));
        assertThat(rig.post("/message", Map.of("from_agent", "writer", "type", "webhook", "payload", "pay\u202E me"))
                        .truth("received"))
                .contains(true);
        assertThat(mesh.modelCalls()).isEmpty();
        assertThat(rig.post("/message", Map.of("from_agent", "mesh", "type", "webhook", "payload", "pay\u202E me"))
                        .truth("received"))
                .contains(true);
        Eventually.until("the agent woke", () -> mesh.modelCalls().size() == 1);
        assertThat(mesh.modelCalls().getFirst().prompt()).contains("[webhook]").contains("pay me");
        Eventually.until("its answer is noted", () -> history(rig).contains("Seen to."));
    }

    @Test
    void the_files_of_the_inbox_stay_small_whoever_writes_and_open_whatever_stands_in_them() throws Exception {
        Path file = folder.resolve("unread.jsonl");
        Arrivals arrivals = Arrivals.open(folder);
        for (int i = 0; i < 100; i++) {
            arrivals.add(Map.of("n", i, "payload", "x".repeat(250_000)));
            assertThat(Files.size(file)).isLessThan(10_000_000);
        }
        var _ = Files.writeString(file, "not json\n{\"n\":1000}\n{\"torn\":\"\u00E4", StandardOpenOption.APPEND);
        try (var torn = new RandomAccessFile(file.toFile(), "rw")) {
            torn.setLength(torn.length() - 1);
        }
        Arrivals reopened = Arrivals.open(folder);
        reopened.add(Map.of("n", 1001));
        assertThat(reopened.take(1_000, 100_000_000))
                .extracting(message -> message.get("n"))
                .endsWith(99L, 1000L, 1001L);
    }

    @Test
    void a_named_pipe_in_the_place_of_a_file_holds_nothing_up() throws Exception {
        Arrivals arrivals = Arrivals.open(folder);
        arrivals.add(Map.of("n", 1));
        Files.delete(folder.resolve("unread.jsonl"));
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("unread.jsonl").toString())
                        .start()
                        .waitFor())
                .isZero();
        arrivals.add(Map.of("n", 2));
        assertThat(arrivals.take(10, 1_000)).hasSize(2);
        assertThat(folder.resolve("unread.jsonl.unusable")).exists();
    }

    @Test
    void what_wakes_the_agent_is_seen_to_also_when_the_model_or_the_agent_was_away() throws Exception {
        Map<String, Object> cron = Map.of("id", "m1", "from_agent", "mesh", "type", "cron", "payload", "water them");
        var started = new CountDownLatch(1);
        AgentRig first = agent(AgentRig.tool("stay", (context, arguments) -> {
            started.countDown();
            new CountDownLatch(1).await();
            return "never";
        }));
        mesh.then(call("stay", "{}"));
        var _ = first.post("/message", cron);
        started.await();
        first.agent.close();
        mesh.then(FakeMesh.refuse(429, "{}", "retry-after: 3600"), text("Watered."));
        AgentRig second = agent();
        Eventually.until("it was seen to", () -> history(second).contains("Watered."));
        assertThat(second.pauses).hasSize(1);
        assertThat(mesh.modelCalls()).hasSize(3);
        assertThat(mesh.modelCalls().getLast().prompt()).contains("water them");
        var _ = second.post("/message", cron);
        second.agent.close();
        AgentRig third = agent();
        var _ = third.post("/message", cron);
        mesh.then(text("Chatted."));
        assertThat(third.chat("Hi").text("response")).contains("Chatted.");
        assertThat(mesh.modelCalls()).as("posted again, seen to once").hasSize(4);
    }

    @Test
    void a_message_that_is_posted_again_arrives_once() throws Exception {
        AgentRig rig = agent(AgentRig.tool(
                "inbox", (context, arguments) -> context.arrivals().take(10, 10_000)));
        Map<String, Object> letter = Map.of("id", "m7", "from_agent", "writer", "type", "message", "payload", "hello");
        var _ = rig.post("/message", letter);
        assertThat(rig.post("/message", letter).truth("received")).contains(true);
        mesh.then(call("inbox", "{}"), text("one"));
        assertThat(Members.of(rig.chat("Read.").list("tool_outputs").getFirst())
                        .orElseThrow()
                        .list("output"))
                .hasSize(1);
    }

    private static String history(AgentRig rig) {
        try {
            return rig.get("/history").list("logs").toString();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void the_agent_registers_when_the_mesh_is_there_and_again_when_it_was_away() throws Exception {
        mesh.fabricRefuses(2);
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> "seen"));
        Thread keeping = Thread.ofVirtual().start(() -> {
            try {
                rig.agent.keepRegistered();
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            Eventually.until("registered", () -> mesh.to("/healthz").size() > 1);
            assertThat(mesh.to("/mesh/register")).hasSize(3);
            assertThat(List.copyOf(rig.pauses).subList(0, 2))
                    .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
            Members body = mesh.to("/mesh/register").getLast().body();
            assertThat(body.list("capabilities")).containsExactly("research", "look");
            assertThat(body.whole("port")).contains((long) rig.agent.port());
            assertThat(mesh.to("/mesh/register").getLast().authorization()).isEqualTo("Bearer " + FakeMesh.TOKEN);
            assertThat(rig.get("/status").truth("registered")).isPresent();
            mesh.fabricRefuses(1);
            Eventually.until("registered again", () -> mesh.to("/mesh/register").size() == 4);
        } finally {
            keeping.interrupt();
            keeping.join();
        }
    }

    @Test
    void a_missing_setting_is_named_and_no_token_is_shown() throws Exception {
        Map<String, String> whole = new HashMap<>(Map.of(
                "AGENT_ID", "a",
                "AGENT_ROLE", "r",
                "MESH_URL", "http://mesh:8420/",
                "MESH_AUTH_TOKEN", "secret-1",
                "MESH_INBOUND_TOKEN", "secret-2",
                "LLM_MODEL", "m"));
        Settings settings = Settings.from(whole);
        assertThat(settings.mesh()).hasToString("http://mesh:8420");
        assertThat(settings.port()).isEqualTo(8400);
        assertThat(settings.bind()).isEqualTo("0.0.0.0");
        assertThat(settings.data()).isEqualTo(Path.of("/data"));
        assertThat(settings.toString()).doesNotContain("secret");
        for (String name : List.copyOf(whole.keySet())) {
            Map<String, String> lacking = new HashMap<>(whole);
            lacking.remove(name);
            assertThatThrownBy(() -> Settings.from(lacking))
                    .isInstanceOf(UnusableSetting.class)
                    .hasMessageContaining(name + " is missing");
        }
        whole.put("AGENT_PORT", "x");
        assertThatThrownBy(() -> Settings.from(whole)).hasMessageContaining("AGENT_PORT");
    }
}
