package ai.openlegion.simulator;

import ai.openlegion.simulator.Wording.BadAsk;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a request in Anthropic's words says before the answer: tools, system, messages, in the order a cache sees them.
final class MessagesPrompt {

    private static final int IMAGE_TOKENS = 85;

    private final MessageDigest digest;
    private final List<PromptCache.Place> places = new ArrayList<>();
    private Set<String> callsOpen = new HashSet<>();
    private long bytes;
    private long extra;
    private String lastUserText = "";
    private boolean afterTool;
    private int toolResults;

    MessagesPrompt(JsonObject body) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
        JsonArray tools = body.getJsonArray("tools", new JsonArray());
        for (int i = 0; i < tools.size(); i++) {
            JsonObject tool = tools.getJsonObject(i);
            if (!tool.containsKey("input_schema")
                    && tool.getString("type", "custom").equals("custom")) {
                throw new BadAsk("tools." + i + ".custom.input_schema: Field required", null);
            }
            add(tool.encode(), tool);
        }
        content(body.getValue("system"), "system");
        JsonArray messages = body.getJsonArray("messages");
        for (int i = 0; i < messages.size(); i++) {
            message(messages.getJsonObject(i), i);
        }
        if (!callsOpen.isEmpty()) {
            throw new BadAsk(
                    "messages." + (messages.size() - 1) + ": `tool_use` ids were found without `tool_result` blocks"
                            + " immediately after: " + String.join(", ", callsOpen),
                    null);
        }
    }

    long tokens() {
        return (bytes + 3) / 4 + extra;
    }

    List<PromptCache.Place> places() {
        return places;
    }

    String lastUserText() {
        return lastUserText;
    }

    boolean afterTool() {
        return afterTool;
    }

    int toolResults() {
        return toolResults;
    }

    private void message(JsonObject message, int at) {
        String role = message.getString("role", "");
        if (!Set.of("user", "assistant", "system").contains(role)) {
            throw new BadAsk("messages." + at + ".role: Input should be 'user' or 'assistant'", null);
        }
        extra++;
        Object content = message.getValue("content");
        if ((content instanceof String text && text.isEmpty())
                || (content instanceof JsonArray list && list.isEmpty())) {
            throw new BadAsk("messages." + at + ": all messages must have non-empty content", null);
        }
        if (role.equals("user")) {
            results(content, at);
            String text = ChatWording.text(content);
            if (!text.isEmpty()) {
                lastUserText = text;
                toolResults = 0;
                afterTool = false;
            }
        } else if (role.equals("assistant")) {
            if (!callsOpen.isEmpty()) {
                throw new BadAsk("messages." + at + ": `tool_use` ids were found without `tool_result` blocks", null);
            }
            ids(content, "tool_use", "id", callsOpen);
        }
        content(content, role);
    }

    /* Every call of the turn before has to have its result here, and no other call. */
    private void results(@Nullable Object content, int at) {
        Set<String> answered = new HashSet<>();
        ids(content, "tool_result", "tool_use_id", answered);
        for (String id : answered) {
            if (!callsOpen.contains(id)) {
                throw new BadAsk(
                        "messages." + at + ".content: unexpected `tool_use_id` found in `tool_result` blocks: " + id,
                        null);
            }
        }
        if (!answered.containsAll(callsOpen)) {
            callsOpen.removeAll(answered);
            throw new BadAsk(
                    "messages." + at + ": `tool_use` ids were found without `tool_result` blocks immediately after: "
                            + String.join(", ", callsOpen),
                    null);
        }
        callsOpen = new HashSet<>();
        toolResults += answered.size();
        afterTool = !answered.isEmpty();
    }

    private static void ids(@Nullable Object content, String type, String member, Set<String> into) {
        if (content instanceof JsonArray blocks) {
            for (int i = 0; i < blocks.size(); i++) {
                JsonObject block = blocks.getJsonObject(i);
                if (type.equals(block.getString("type"))) {
                    into.add(block.getString(member, ""));
                }
            }
        }
    }

    private void content(@Nullable Object content, String role) {
        if (content instanceof String text) {
            add(role + text, text, null);
        } else if (content instanceof JsonArray blocks) {
            for (int i = 0; i < blocks.size(); i++) {
                block(blocks.getJsonObject(i), role);
            }
        }
    }

    private void block(JsonObject block, String role) {
        JsonObject bare = block.copy();
        bare.remove("cache_control");
        String text = switch (block.getString("type", "")) {
            case "text" -> block.getString("text", "");
            case "tool_use" ->
                block.getString("name", "")
                        + block.getJsonObject("input", new JsonObject()).encode();
            case "tool_result" -> ChatWording.text(block.getValue("content"));
            case "thinking" -> block.getString("thinking", "");
            default -> ""; // open: images and what else costs no text
        };
        if (block.getString("type", "").equals("thinking") && Refusals.isForeign(block.getString("signature"))) {
            throw new BadAsk("messages: Invalid `signature` in `thinking` block", null);
        }
        if (block.getString("type", "").equals("image")) {
            extra += IMAGE_TOKENS;
        }
        add(role + bare.encode(), text, block.getJsonObject("cache_control"));
    }

    private void add(String encoded, JsonObject tool) {
        add(encoded, encoded, tool.getJsonObject("cache_control"));
    }

    private void add(String identity, String text, @Nullable JsonObject mark) {
        digest.update(identity.getBytes(StandardCharsets.UTF_8));
        bytes += MessagesWording.bytes(text);
        places.add(new PromptCache.Place(
                HexFormat.of().formatHex(copy().digest()),
                tokens(),
                mark != null,
                mark != null && "1h".equals(mark.getString("ttl"))));
    }

    private MessageDigest copy() {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
