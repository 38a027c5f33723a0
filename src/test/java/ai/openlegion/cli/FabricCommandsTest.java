package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.Eventually;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The commands that look into the fabric, against a demo mesh and its agents.
@Timeout(240)
final class FabricCommandsTest {

    @TempDir
    private static Path folder;

    private static LiveMesh mesh;
    private static String researcher;

    @BeforeAll
    static void start() throws Exception {
        mesh = new LiveMesh(folder).demo();
        researcher = mesh.command("token", "researcher").out().strip();
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @Test
    void agents_are_absent_until_they_register() throws Exception {
        assertThat(mesh.command("agents").out())
                .contains("AGENT", "CAPABILITIES")
                .containsPattern("writer .* absent");
        assertThat(mesh.ask(researcher, "POST", "/mesh/register", "{\"capabilities\": [\"search\", \"read\"]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(mesh.command("agents").out()).containsPattern("researcher .* ready .* search,read");
        JsonObject agent = new JsonArray(mesh.command("agents", "--json").out()).getJsonObject(0);
        assertThat(agent.getString("state")).isEqualTo("ready");
    }

    @Test
    void the_blackboard_is_listed_and_one_entry_shown_whole() throws Exception {
        String value = "{\"amount\": 1.10, \"note\": \"\u009b2J\"}";
        for (String key : List.of("context/a%201", "context/b", "context/%E2%80%AEtxt")) {
            assertThat(mesh.ask(researcher, "PUT", "/mesh/blackboard/" + key, value)
                            .statusCode())
                    .isEqualTo(200);
        }
        Ended all = mesh.command("blackboard");
        assertThat(all.out()).contains("KEY", "context/a 1", "context/b", "researcher", "context/\\u202etxt");
        assertThat(all.out()).as("nothing that steers a terminal").doesNotContain("\u009b", "\u202e");
        assertThat(mesh.command("blackboard", "context/b").out())
                .contains("context/b")
                .doesNotContain("context/a");
        assertThat(mesh.command("blackboard", "nothing/").out()).contains("no key begins so");
        Ended json = mesh.command("blackboard", "context/", "--json");
        assertThat(new JsonArray(json.out())).hasSize(3);
        assertThat(json.out()).as("numbers stay what they are").contains("1.10");

        Ended entry = mesh.command("blackboard", "get", "context/a 1");
        assertThat(entry.out()).contains("context/a 1  version 1, written by researcher");
        assertThat(new JsonObject(mesh.command("blackboard", "get", "context/a 1", "--json")
                                .out())
                        .getJsonObject("value")
                        .getString("note"))
                .isEqualTo("\u009b2J");
        Ended none = mesh.command("blackboard", "get", "context/none");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("there is no such key");
        assertThat(mesh.command("blackboard", "get", "../x").code()).isNotZero();
        Ended unnamed = mesh.command("blackboard", "get", "");
        assertThat(unnamed.code()).isEqualTo(2);
        assertThat(unnamed.err()).contains("KEY is empty");
    }

    @Test
    void a_message_from_the_operator_is_in_the_agents_inbox() throws Exception {
        Ended sent = mesh.command("send", "researcher", "look at \"this\"");
        assertThat(sent.code()).as(sent.err()).isZero();
        assertThat(sent.out()).startsWith("delivered msg_").contains("of researcher");
        JsonObject steered = new JsonObject(
                mesh.command("send", "researcher", "stop", "--steer", "--json").out());
        assertThat(steered.getString("id")).startsWith("str_");
        JsonArray items = new JsonObject(
                        mesh.ask(researcher, "GET", "/mesh/inbox?wait=10", "").body())
                .getJsonArray("items");
        assertThat(items.stream().map(String::valueOf))
                .anySatisfy(item ->
                        assertThat(item).contains("\"from\":\"operator\"", "\"message\":\"look at \\\"this\\\"\""))
                .anySatisfy(item -> assertThat(item).contains("\"kind\":\"steer\"", "\"message\":\"stop\""));
        assertThat(mesh.command("send", "nobody", "hello").code()).isEqualTo(1);
        assertThat(mesh.command("send", "researcher", "x", "--type", "").code()).isEqualTo(2);
    }

    @Test
    void events_so_far_are_printed_and_new_ones_followed() throws Exception {
        assertThat(mesh.command("send", "writer", "first").code()).isZero();
        // the audit is written every 50 ms
        Eventually.until("the event is there", () -> {
            Ended soFar = mesh.command("events", "--no-follow", "--action", "message", "--agent", "writer");
            assertThat(soFar.code()).as(soFar.err()).isZero();
            return Pattern.compile("operator +message +allowed +writer")
                    .matcher(soFar.out())
                    .find();
        });

        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PipedInputStream read = new PipedInputStream(1 << 16);
        try (PrintStream out = new PrintStream(new PipedOutputStream(read), true, StandardCharsets.UTF_8)) {
            CompletableFuture<Integer> follower = CompletableFuture.supplyAsync(
                    () -> mesh.run(out, err, "events", "--json", "--after", "0", "--action", "message,publish"));
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(read, StandardCharsets.UTF_8))) {
                assertThat(new JsonObject(lines.readLine()).getString("action")).isEqualTo("message");
                String body = "{\"topic\": \"no_such_topic\", \"payload\": {}}";
                assertThat(mesh.ask(researcher, "POST", "/mesh/publish", body).statusCode())
                        .isEqualTo(403);
                JsonObject denied = new JsonObject(lines.readLine());
                while (!denied.getString("action").equals("publish")) {
                    denied = new JsonObject(lines.readLine());
                }
                assertThat(denied.getString("actor")).isEqualTo("researcher");
                assertThat(denied.getString("resource")).isEqualTo("no_such_topic");
                assertThat(denied.getString("decision")).startsWith("denied");
            }
            int sends = 0;
            while (!follower.isDone()) {
                assertThat(mesh.command("send", "writer", "after the reader left")
                                .code())
                        .isZero();
                sends++;
                assertThat(sends)
                        .as("commands until the follower saw that nobody reads")
                        .isLessThan(1_000);
            }
            assertThat(follower.get(1, TimeUnit.SECONDS)).isZero();
        }
    }
}
