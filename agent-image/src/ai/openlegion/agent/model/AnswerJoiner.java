package ai.openlegion.agent.model;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// One answer, put together from a whole message or from the pieces of a streamed one.
final class AnswerJoiner {

    /* The heap is small, and no model says so much. */
    private static final int MOST_CHARS = 2 << 20;
    private static final int MOST_CALLS = 256;

    private static final Set<String> CUT = Set.of("length", "content_filter");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final Consumer<String> onText;
    private final StringBuilder text = new StringBuilder();
    private final Map<Long, CallPieces> calls = new TreeMap<>();
    private long tokens;
    private int chars;
    private boolean answered;
    private Optional<String> cut = Optional.empty();

    private static final class CallPieces {
        private String id = "";
        private String name = "";
        private final StringBuilder arguments = new StringBuilder();
    }

    AnswerJoiner(Consumer<String> onText) {
        this.onText = onText;
    }

    /// Adds a completion or a chunk of one.
    ///
    /// @param part the member of a choice that holds the message: `message` or `delta`
    /// @throws ModelFailure if it says that there will be no answer
    void add(Members piece, String part) throws ModelFailure {
        Members error = piece.object("error");
        if (!error.all().isEmpty()) {
            String type = error.text("type").orElse("error");
            throw new ModelFailure(
                    type.contains("budget") ? 402 : 0,
                    Optional.of(type),
                    error.text("message").orElse("the answer was cut"));
        }
        tokens = piece.object("usage").whole("total_tokens").orElse(tokens);
        Optional<Members> choice = piece.list("choices").stream().findFirst().flatMap(Members::of);
        if (choice.isEmpty()) {
            return;
        }
        answered = true;
        cut = choice.get().text("finish_reason").filter(CUT::contains).or(() -> cut);
        Members message = choice.get().object(part);
        Optional<String> said = message.text("content").filter(content -> !content.isEmpty());
        chars += said.map(String::length).orElse(0);
        bound();
        said.ifPresent(content -> {
            text.append(content);
            onText.accept(content);
        });
        List<Object> asked = message.list("tool_calls");
        for (int i = 0; i < asked.size(); i++) {
            Members call = Members.of(asked.get(i)).orElseGet(() -> new Members(Map.of()));
            CallPieces pieces = calls.computeIfAbsent(call.whole("index").orElse((long) i), index -> new CallPieces());
            pieces.id = call.text("id").filter(id -> !id.isEmpty()).orElse(pieces.id);
            Members function = call.object("function");
            pieces.name = function.text("name").filter(name -> !name.isEmpty()).orElse(pieces.name);
            String arguments = function.any("arguments")
                    .map(given -> given instanceof String string ? string : Json.write(given))
                    .orElse("");
            chars += arguments.length();
            bound();
            pieces.arguments.append(arguments);
        }
    }

    private void bound() throws ModelFailure {
        if (chars > MOST_CHARS || calls.size() > MOST_CALLS) {
            throw new ModelFailure(0, Optional.empty(), "the model's answer is too long");
        }
    }

    /// The answer, once nothing is missing.
    ///
    /// @throws ModelFailure if there was none
    Answer whole(double usd) throws ModelFailure {
        if (!answered) {
            throw new ModelFailure(0, Optional.empty(), "the model's answer holds no message");
        }
        List<ToolCall> asked = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        calls.forEach((index, pieces) -> {
            String id = pieces.id;
            for (int n = 0; !ID.matcher(id).matches() || !ids.add(id); n++) {
                id = "call_" + (n == 0 ? index : index + "_" + n);
            }
            asked.add(new ToolCall(id, pieces.name, pieces.arguments.toString()));
        });
        return new Answer(text.toString(), asked, tokens, usd, cut);
    }
}
