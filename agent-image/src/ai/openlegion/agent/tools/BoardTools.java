package ai.openlegion.agent.tools;

import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.mesh.Mesh;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The blackboard: `read_blackboard`, `write_blackboard`, `list_blackboard`, `claim_task` and `watch_blackboard`.
final class BoardTools {

    private static final String PATH = "/mesh/blackboard/";
    private static final int KEY_CHARS = 512;
    private static final int ENTRIES = 50;
    private static final int MOST_ENTRIES = 200;

    private BoardTools() {}

    static List<Tool> of() {
        return List.of(
                new CheckedTool(
                        "read_blackboard",
                        "Reads an entry of the blackboard that all agents share: its value, version and writer.",
                        List.of(key()),
                        (context, arguments) -> MeshCalls.result(context.mesh()
                                .get(PATH + MeshCalls.key(key(arguments)), MeshCalls.DEADLINE))),
                new CheckedTool(
                        "write_blackboard",
                        "Writes an entry of the blackboard, whatever was there.",
                        List.of(key(), value(), ttl()),
                        (context, arguments) -> write(context.mesh(), arguments)),
                new CheckedTool(
                        "list_blackboard",
                        "Lists entries of the blackboard, ordered by key.",
                        List.of(
                                Parameter.text("prefix", "What their keys begin with", KEY_CHARS)
                                        .orEmpty()
                                        .optional(),
                                Parameter.whole("limit", "At most so many, " + ENTRIES + " unless said", 1, MOST_ENTRIES)
                                        .optional(),
                                Parameter.text("after", "Only keys that come after this one", KEY_CHARS)
                                        .optional()),
                        (context, arguments) -> list(context.mesh(), arguments)),
                new CheckedTool(
                        "claim_task",
                        "Writes an entry of the blackboard only if it still has the version that is expected: of several"
                                + " agents that try, one succeeds.",
                        List.of(
                                key(),
                                value(),
                                Parameter.whole(
                                                "expected_version",
                                                "0, unless said: only if there is no entry yet",
                                                0,
                                                Long.MAX_VALUE)
                                        .optional()),
                        (context, arguments) -> claim(context.mesh(), arguments)),
                new CheckedTool(
                        "watch_blackboard",
                        "From now on, changes that others make to matching keys arrive in the inbox.",
                        List.of(Parameter.text("pattern", "Of keys, such as tasks/*", 128)),
                        (context, arguments) -> MeshCalls.result(
                                context.mesh().post(PATH + "watch", arguments.all(), MeshCalls.DEADLINE))));
    }

    private static Parameter key() {
        return Parameter.text("key", "Such as tasks/summary", KEY_CHARS);
    }

    private static Parameter value() {
        return Parameter.object("value", "The entry's new value, an object");
    }

    private static Parameter ttl() {
        return Parameter.whole("ttl", "Seconds until it is gone; for ever, unless said", 1, 315_360_000)
                .optional();
    }

    private static String key(Members arguments) throws WrongArgument {
        String key = arguments.text("key").orElseThrow();
        if (List.of(key.split("/", -1)).stream().anyMatch(part -> part.isEmpty() || part.equals(".."))) {
            throw new WrongArgument("key must have no empty part and no ..");
        }
        return key;
    }

    private static Object write(Mesh mesh, Members arguments)
            throws IOException, InterruptedException, WrongArgument {
        String query = arguments.whole("ttl").map(ttl -> "?ttl=" + ttl).orElse("");
        return MeshCalls.result(mesh.call(
                "PUT",
                PATH + MeshCalls.key(key(arguments)) + query,
                Optional.of(arguments.object("value").all()),
                MeshCalls.DEADLINE));
    }

    private static Object list(Mesh mesh, Members arguments) throws IOException, InterruptedException {
        String query = "?limit=" + arguments.whole("limit").orElse((long) ENTRIES)
                + arguments.text("prefix").filter(prefix -> !prefix.isEmpty())
                        .map(prefix -> "&prefix=" + MeshCalls.encode(prefix))
                        .orElse("")
                + arguments.text("after").map(after -> "&after=" + MeshCalls.encode(after)).orElse("");
        return MeshCalls.result(mesh.get(PATH + query, MeshCalls.DEADLINE));
    }

    private static Object claim(Mesh mesh, Members arguments)
            throws IOException, InterruptedException, WrongArgument {
        Map<String, Object> claim = new LinkedHashMap<>();
        claim.put("key", key(arguments));
        claim.put("value", arguments.object("value").all());
        claim.put("expected_version", arguments.whole("expected_version").orElse(0L));
        return MeshCalls.result(mesh.post(PATH + "claim", claim, MeshCalls.DEADLINE));
    }
}
