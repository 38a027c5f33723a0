package ai.openlegion.proxy;

import ai.openlegion.json.StrictJson;
import ai.openlegion.proxy.CallRequest.Member;
import ai.openlegion.proxy.CallRequest.Scan;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The strict reading of a Responses request. What a provider would run, or has stored, is refused by name: nothing
/// here bounds its tokens.
final class ResponsesRequestReader extends RequestReader {

    /// What the client itself says, or ran; everything else is a provider's.
    private static final Set<String> ITEM_TYPES = Set.of(
            "message",
            "reasoning",
            "function_call",
            "function_call_output",
            "custom_tool_call",
            "custom_tool_call_output",
            "local_shell_call",
            "local_shell_call_output",
            "shell_call",
            "shell_call_output",
            "apply_patch_call",
            "apply_patch_call_output",
            "tool_search_call",
            "tool_search_output",
            "additional_tools");

    private static final Set<String> PART_TYPES =
            Set.of("input_text", "output_text", "text", "refusal", "summary_text", "reasoning_text", "input_image");

    private static final Set<String> TOOL_TYPES = Set.of("function", "custom", "local_shell", "apply_patch");

    private ResponsesRequestReader(CallRequest request, JsonParser parser) {
        super(request, parser);
        request.includeUsage = true; // the figures are always told: there is no flag to splice in
    }

    static Scan read(CallRequest request) {
        return read(request, ResponsesRequestReader::new);
    }

    @Override
    void value(String name, JsonToken token) throws IOException, Refused {
        switch (name) {
            case "model" -> request.model = text(name, 400);
            case "input" -> input(token);
            case "tools" -> tools(token);
            case "stream" -> request.stream = flag(name, token);
            case "agent_id" -> request.agentId = text(name, 400);
            case "service_tier" -> serviceTier(token);
            case "background" -> background(token);
            case "previous_response_id", "conversation", "prompt" -> stored(name, token);
            case "context_management" -> compaction(token);
            case "reasoning" -> reasoning(token);
            case "cache_control" -> cacheControl(token);
            default -> parser.skipChildren(); // open: other members pass through unread
        }
    }

    @Override
    void read(Member member, JsonToken token) throws IOException, Refused {
        switch (member.name()) {
            case "model" -> request.modelMember = member;
            case "max_output_tokens", "max_tokens", "max_completion_tokens" -> maximum(member, token);
            case "input", "stream" -> {}
            // no value is more tokens than its bytes
            default -> request.textBytes += member.valueEnd() - member.valueStart(); // open: any other member
        }
    }

    private void background(JsonToken token) throws Refused {
        if (flag("background", token)) {
            throw new Refused(400, "background responses have no price here: nobody would meter them", "background");
        }
    }

    private void stored(String name, JsonToken token) throws Refused {
        if (token != JsonToken.VALUE_NULL) {
            throw new Refused(
                    400, name + " has no price here: how long what is stored is cannot be told; send it along", name);
        }
    }

    private void compaction(JsonToken token) throws Refused {
        if (token != JsonToken.VALUE_NULL) {
            throw new Refused(
                    400, "context_management has no price here: a provider runs a model for it", "context_management");
        }
    }

    /// Of the modes of reasoning only the usual one is bounded by the maximum of one answer.
    private void reasoning(JsonToken token) throws IOException, Refused {
        if (token != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        long before = request.textBytes;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isMode = parser.currentName().equalsIgnoreCase("mode");
            String mode = isMode ? word(parser.nextToken(), "reasoning") : null;
            if (!isMode) {
                var _ = parser.nextToken();
                parser.skipChildren();
            }
            if (mode != null && !mode.equals("standard")) {
                throw new Refused(400, "a mode of reasoning other than \"standard\" has no price here", "reasoning");
            }
        }
        request.textBytes = before; // its bytes are counted as a whole
    }

