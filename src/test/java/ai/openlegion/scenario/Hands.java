package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.stream.Stream;

/// What an agent does with its own tools, because its model asks for it: the simulated provider says what the test
/// wants.
record Hands(Mesh mesh, String agent) {

    /// One call of a tool.
    static JsonObject call(String tool, JsonObject arguments) {
        return new JsonObject().put("name", tool).put("arguments", arguments);
    }

    /// The directive by which the simulated provider asks for these calls, one in each answer.
    static String directive(JsonObject... calls) {
        String list = new JsonArray(Stream.of(calls).toList()).encode();
        return "[[sim calls="
                + Base64.getUrlEncoder().withoutPadding().encodeToString(list.getBytes(StandardCharsets.UTF_8))
                + " tokens=6]]";
    }

    /// What a command of the agent prints, errors in between.
    String command(String shell) {
        JsonObject result = run(shell, 60);
        return result.getString("stdout").strip();
    }

    /// What a Python program of the agent prints.
    String python(String program, String... arguments) {
        StringBuilder shell = new StringBuilder("python3 -u - ");
        for (String argument : arguments) {
            shell.append('\'').append(argument).append("' ");
        }
        return command(shell + "<<'END'\n" + program + "END\n");
    }

    /// The result of `run_command`: `exit_code`, `stdout`, `stderr`.
    JsonObject run(String shell, int seconds) {
        Reply reply = say(directive(call(
                "run_command",
                new JsonObject().put("command", "exec 2>&1; " + shell).put("timeout", seconds))));
        if (reply.status() != 200) {
            throw new AssertionError(agent + " answered " + reply.status() + ' ' + reply.body());
        }
        JsonArray outputs = reply.json().getJsonArray("tool_outputs");
        if (outputs.isEmpty()) {
            throw new AssertionError(agent + " used no tool: " + reply.body());
        }
        Object output = outputs.getJsonObject(0).getValue("output");
        return output instanceof JsonObject object ? object : new JsonObject(String.valueOf(output));
    }

    /// A chat through the operator's listener.
    Reply say(String message) {
        return mesh.send(HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + mesh.controlPort() + "/control/agents/" + agent + "/chat"))
                .timeout(Duration.ofSeconds(150))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + mesh.operatorToken())
                .POST(HttpRequest.BodyPublishers.ofString(
                        new JsonObject().put("message", message).encode())));
    }
}
