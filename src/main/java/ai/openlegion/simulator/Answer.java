package ai.openlegion.simulator;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// What the simulated model says to one request, decided before the first token is generated.
///
/// @param opening the tokens said first; filler words follow up to the length
/// @param tokens the length of each choice
/// @param finish why each choice ends
record Answer(List<Delta> opening, int tokens, Finish finish) {

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

    static Answer to(Ask ask) {
        List<Delta> opening = opening(ask);
        boolean calls = opening.stream().anyMatch(Delta.ToolStart.class::isInstance);
        boolean refuses = opening.stream().anyMatch(Delta.Refusal.class::isInstance);
        int wanted = calls || refuses || ask.sample() != null || ask.script().has("say")
                ? opening.size()
                : Math.max(opening.size(), ask.script().tokens());
        boolean cut = wanted > ask.maxTokens() && !ask.script().has("ignore_max");
        boolean stopped = ask.script().has("stop_sequence") && ask.stopSequence() != null;
        Finish finish = calls ? Finish.TOOLS : refuses ? Finish.REFUSAL : stopped ? Finish.STOP_SEQUENCE : Finish.STOP;
        return new Answer(opening, cut ? ask.maxTokens() : wanted, cut ? Finish.LENGTH : finish);
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

    private static List<Delta> opening(Ask ask) {
        Script script = ask.script();
        List<Delta> opening = new ArrayList<>();
        if (ask.sample() != null) {
            split(ask.sample(), 4).forEach(piece -> opening.add(new Delta.Text(piece)));
            return opening;
        }
        for (int i = 0; ask.thinks() && i < script.number("redacted", 0); i++) {
            opening.add(new Delta.Redacted("c2VhbGVkIHRob3VnaHQg+/" + i + "=="));
        }
        for (int i = 0; ask.thinks() && i < script.number("reasoning", 0); i++) {
            opening.add(new Delta.Reasoning(word(i)));
        }
        for (int i = 0; i < script.number("refusal", 0); i++) {
            opening.add(new Delta.Refusal(word(i)));
        }
        for (int i = 0; i < script.number("preface", 0); i++) {
            opening.add(new Delta.Text(word(i)));
        }
        boolean must = ask.named() != null && !ask.afterTool();
        if ((script.has("tool_call") || must) && !ask.tools().isEmpty() && !ask.afterTool()) {
            List<Ask.Tool> callable = ask.tools().stream()
                    .filter(tool -> ask.named() == null
                            || ask.named().isEmpty()
                            || ask.named().equals(tool.name()))
                    .limit(script.number("tool_call", 1))
                    .toList();
            for (int call = 0; call < callable.size(); call++) {
                callTool(opening, call, ask.callIds() + call, callable.get(call));
            }
        } else if (ask.toolResults() < script.calls().size()) {
            JsonObject call = script.calls().get(ask.toolResults());
            String arguments = call.getJsonObject("arguments", new JsonObject()).encode();
            callTool(opening, 0, ask.callIds() + ask.toolResults(), call.getString("name", ""), false, arguments);
        } else if (script.has("echo_key")) {
            opening.add(new Delta.Text("Your key: "));
            int step = "split".equals(script.text("echo_key")) ? 4 : Integer.MAX_VALUE;
            split(ask.key(), step).forEach(piece -> opening.add(new Delta.Text(piece)));
        } else if (script.has("say")) {
            String text = new String(Base64.getUrlDecoder().decode(script.text("say")), StandardCharsets.UTF_8);
            split(text, script.number("step", 4)).forEach(piece -> opening.add(new Delta.Text(piece)));
        }
        return opening;
    }

    private static void callTool(List<Delta> opening, int call, String id, Ask.Tool tool) {
        JsonObject properties = tool.schema().getJsonObject("properties", new JsonObject());
        JsonObject arguments = new JsonObject();
        for (String name : properties.fieldNames()) {
            switch (String.valueOf(properties.getJsonObject(name).getValue("type"))) {
                case "integer", "number" -> arguments.put(name, 7);
                case "boolean" -> arguments.put(name, true);
                case "object" -> arguments.put(name, new JsonObject());
                case "array" -> arguments.put(name, new JsonArray());
                default -> arguments.put(name, "Zürich"); // open: texts, and what a schema may say else
            }
        }
        callTool(
                opening,
                call,
                id,
                tool.name(),
                tool.custom(),
                tool.custom() ? "weather in Zürich" : arguments.encode());
    }

    private static void callTool(
            List<Delta> opening, int call, String id, String name, boolean custom, String arguments) {
        opening.add(new Delta.ToolStart(call, id, name, custom));
        split(arguments, 4).forEach(piece -> opening.add(new Delta.ToolArguments(call, piece, custom)));
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