    private void input(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_STRING) {
            request.messageCount++;
            request.textBytes += StrictJson.utf8Length(parser);
            return;
        }
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "input must be a string or an array of items", "input");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new Refused(400, "an item of input must be an object", "input");
            }
            item();
        }
    }

    private void item() throws IOException, Refused {
        request.messageCount++;
        String type = null;
        boolean isSaid = false;
        boolean isClients = false;
        boolean isNamed = false;
        boolean isWhole = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = field();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "type" -> type = word(value, "input");
                case "id" -> {
                    isNamed = value != JsonToken.VALUE_NULL;
                    count(value);
                }
                case "encrypted_content" -> {
                    isWhole = value == JsonToken.VALUE_STRING && parser.getTextLength() > 0;
                    count(value);
                }
                case "content", "output", "summary" -> {
                    isSaid |= name.equals("content");
                    parts(value);
                }
                case "execution" -> isClients = "client".equals(word(value, "input"));
                case "cache_control" -> cache(value);
                case "environment" -> {
                    var _ = environment(value, "input");
                }
                case "tools" -> {
                    int from = start();
                    tools(value);
                    request.textBytes += position() - from;
                }
                default -> count(value); // open: what an item says beside
            }
        }
        // what has neither a type nor content is a reference to something stored
        String kind = type == null && isSaid ? "message" : type;
        request.namesStored |= "reasoning".equals(kind) && isNamed && !isWhole;
        boolean isSearch = "tool_search_call".equals(kind) || "tool_search_output".equals(kind);
        if (kind == null || !ITEM_TYPES.contains(kind) || (isSearch && !isClients)) {
            throw new Refused(
                    400,
                    "input holds an item that has no price here"
                            + (kind == null ? "" : ": " + shown(kind))
                            + "; messages, reasoning and the calls and results of your own tools have",
                    "input");
        }
    }

    /// A content or an output: text, or parts of it.
    private void parts(JsonToken token) throws IOException, Refused {
        switch (token) {
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    if (parser.currentToken() == JsonToken.START_OBJECT) {
                        part();
                    } else {
                        count(parser.currentToken());
                    }
                }
            }
            case START_OBJECT ->
                throw new Refused(400, "content and output are a string, an array of parts or null", "input");
            default -> count(token); // open: any scalar
        }
    }

    private void part() throws IOException, Refused {
        request.objectCount++;
        String type = null;
        boolean isStored = false;
        boolean isShellOutput = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = field();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "type" -> {
                    type = word(value, "input");
                    request.hasImages |= "input_image".equals(type);
                }
                case "image_url" -> {
                    request.hasImages = true;
                    parser.skipChildren();
                }
                case "file_id" -> {
                    isStored = value != JsonToken.VALUE_NULL;
                    parser.skipChildren();
                }
                case "cache_control" -> cache(value);
                case "file_data", "file_url", "input_audio", "audio" -> throw unpriced(name);
                case "stdout", "stderr" -> {
                    isShellOutput = true;
                    count(value);
                }
                default -> count(value); // open: what a part says beside
            }
        }
        if (type == null ? !isShellOutput || isStored : !PART_TYPES.contains(type)) {
            throw unpriced(type == null ? "one without a type" : type);
        }
        if (isStored && !"input_image".equals(type)) {
            throw unpriced("file_id");
        }
    }

    private void cache(JsonToken token) throws IOException, Refused {
        int from = start();
        cacheControl(token);
        request.textBytes += position() - from;
    }

    private static Refused unpriced(String what) {
        return new Refused(
                400,
                "input holds a content part that has no price here: " + shown(what) + "; text and images have",
                "input");
    }

    private void tools(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "tools must be an array", "tools");
        }
        long before = request.textBytes;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new Refused(400, "a tool must be an object", "tools");
            }
            tool();
        }
        request.textBytes = before; // their bytes are counted as a whole
    }

    private void tool() throws IOException, Refused {
        request.toolCount++;
        String type = null;
        boolean isClients = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = field();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "type" -> type = word(value, "tools");
                case "execution" -> isClients = "client".equals(word(value, "tools"));
                case "environment" -> isClients = environment(value, "tools");
                case "tools" -> tools(value);
                case "cache_control" -> cacheControl(value);
                default -> parser.skipChildren(); // open: what a tool is like
            }
        }
        boolean isPriced = switch (type == null ? "" : type) {
            case "namespace" -> true; // its own tools were read
            case "shell", "tool_search" -> isClients;
            case String other -> TOOL_TYPES.contains(other);
        };
        if (!isPriced) {
            throw new Refused(
                    400,
                    "tools: " + (type == null ? "one without a type" : shown(type))
                            + " has no price here; function, custom, local_shell, apply_patch, namespace, and shell and"
                            + " tool_search that the client runs have",
                    "tools");
        }
    }

    /// Whether commands are run at the client; where they would be run at the provider, they are refused.
    private boolean environment(JsonToken token, String param) throws IOException, Refused {
        if (token != JsonToken.START_OBJECT) {
            count(token);
            return false;
        }
        boolean isLocal = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isType = field().equals("type");
            JsonToken value = parser.nextToken();
            if (isType) {
                isLocal = "local".equals(word(value, param));
            } else {
                count(value);
            }
        }
        if (!isLocal) {
            throw new Refused(400, "a shell has a price here only where its environment is local", param);
        }
        return true;
    }

    /// The name of the member on which the parser stands. One that only its case keeps from deciding what a thing is
    /// would be read by some servers, and not here.
    private String field() throws IOException, Refused {
        String name = nested();
        request.textBytes += name.length() * 3L;
        return name;
    }

    private @Nullable String word(JsonToken token, String param) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (token != JsonToken.VALUE_STRING) {
            throw new Refused(400, param + ": a type must be a string", param);
        }
        request.textBytes += StrictJson.utf8Length(parser);
        return parser.getText();
    }

    /// Counts the value on which the parser stands, to its end.
    private void count(JsonToken token) throws IOException, Refused {
        int depth = 0;
        JsonToken next = token;
        while (true) {
            switch (next) {
                case START_OBJECT -> {
                    depth++;
                    request.objectCount++;
                }
                case START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                case FIELD_NAME -> request.textBytes += parser.currentName().length() * 3L;
                case VALUE_STRING -> request.textBytes += StrictJson.utf8Length(parser);
                case null -> throw new Refused(400, "The body is not complete JSON", null);
                default -> request.textBytes += 8; // open: numbers and literals are short
            }
            if (depth == 0) {
                return;
            }
            next = parser.nextToken();
        }
    }

    /// A client's own word, short enough to be told back.
    private static String shown(String word) {
        return word.length() > 40 ? word.substring(0, 40) + "…" : word;
    }
}
