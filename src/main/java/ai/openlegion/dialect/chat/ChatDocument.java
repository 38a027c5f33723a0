package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.Usage;
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
/// The same reading serves both, because they differ only in `message` and `delta`. Unknown members are skipped. It is
/// read to its end before anything of it is told: what is no JSON in the middle tells nothing.
final class ChatDocument {

    /// One string that the model wrote, or a piece of a tool call.
    ///
    /// @param member the name under which it came
    /// @param from   absolute offset of the text between its quotes; where both are equal, it is empty
    /// @param call   the tool call that these are arguments of
    /// @param whole  whether it came in a `message`, not a `delta`
    record Piece(
            Kind kind,
            String member,
            int from,
            int to,
            @Nullable Fragment call,
            boolean whole) {}

    /// What a document says of one tool call.
    static final class Fragment {
        /// The provider's number of it; -1 where it gives none.
        long index = -1;

        String id = "";
        String name = "";
        boolean freeform;
        /// Whether it has arguments at all, if only empty ones: then its name is whole.
        boolean hasArguments;
        /// Whether it is the one call that a choice could have before there were tools.
        boolean legacy;
    }

    /// What a document says of one choice.
    static final class Choice {
        long index;

        /// Why it ended, in the vendor's words; null where it goes on.
        @Nullable
        String finish;

        /// UTF-8 bytes of output in a `delta` that no piece shows.
        long unshownBytes;

        /// The same of a `message`.
        long unshownWholeBytes;

        final List<Piece> pieces = new ArrayList<>(2);
    }

    @Nullable
    String id;

    @Nullable
    String model;

    long created;
    boolean hasUsage;
    boolean hasError;

    final List<Choice> choices = new ArrayList<>(1);

    private final int offset;
    private long promptTokens = -1;
    private long completionTokens = -1;
    private long totalTokens = -1;
    private long cachedTokens;
    private long cacheWriteTokens;
    private long reasoningTokens;

    /// Nothing that is told of an answer lies deeper.
    private static final int DEEPEST = 8;

    /// The member being read at each depth.
    private final String[] names = new String[DEEPEST + 1];

    private @Nullable Choice choice;
    private @Nullable Fragment call;

    private ChatDocument(int offset) {
        this.offset = offset;
        Arrays.fill(names, "");
    }

    /// Reads a document; fails with [IOException] when it is not a JSON object.
    static ChatDocument read(byte[] json, int from, int to) throws IOException {
        var document = new ChatDocument(from);
        try (JsonParser parser = StrictJson.lenient(json, from, to)) {
            document.document(parser);
        }
        return document;
    }

    /// The provider's figures; null where it gave none, or negative ones. A zero that it says is zero. Some report
    /// reasoning only in the total, so the larger reading of the output counts.
    ///
    /// What was written to the cache is part of the prompt, as OpenAI means it. Where it does not fit in there
    /// beside what was read, the provider counts it apart, and it comes on top.
    @Nullable
    Usage usage() {
        if (!hasUsage || promptTokens < 0 || completionTokens < 0) {
            return null;
        }
        long output = Math.max(completionTokens, totalTokens - promptTokens);
        long cached = Math.clamp(cachedTokens, 0, promptTokens);
        long written = Math.clamp(cacheWriteTokens, 0, Long.MAX_VALUE - promptTokens);
        return new Usage(
                written > promptTokens - cached ? promptTokens + written : promptTokens,
                cached,
                written,
                0,
                output,
                Math.clamp(reasoningTokens, 0, output));
    }

