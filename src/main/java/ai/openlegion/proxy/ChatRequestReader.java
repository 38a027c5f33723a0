package ai.openlegion.proxy;

import ai.openlegion.json.StrictJson;
import ai.openlegion.proxy.CallRequest.Member;
import ai.openlegion.proxy.CallRequest.Scan;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;

/// The strict reading of a Chat Completions request, as it comes on the OpenAI door or in the mesh's own envelope.
final class ChatRequestReader extends RequestReader {

    private static final Set<String> PART_TYPES = Set.of("text", "refusal", "image_url");
    private static final Set<String> TOOL_TYPES = Set.of("function", "custom");

    private ChatRequestReader(CallRequest request, JsonParser parser) {
        super(request, parser);
    }

    static Scan read(CallRequest request) {
        return read(request, ChatRequestReader::new);
    }

    @Override
    void document() throws IOException, Refused {
        if (request.enveloped) {
            envelope();
        } else {
            object();
        }
    }

    private void envelope() throws IOException, Refused {
        boolean hasService = false;
        boolean hasParams = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "service" -> {
                    request.service = text(name, 422);
                    hasService = true;
                }
                case "action" -> request.action = text(name, 422);
                case "agent_id" -> request.agentId = text(name, 422);
                case "timeout" -> request.timeoutSeconds = seconds(token);
                case "params" -> {
                    if (token != JsonToken.START_OBJECT) {
                        throw new Refused(422, "params must be an object", name);
                    }
                    hasParams = true;
                    object();
                }
                default -> parser.skipChildren(); // open: unknown members of the envelope are ignored
            }
        }
        if (!hasService) {
            throw new Refused(422, "service is required: a string such as \"llm\"", "service");
        }
        if (!hasParams) {
            request.objectStart = -1;
        }
    }

    private double seconds(JsonToken token) throws IOException, Refused {
        if (!token.isNumeric() || !(parser.getDoubleValue() > 0 && parser.getDoubleValue() <= 3600)) {
            throw new Refused(422, "timeout must be a number of seconds above 0 and at most 3600", "timeout");
        }
        return parser.getDoubleValue();
    }

    @Override
    void value(String name, JsonToken token) throws IOException, Refused {
        switch (name) {
            case "model" -> request.model = text(name, 400);
            case "messages" -> messages(token);
            case "tools" -> tools(token);
            case "stream" -> request.stream = flag(name, token);
            case "stream_options" -> streamOptions(token);
            case "n" -> request.choices = choices(token);
            case "thinking" -> thinking(name, "budget_tokens", token);
            case "reasoning" -> thinking(name, "max_tokens", token);
            case "agent_id" -> request.agentId = text(name, 400);
            case "service_tier" -> serviceTier(token);
            case "modalities" -> modalities(token);
            case "cache_control" -> cacheControl(token);
            default -> parser.skipChildren(); // open: other members pass through unread
        }
    }

    @Override
    void read(Member member, JsonToken token) throws IOException, Refused {
        int bytes = member.valueEnd() - member.valueStart();
        switch (member.name()) {
            case "model" -> request.modelMember = member;
            case "stream_options" -> request.streamOptions = member;
            case "max_tokens", "max_completion_tokens", "max_output_tokens" -> maximum(member, token);
            case "messages", "stream", "n" -> {}
            case "tools" -> request.textBytes += bytes;
            // no value is more tokens than its bytes
            default -> request.textBytes += bytes; // open: any other member
        }
    }

    private int choices(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return 1;
        }
        if (token != JsonToken.VALUE_NUMBER_INT
                || parser.getBigIntegerValue().bitLength() > 31
                || parser.getIntValue() < 1
                || parser.getIntValue() > 128) {
            throw new Refused(400, "n must be an integer from 1 to 128", "n");
        }
        return parser.getIntValue();
    }

    private void messages(JsonToken token) throws IOException, Refused {
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "messages must be an array", "messages");
        }
        String field = ""; // the message's member that is being read
        int depth = 1;
        while (depth > 0) {
            JsonToken next = parser.nextToken();
            switch (next) {
                case START_OBJECT -> {
                    depth++;
                    if (depth == 2) {
                        request.messageCount++;
                    } else if (depth == 3 && field.equals("content")) {
                        throw new Refused(400, "content must be a string, an array of parts or null", "messages");
                    } else {
                        request.objectCount++;
                    }
                }
                case START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                case FIELD_NAME -> {
                    String name = parser.currentName();
                    if (name.equals("cache_control")) {
                        cache();
                    } else if (depth == 2) {
                        field = nested();
                        refuseSpokenAnswer(name);
                    } else if (depth == 4 && field.equals("content")) {
                        contentPart(nested());
                    } else {
                        request.textBytes += name.length() * 3L;
                    }
                }
                case VALUE_STRING -> request.textBytes += StrictJson.utf8Length(parser);
                case null -> throw new Refused(400, "The body is not complete JSON", null);
                default -> request.textBytes += 8; // open: numbers and literals are short
            }
        }
    }

    /// An assistant message may refer to earlier spoken output by id, whose tokens nothing here bounds.
    private void refuseSpokenAnswer(String name) throws Refused {
        if (name.equals("audio")) {
            throw new Refused(400, "audio in messages has no price here", "messages");
        }
    }

    private void cache() throws IOException, Refused {
        int from = start();
        cacheControl(parser.nextToken());
        request.textBytes += position() - from;
    }

    private void contentPart(String name) throws IOException, Refused {
        if (name.equals("image_url")) {
            request.hasImages = true;
            var _ = parser.nextToken();
            parser.skipChildren();
        } else if (name.equals("type")) {
            if (parser.nextToken() != JsonToken.VALUE_STRING || !PART_TYPES.contains(parser.getText())) {
                throw new Refused(
                        400,
                        "messages hold a content part that has no price here; text and image_url have",
                        "messages");
            }
            request.hasImages |= parser.getText().equals("image_url");
        } else {
            request.textBytes += name.length() * 3L;
        }
    }

    private void tools(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_ARRAY) {
            throw new Refused(400, "tools must be an array", "tools");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT || !isPricedTool()) {
                throw new Refused(400, "tools: only function and custom tools have a price here", "tools");
            }
            request.toolCount++;
        }
    }

    /// Reads one tool to its end: whether it is one that the agent runs, not the provider.
    private boolean isPricedTool() throws IOException, Refused {
        boolean priced = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = nested();
            JsonToken value = parser.nextToken();
            if (name.equals("type")) {
                priced = value == JsonToken.VALUE_STRING && TOOL_TYPES.contains(parser.getText());
                if (!priced) {
                    return false;
                }
            } else if (name.equals("cache_control")) {
                cacheControl(value);
            } else if (name.equals("function") && value == JsonToken.START_OBJECT) {
                function();
            } else {
                parser.skipChildren();
            }
        }
        return priced;
    }

    private void function() throws IOException, Refused {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isCache = nested().equals("cache_control");
            JsonToken value = parser.nextToken();
            if (isCache) {
                cacheControl(value);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void streamOptions(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_OBJECT) {
            throw new Refused(400, "stream_options must be an object", "stream_options");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            request.streamOptionsEmpty = false;
            String name = parser.currentName();
            int nameStart = start();
            JsonToken value = parser.nextToken();
            int valueStart = start();
            parser.skipChildren();
            if (name.equals("include_usage")) {
                request.includeUsage = flag("stream_options.include_usage", value);
                request.includeUsageMember = new Member(name, nameStart, valueStart, position());
            }
        }
    }

    private void modalities(JsonToken token) throws IOException, Refused {
        if (token != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_STRING
                    || !parser.getText().equals("text")) {
                throw new Refused(400, "modalities other than \"text\" have no price here", "modalities");
            }
        }
    }
}
