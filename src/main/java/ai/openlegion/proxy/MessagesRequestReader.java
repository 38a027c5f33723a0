package ai.openlegion.proxy;

import ai.openlegion.json.StrictJson;
import ai.openlegion.proxy.CallRequest.Member;
import ai.openlegion.proxy.CallRequest.Scan;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// The strict reading of an Anthropic Messages request.
///
/// What costs more than the tokens of the request's own text and of an answer has no price here and is refused by name:
/// tools that the provider runs, documents, compaction (billed beside the answer's own figures), other tiers and
/// places.
final class MessagesRequestReader extends RequestReader {

    private static final Set<String> BLOCKS = Set.of(
            "text",
            "image",
            "tool_use",
            "tool_result",
            "thinking",
            "redacted_thinking",
            "search_result",
            "tool_reference");
    private static final Set<String> RESULT_BLOCKS = Set.of("text", "image", "search_result", "tool_reference");
    private static final Set<String> TEXT_ONLY = Set.of("text");
    private static final Set<String> IMAGE_SOURCES = Set.of("base64", "url");

    /// Tools that Anthropic describes to the model and the caller runs.
    private static final Pattern CLIENT_RUN = Pattern.compile("(bash|text_editor|computer|memory)_\\d{8}");

    /// What the provider's own description of such a tool takes at most: the documentation's largest is 1,234 tokens
    /// (computer use with its system prompt).
    private static final int VENDOR_TOOL_TOKENS = 2048;

    /// A reference puts the whole definition of the tool into the conversation once more.
    private final List<String> references = new ArrayList<>(0);

    private final Map<String, Integer> toolBytes = new HashMap<>();

    private MessagesRequestReader(CallRequest request, JsonParser parser) {
        super(request, parser);
    }

    static Scan read(CallRequest request) {
        request.includeUsage = true; // figures are part of every stream of this dialect
        return read(request, MessagesRequestReader::new);
    }

    @Override
    void document() throws IOException, Refused {
        object();
        for (String name : references) {
            request.textBytes += toolBytes.getOrDefault(name, 0);
        }
    }

    @Override
    void value(String name, JsonToken token) throws IOException, Refused {
        switch (name) {
            case "model" -> request.model = text(name, 400);
            case "messages" -> messages(token);
            case "system" -> content(token, name, TEXT_ONLY);
            case "tools" -> tools(token);
            case "stream" -> request.stream = flag(name, token);
            case "thinking" -> thinking(name, "budget_tokens", token);
            case "agent_id" -> request.agentId = text(name, 400);
            case "cache_control" -> cacheControl(token);
            case "context_management" -> contextManagement(token);
            case "service_tier" -> only(token, name, Set.of("auto", "standard_only"));
            case "speed" -> only(token, name, Set.of("standard"));
            case "inference_geo" -> only(token, name, Set.of());
            case "n" -> one(token);
            default -> parser.skipChildren(); // open: other members pass through unread
        }
    }

    @Override
    void read(Member member, JsonToken token) throws IOException, Refused {
        switch (member.name()) {
            case "model" -> request.modelMember = member;
            case "max_tokens", "max_completion_tokens", "max_output_tokens" -> maximum(member, token);
            case "messages", "system", "stream" -> {}
            // no value is more tokens than its bytes
            default -> request.textBytes += member.valueEnd() - member.valueStart(); // open: any other member
        }
    }