    private void document(JsonParser parser) throws IOException {
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
                case FIELD_NAME -> {
                    if (depth <= DEEPEST) {
                        names[depth] = parser.currentName();
                    }
                }
                case VALUE_STRING -> string(parser, depth);
                case VALUE_NUMBER_INT -> number(parser, depth);
                case null -> throw new IOException("truncated JSON");
                default -> {} // open: other scalars say nothing about an answer
            }
        }
        if (parser.nextToken() != null) {
            throw new IOException("more than one JSON value");
        }
    }

    private void open(int depth, JsonToken token) {
        if (depth == 1) {
            choice = null;
            if ("usage".equals(names[1]) && token == JsonToken.START_OBJECT) {
                hasUsage = true;
            } else if ("error".equals(names[1])) {
                hasError = true;
            }
        } else if (depth == 2 && "choices".equals(names[1])) {
            choice = new Choice();
            choices.add(choice);
            names[3] = "";
        } else if (depth == 4 && isAnswer() && "function_call".equals(names[4])) {
            call = new Fragment();
            call.legacy = true;
            call.hasArguments = true;
            add(Kind.ARGUMENTS, 0, 0, call);
        } else if (depth == 5 && isTool()) {
            call = new Fragment();
            // its place among the pieces, also where it has no arguments
            add(Kind.ARGUMENTS, 0, 0, call);
        }
    }

    private void string(JsonParser parser, int depth) throws IOException {
        if (depth == 1) {
            switch (names[1]) {
                case "id" -> id = parser.getText();
                case "model" -> model = parser.getText();
                case "error" -> hasError = true;
                default -> {} // open: other members of the document
            }
            return;
        }
        if (choice == null) {
            return;
        }
        if (depth == 3 && "finish_reason".equals(names[3])) {
            // some servers say "" or "null" in each frame of an answer that goes on
            String finish = parser.getText();
            choice.finish = finish.isEmpty() || finish.equals("null") ? null : finish;
        } else if (depth == 4 && isAnswer() && !"role".equals(names[4])) {
            switch (names[4]) {
                case "content" -> text(parser, Kind.TEXT, null);
                case "refusal" -> text(parser, Kind.REFUSAL, null);
                default -> { // open: further members of an answer
                    if (names[4].startsWith("reasoning")) {
                        text(parser, Kind.REASONING, null);
                    } else {
                        unshown(parser);
                    }
                }
            }
        } else if (depth == 5 && isAnswer() && "function_call".equals(names[4])) {
            function(parser, names[5]);
        } else if (depth >= 6 && isTool()) {
            tool(parser, depth);
        } else if (depth >= 5 && isAnswer()) {
            part(parser, depth);
        }
    }

    /// Content in parts, as some vendors send it: `{"type":"text","text"}`,
    /// `{"type":"thinking","thinking":[{"text"}]}`.
    private void part(JsonParser parser, int depth) throws IOException {
        boolean content = "content".equals(names[4]);
        if (content && depth == 6 && "text".equals(names[6])) {
            text(parser, Kind.TEXT, null);
        } else if (content && depth == 6 && "refusal".equals(names[6])) {
            text(parser, Kind.REFUSAL, null);
        } else if (content
                && ((depth == 6 && "thinking".equals(names[6]))
                        || (depth == 8 && "thinking".equals(names[6]) && "text".equals(names[8])))) {
            text(parser, Kind.REASONING, null);
        } else {
            unshown(parser);
        }
    }

    private void unshown(JsonParser parser) throws IOException {
        long bytes = StrictJson.utf8Length(parser);
        if (choice == null) {
            return;
        }
        if (isWhole()) {
            choice.unshownWholeBytes += bytes;
        } else {
            choice.unshownBytes += bytes;
        }
    }

    private void tool(JsonParser parser, int depth) throws IOException {
        if (call == null) {
            return;
        }
        if (depth == 6 && "id".equals(names[6])) {
            call.id = parser.getText();
        } else if (depth == 7) {
            call.freeform |= "custom".equals(names[6]);
            function(parser, names[7]);
        }
    }

    private void function(JsonParser parser, String member) throws IOException {
        if (call == null) {
            return;
        }
        switch (member) {
            case "name" -> {
                unshown(parser);
                call.name = parser.getText();
            }
            case "arguments", "input" -> {
                call.hasArguments = true;
                text(parser, Kind.ARGUMENTS, call);
            }
            default -> {} // open: what else a vendor says of a call
        }
    }

    private void text(JsonParser parser, Kind kind, @Nullable Fragment of) throws IOException {
        parser.finishToken();
        int start = (int) parser.currentTokenLocation().getByteOffset() + 1;
        int end = (int) parser.currentLocation().getByteOffset() - 1;
        if (end > start) {
            add(kind, offset + start, offset + end, of);
        }
    }

    private void add(Kind kind, int from, int to, @Nullable Fragment of) {
        if (choice != null) {
            choice.pieces.add(new Piece(kind, names[4], from, to, of, isWhole()));
        }
    }

    private void number(JsonParser parser, int depth) throws IOException {
        switch (depth) {
            case 1 -> {
                if ("created".equals(names[1])) {
                    created = parser.getLongValue();
                }
            }
            case 2 -> {
                if ("usage".equals(names[1])) {
                    switch (names[2]) {
                        case "prompt_tokens" -> promptTokens = parser.getLongValue();
                        case "completion_tokens" -> completionTokens = parser.getLongValue();
                        case "total_tokens" -> totalTokens = parser.getLongValue();
                        default -> {} // open: other figures of the usage
                    }
                }
            }
            case 3 -> {
                if (choice != null && "index".equals(names[3])) {
                    choice.index = parser.getLongValue();
                } else if ("usage".equals(names[1])) {
                    detail(parser);
                }
            }
            case 6 -> {
                if (call != null && isTool() && "index".equals(names[6])) {
                    call.index = parser.getLongValue();
                }
            }
            default -> {} // open: numbers elsewhere say nothing about an answer
        }
    }

    private void detail(JsonParser parser) throws IOException {
        if ("prompt_tokens_details".equals(names[2])) {
            switch (names[3]) {
                case "cached_tokens" -> cachedTokens = parser.getLongValue();
                case "cache_write_tokens" -> cacheWriteTokens = parser.getLongValue();
                default -> {} // open: figures of other modalities
            }
        } else if ("completion_tokens_details".equals(names[2]) && "reasoning_tokens".equals(names[3])) {
            reasoningTokens = parser.getLongValue();
        }
    }

    private boolean isAnswer() {
        return "delta".equals(names[3]) || isWhole();
    }

    private boolean isWhole() {
        return "message".equals(names[3]);
    }

    private boolean isTool() {
        return choice != null && isAnswer() && "tool_calls".equals(names[4]);
    }
}
