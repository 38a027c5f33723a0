package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;

/// Something that costs more than the tokens of a request and its answer, or what nothing here can count, as a client
/// of a door asks for it.
///
/// @param members the request's, beside or in the place of the usual ones
/// @param named what the refusal has to name
record Unpriced(ClientDoor door, JsonObject members, String named) {

    static Stream<Unpriced> cases() {
        return Stream.of(
                        chat(ClientDoor.MESH),
                        chat(ClientDoor.MESH_STREAM),
                        chat(ClientDoor.CHAT),
                        messages(),
                        responses())
                .flatMap(List::stream);
    }

    private static List<Unpriced> chat(ClientDoor door) {
        return List.of(
                member(door, "audio", new JsonObject().put("voice", "alloy").put("format", "wav"), "audio"),
                member(door, "modalities", new JsonArray().add("text").add("audio"), "modalities"),
                member(door, "service_tier", "priority", "service_tier"),
                member(door, "web_search_options", new JsonObject(), "web_search_options"),
                member(door, "prediction", typed("content").put("content", "x"), "prediction"),
                member(door, "tools", new JsonArray().add(typed("web_search")), "tools"),
                said(door, "messages", typed("input_audio").put("input_audio", new JsonObject())),
                said(door, "messages", typed("file").put("file", new JsonObject().put("file_id", "file-1"))),
                said(door, "messages", typed("video_url").put("video_url", new JsonObject())));
    }

    private static List<Unpriced> messages() {
        ClientDoor door = ClientDoor.MESSAGES;
        JsonObject file = typed("file").put("file_id", "file_1");
        return List.of(
                member(door, "service_tier", "priority", "service_tier"),
                member(door, "speed", "fast", "speed"),
                member(door, "inference_geo", "us", "inference_geo"),
                member(door, "container", "container_1", "container"),
                member(door, "mcp_servers", new JsonArray().add(typed("url")), "mcp_servers"),
                member(
                        door,
                        "tools",
                        new JsonArray().add(typed("web_search_20250305").put("name", "web_search")),
                        "tools"),
                member(
                        door,
                        "tools",
                        new JsonArray().add(typed("code_execution_20250825").put("name", "code")),
                        "tools"),
                member(
                        door,
                        "context_management",
                        new JsonObject().put("edits", new JsonArray().add(typed("compact_20260112"))),
                        "context_management"),
                said(door, "messages", typed("document").put("source", file)),
                said(door, "messages", typed("image").put("source", file)),
                said(door, "messages", typed("container_upload").put("file_id", "file_1")));
    }

    private static List<Unpriced> responses() {
        ClientDoor door = ClientDoor.RESPONSES;
        return List.of(
                member(door, "previous_response_id", "resp_1", "previous_response_id"),
                member(door, "conversation", "conv_1", "conversation"),
                member(door, "prompt", new JsonObject().put("id", "pmpt_1"), "prompt"),
                member(door, "background", true, "background"),
                member(door, "service_tier", "flex", "service_tier"),
                member(door, "context_management", new JsonArray().add(typed("compaction")), "context_management"),
                member(
                        door,
                        "input",
                        new JsonArray().add(typed("item_reference").put("id", "msg_1")),
                        "item_reference"),
                tool("web_search"),
                tool("file_search"),
                tool("code_interpreter"),
                tool("image_generation"),
                tool("mcp"),
                said(door, "input", typed("input_file").put("file_id", "file-1")),
                said(door, "input", typed("input_audio").put("input_audio", new JsonObject())));
    }

    private static Unpriced tool(String type) {
        return member(ClientDoor.RESPONSES, "tools", new JsonArray().add(typed(type)), type);
    }

    private static Unpriced said(ClientDoor door, String member, JsonObject part) {
        JsonObject message = new JsonObject().put("role", "user").put("content", new JsonArray().add(part));
        return member(door, member, new JsonArray().add(message), member);
    }

    private static Unpriced member(ClientDoor door, String name, Object value, String named) {
        return new Unpriced(door, new JsonObject().put(name, value), named);
    }

    private static JsonObject typed(String type) {
        return new JsonObject().put("type", type);
    }

    /// The whole request.
    JsonObject body(String model) {
        JsonObject body = door.body(model, "tokens=5", 50, false);
        if (door.isMesh()) {
            body.getJsonObject("params").mergeIn(members);
            return body;
        }
        return body.mergeIn(members);
    }

    @Override
    public String toString() {
        return door + " " + members.encode();
    }
}