    private void messages(JsonToken token) throws IOException, Refused {
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "messages must be an array", "messages");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new Refused(400, "messages must hold objects", "messages");
            }
            request.messageCount++;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = nested();
                JsonToken value = parser.nextToken();
                if (name.equals("content")) {
                    content(value, "messages", BLOCKS);
                } else if (name.equals("cache_control")) {
                    cacheControl(value);
                } else {
                    count(name, value);
                }
            }
        }
    }

    private void content(JsonToken token, String where, Set<String> types) throws IOException, Refused {
        if (token == JsonToken.VALUE_STRING) {
            request.textBytes += StrictJson.utf8Length(parser);
            return;
        }
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "content in " + where + " must be a string or an array of blocks", where);
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new Refused(400, where + " must hold blocks that are objects", where);
            }
            request.objectCount++;
            block(where, types);
        }
    }

    private void block(String where, Set<String> types) throws IOException, Refused {
        String type = "";
        String sourceType = "";
        int sourceBytes = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = nested();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "type" -> type = blockType(token, where, types);
                case "content" -> content(token, where, RESULT_BLOCKS);
                case "cache_control" -> cacheControl(token);
                case "source" -> {
                    int from = start();
                    if (token == JsonToken.START_OBJECT) {
                        sourceType = sourceType();
                    } else {
                        parser.skipChildren();
                    }
                    sourceBytes = position() - from;
                }
                case "tool_name" -> {
                    references.add(text(name, 400));
                    count(name, token);
                }
                default -> count(name, token); // open: whatever else is in a block
            }
        }
        if (type.isEmpty()) {
            throw new Refused(400, where + " hold a block without a type", where);
        }
        if (!type.equals("image")) {
            request.textBytes += sourceBytes;
        } else if (IMAGE_SOURCES.contains(sourceType)) {
            request.hasImages = true;
        } else {
            throw new Refused(400, where + " hold an image whose source has no price here; base64 and url have", where);
        }
    }

    private String blockType(JsonToken token, String where, Set<String> types) throws IOException, Refused {
        if (token == JsonToken.VALUE_STRING && types.contains(parser.getText())) {
            return parser.getText();
        }
        String found = token == JsonToken.VALUE_STRING ? " (" + shortened(parser.getText()) + ")" : "";
        throw new Refused(400, where + " hold a block that has no price here" + found, where);
    }

    private String sourceType() throws IOException, Refused {
        String type = "";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isType = nested().equals("type");
            if (parser.nextToken() == JsonToken.VALUE_STRING && isType) {
                type = parser.getText();
            } else {
                parser.skipChildren();
            }
        }
        return type;
    }

    /// Counts a member of a message or block that is text, or that is told to the model as JSON.
    private void count(String name, JsonToken token) throws IOException {
        request.textBytes += name.length() * 3L;
        if (token == JsonToken.VALUE_STRING) {
            request.textBytes += StrictJson.utf8Length(parser);
            return;
        }
        int from = start();
        int depth = token.isStructStart() ? 1 : 0;
        request.objectCount += token == JsonToken.START_OBJECT ? 1 : 0;
        while (depth > 0) {
            JsonToken next = parser.nextToken();
            request.objectCount += next == JsonToken.START_OBJECT ? 1 : 0;
            depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
        }
        request.textBytes += position() - from;
    }

    private void tools(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "tools must be an array", "tools");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new Refused(400, "tools must hold objects", "tools");
            }
            tool();
        }
    }

    private void tool() throws IOException, Refused {
        int from = start();
        String toolName = "";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = nested();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "type" -> toolType(token);
                case "name" -> toolName = token == JsonToken.VALUE_STRING ? parser.getText() : "";
                case "cache_control" -> cacheControl(token);
                default -> parser.skipChildren(); // open: the tools member is counted as a whole
            }
        }
        request.toolCount++;
        toolBytes.merge(toolName, position() - from, Integer::sum);
    }

    private void toolType(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        String type = token == JsonToken.VALUE_STRING ? parser.getText() : "";
        if (type.equals("custom")) {
            return;
        }
        if (!CLIENT_RUN.matcher(type).matches()) {
            throw new Refused(
                    400,
                    "tools: " + (type.isEmpty() ? "a type that is no string" : shortened(type))
                            + " has no price here; tools that the caller runs have",
                    "tools");
        }
        request.textBytes += VENDOR_TOOL_TOKENS;
    }

    /// Clearing makes the input smaller. Compaction lets the model read and write once more.
    private void contextManagement(JsonToken token) throws IOException, Refused {
        int depth = token.isStructStart() ? 1 : 0;
        while (depth > 0) {
            JsonToken next = parser.nextToken();
            depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
            String member = next == JsonToken.FIELD_NAME ? parser.currentName() : "";
            boolean priced = switch (depth) {
                case 1 -> member.isEmpty() || member.equals("edits");
                case 3 ->
                    !member.equals("type")
                            || (parser.nextToken() == JsonToken.VALUE_STRING
                                    && parser.getText().startsWith("clear_"));
                default -> true; // open: any other level
            };
            if (!priced) {
                throw new Refused(
                        400, "context_management: only edits that clear have a price here", "context_management");
            }
        }
    }

    private void only(JsonToken token, String name, Set<String> priced) throws IOException, Refused {
        boolean known =
                token == JsonToken.VALUE_NULL || (token == JsonToken.VALUE_STRING && priced.contains(parser.getText()));
        if (!known) {
            throw new Refused(400, name + " changes the price of a call and is not in the price table", name);
        }
    }

    /// No answer of Anthropic has choices; a server of the same dialect that knew them would bill each.
    private void one(JsonToken token) throws IOException, Refused {
        if (token != JsonToken.VALUE_NULL
                && !(token == JsonToken.VALUE_NUMBER_INT && parser.getText().equals("1"))) {
            throw new Refused(400, "n other than 1 has no meaning in this dialect", "n");
        }
    }

    private static String shortened(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }
}
