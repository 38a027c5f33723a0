package ai.openlegion.proxy;

import ai.openlegion.json.StrictJson;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one JSON document of a chat answer says: a whole answer, or one frame of a stream.
///
/// The same reader serves both, because they differ only in `message` and `delta`. Unknown members are skipped.
public final class ChatFrame {

    /// A tool call as far as it has come; fragments with the same index belong together.
    public static final class ToolCall {
        final long choice;
        final long index;
        final StringBuilder id = new StringBuilder();
        final StringBuilder name = new StringBuilder();
        final StringBuilder arguments = new StringBuilder();

        ToolCall(long choice, long index) {
            this.choice = choice;
            this.index = index;
        }

        /// The provider's id of the call.
        public String id() {
            return id.toString();
        }

        /// The tool's name.
        public String name() {
            return name.toString();
        }

        /// The arguments, as the JSON text the model wrote.
        public String arguments() {
            return arguments.toString();
        }
    }

    @Nullable
    String id;

    long created;

    @Nullable
    String model;
    /// Non-empty deltas: the fewest tokens this document can have cost.
    long nonEmptyDeltas;
    /// UTF-8 bytes of all output seen: the most tokens this document can show.
    long outputBytes;
    boolean hasChoices;
    boolean finished;
    boolean hasUsage;
    boolean hasError;
    long promptTokens = -1;
    long completionTokens = -1;
    long totalTokens = -1;
    long cachedTokens;
    long finishedChoice = -1;
    /// Offsets of the one string delta between its quotes, or -1 where there is not exactly one.
    int deltaStart = -1;
    int deltaEnd = -1;
    boolean deltaIsContent;

    /// Start, end and 1 for first-choice content of every string delta, three numbers each.
    int[] spans = {};

    int spanCount;
    final StringBuilder content = new StringBuilder();
    final List<ToolCall> toolCalls = new ArrayList<>(0);

    /// The member being read at each depth.
    private final String[] names = new String[StrictJson.MAX_DEPTH + 2];

    private long choiceIndex;
    private long countedChoice = -1;
    private long toolIndex = -1;

    /// Reads a document; fails with [IOException] when it is not JSON.
    ///
    /// @param collect whether content and tool calls are kept, not just counted
    static ChatFrame read(byte[] json, int from, int to, boolean collect) throws IOException {
        var frame = new ChatFrame();
        Arrays.fill(frame.names, "");
        try (JsonParser parser = StrictJson.lenient(json, from, to)) {
            frame.document(parser, collect);
        }
        return frame;
    }

