package ai.openlegion.simulator;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// What the simulated model says to one request, decided before the first token is generated.
///
/// @param opening the tokens said first; filler words follow up to the length
/// @param tokens the length of each choice
/// @param finishReason why each choice ends
record Answer(List<Delta> opening, int tokens, String finishReason) {

    private static final String[] WORDS = {
        " the",
        " answer",
        " flows",
        " word",
        " by",
        " word",
        " over",
        " a",
        " real",
        " socket",
        " and",
        " every",
        " token",
        " is",
        " counted",
        " where",
        " it",
        " is",
        " made",
        ";",
        " na\u00efve",
        " \u6771\u4eac",
        " \ud83e\udd89",
        " then",
        " on",
        " it",
        " goes",
        ",",
        " steady",
        " as",
        " rain",
        "."
    };

    static Answer to(ChatRequest request) {
        List<Delta> opening = opening(request);
        boolean calls = !opening.isEmpty() && opening.getFirst() instanceof Delta.ToolStart;
        int wanted = calls || request.sample() != null
                ? opening.size()
                : Math.max(opening.size(), request.script().tokens());
        boolean cut = wanted > request.maxTokens() && !request.script().has("ignore_max");
        return new Answer(opening, cut ? request.maxTokens() : wanted, cut ? "length" : calls ? "tool_calls" : "stop");
    }

    /// Whether token `i` is filler, and then `word(i)` is its text.
    boolean isWord(int i) {
        return i >= opening.size();
    }

    static String word(int i) {
        return i == 0 ? "Here" : WORDS[i % WORDS.length];
    }

    static int words() {
        return WORDS.length;
    }

    Delta delta(int i) {
        return isWord(i) ? new Delta.Text(word(i)) : opening.get(i);
    }

    private static List<Delta> opening(ChatRequest request) {
        Script script = request.script();
        List<Delta> opening = new ArrayList<>();
        if (request.sample() != null) {
            split(request.sample(), 4).forEach(piece -> opening.add(new Delta.Text(piece)));
            return opening;
        }
        if (script.has("tool_call") && !request.tools().isEmpty() && !request.afterTool()) {
            int calls = Math.min(script.number("tool_call", 1), request.tools().size());
            for (int call = 0; call < calls; call++) {
                callTool(opening, call, request.tools().get(call));
            }
            return opening;
        }
        if (request.toolResults() < script.calls().size()) {
            JsonObject call = script.calls().get(request.toolResults());
            callTool(
                    opening,
                    0,
                    "call_sim_" + request.toolResults(),
                    call.getString("name", ""),
                    call.getJsonObject("arguments", new JsonObject()));
            return opening;
        }
        for (int i = 0; i < script.number("reasoning", 0); i++) {
            opening.add(new Delta.Reasoning(word(i)));
        }
        if (script.has("echo_key")) {
            opening.add(new Delta.Text("Your key: "));
            int step = "split".equals(script.text("echo_key")) ? 4 : Integer.MAX_VALUE;
            split(request.key(), step).forEach(piece -> opening.add(new Delta.Text(piece)));
        }
        return opening;
    }

    private static void callTool(List<Delta> opening, int call, JsonObject tool) {
        JsonObject function = tool.getJsonObject("function", new JsonObject());
        JsonObject properties =
                function.getJsonObject("parameters", new JsonObject()).getJsonObject("properties", new JsonObject());
        JsonObject arguments = new JsonObject();
        for (String name : properties.fieldNames()) {
            String type = properties.getJsonObject(name).getString("type", "string");
            if (type.equals("integer") || type.equals("number")) {
                arguments.put(name, 7);
            } else if (type.equals("boolean")) {
                arguments.put(name, true);
            } else {
                arguments.put(name, "Zürich");
            }
        }
        callTool(opening, call, "call_sim_" + call, function.getString("name", ""), arguments);
    }

    private static void callTool(List<Delta> opening, int call, String id, String name, JsonObject arguments) {
        opening.add(new Delta.ToolStart(call, id, name));
        split(arguments.encode(), 4).forEach(piece -> opening.add(new Delta.ToolArguments(call, piece)));
    }

    private static List<String> split(String text, int step) {
        List<String> pieces = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int to = (int) Math.min(text.length(), (long) from + step);
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to++;
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