    private void document(JsonParser parser, boolean collect) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("not a JSON object");
        }
        int depth = 1;
        while (depth > 0) {
            JsonToken token = parser.nextToken();
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    open(depth, token);
                    depth++;
                }
                case END_OBJECT, END_ARRAY -> depth--;
                case FIELD_NAME -> names[depth] = parser.currentName();
                case VALUE_STRING -> string(parser, depth, collect);
                case VALUE_NUMBER_INT -> number(parser, depth);
                case null -> throw new IOException("truncated JSON");
                default -> {} // open: other scalars say nothing about an answer's cost
            }
        }
        if (parser.nextToken() != null) {
            throw new IOException("more than one JSON value");
        }
    }

    private void open(int depth, JsonToken token) {
        if (depth == 1) {
            if ("usage".equals(names[1]) && token == JsonToken.START_OBJECT) {
                hasUsage = true;
            } else if ("error".equals(names[1])) {
                hasError = true;
            }
        } else if (depth == 2 && "choices".equals(names[1])) {
            hasChoices = true;
            choiceIndex = 0;
            names[3] = "";
        } else if (depth == 5 && isTool()) {
            toolIndex = -1;
        }
    }

    private void string(JsonParser parser, int depth, boolean collect) throws IOException {
        if (depth == 1) {
            switch (names[1]) {
                case "id" -> id = parser.getText();
                case "model" -> model = parser.getText();
                case "error" -> hasError = true;
                default -> {} // open: other members of the document
            }
            return;
        }
        if (!"choices".equals(names[1])) {
            return;
        }
        if (depth == 3 && "finish_reason".equals(names[3])) {
            finished = true;
            finishedChoice = choiceIndex;
        } else if (depth == 4 && isAnswer() && !"role".equals(names[4])) {
            boolean isContent = "content".equals(names[4]);
            if (isContent || "refusal".equals(names[4]) || names[4].startsWith("reasoning")) {
                delta(parser, isContent);
                if (collect && isContent && choiceIndex == 0) {
                    content.append(parser.getText());
                }
            } else {
                outputBytes += StrictJson.utf8Length(parser);
            }
        } else if (depth == 5 && isAnswer() && "function_call".equals(names[4])) {
            delta(parser, false);
        } else if (depth >= 6 && isTool()) {
            tool(parser, depth, collect);
        } else if (depth >= 5 && isAnswer()) {
            outputBytes += StrictJson.utf8Length(parser); // content in parts, as some vendors send it
        }
    }

    private void tool(JsonParser parser, int depth, boolean collect) throws IOException {
        if (depth == 6 && "id".equals(names[6])) {
            if (collect) {
                call().id.append(parser.getText());
            }
        } else if (depth == 7 && "name".equals(names[7])) {
            outputBytes += StrictJson.utf8Length(parser);
            if (collect) {
                call().name.append(parser.getText());
            }
        } else if (depth == 7 && ("arguments".equals(names[7]) || "input".equals(names[7]))) {
            delta(parser, false);
            if (collect) {
                call().arguments.append(parser.getText());
            }
        }
    }

    private void delta(JsonParser parser, boolean isContent) throws IOException {
        long length = StrictJson.utf8Length(parser);
        if (length == 0) {
            return;
        }
        outputBytes += length;
        if (choiceIndex != countedChoice) {
            // once a choice: some providers send the same reasoning under two names
            countedChoice = choiceIndex;
            nonEmptyDeltas++;
        }
        parser.finishToken();
        int start = (int) parser.currentTokenLocation().getByteOffset() + 1;
        int end = (int) parser.currentLocation().getByteOffset() - 1;
        boolean first = isContent && choiceIndex == 0;
        span(start, end, first);
        deltaStart = spanCount == 1 ? start : -1;
        deltaEnd = end;
        deltaIsContent = first;
    }

    private void span(int start, int end, boolean firstContent) {
        if (spanCount * 3 == spans.length) {
            spans = Arrays.copyOf(spans, spans.length + 6);
        }
        spans[spanCount * 3] = start;
        spans[spanCount * 3 + 1] = end;
        spans[spanCount * 3 + 2] = firstContent ? 1 : 0;
        spanCount++;
    }

    private void number(JsonParser parser, int depth) throws IOException {
        if (depth == 1 && "created".equals(names[1])) {
            created = parser.getLongValue();
        } else if (depth == 2 && "usage".equals(names[1])) {
            switch (names[2]) {
                case "prompt_tokens" -> promptTokens = parser.getLongValue();
                case "completion_tokens" -> completionTokens = parser.getLongValue();
                case "total_tokens" -> totalTokens = parser.getLongValue();
                default -> {} // open: other figures of the usage
            }
        } else if (depth == 3
                && "usage".equals(names[1])
                && "prompt_tokens_details".equals(names[2])
                && "cached_tokens".equals(names[3])) {
            cachedTokens = parser.getLongValue();
        } else if (depth == 3 && "choices".equals(names[1]) && "index".equals(names[3])) {
            choiceIndex = parser.getLongValue();
        } else if (depth == 6 && isTool() && "index".equals(names[6])) {
            toolIndex = parser.getLongValue();
        }
    }

    private boolean isAnswer() {
        return "delta".equals(names[3]) || "message".equals(names[3]);
    }

    private boolean isTool() {
        return "choices".equals(names[1]) && isAnswer() && "tool_calls".equals(names[4]);
    }

    /// The tool call being read: by its index in a stream, by its place in a whole answer.
    private ToolCall call() {
        ToolCall last = toolCalls.isEmpty() ? null : toolCalls.getLast();
        if (toolIndex < 0) {
            toolIndex = "delta".equals(names[3]) ? 0 : toolCalls.size();
        }
        if (last == null || last.index != toolIndex || last.choice != choiceIndex) {
            last = new ToolCall(choiceIndex, toolIndex);
            toolCalls.add(last);
        }
        return last;
    }
}
