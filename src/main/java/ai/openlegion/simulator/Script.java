package ai.openlegion.simulator;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// How one request is to be answered: the words of a `[[sim …]]` directive in its last user message, or after the
/// colons
/// of its model name.
///
/// A word is `name` or `name=value`, and `mode=a,b` is `a b`. An empty script is an honest provider.
final class Script {

    /*
     * What is generated: tokens=N, lognormal=median:sigma:seed (N drawn so), redacted=N and reasoning=N (of it first),
     *   preface=N (of text before tool calls), refusal=N (instead of text), stop_sequence (it ends at the client's), tool_call[=N] (the request's first N tools are called), calls=BASE64URL (of a JSON list of {name, arguments}: one
     *   of them in each answer until all have results), echo_key[=split], say=BASE64URL (this text, step=N characters a
     *   token), cached=N (of the prompt)
     * When: pace=ms between tokens (0: all in one event-loop turn), first=ms before the first
     * Instead of an answer: refuse401, refuse403, refuse429, error500, status=N (each with retry_after=s, retry_after_ms=N),
     *   pad=N (bytes more of error500's document), error_inside (of a whole answer with status 200),
     *   hang, hang_head (after the head of the response), drop, garbage, html
     * In the middle, after N tokens: hang_after=N, drop_after=N (mid-frame), error_after=N (an error frame; error_code=C,
     *   bare_error: an `error` event where a dialect has two ways)
     * At the end: no_terminal (no finish, no [DONE]), no_done
     * Dishonesty: ignore_max, keeps_going (after a disconnect), lie_usage=over|under|zero|none|absurd
     * On the wire: gzip (asked for or not), split=bytes, crlf, comments, multiline, usage_each (running usage in every frame), vendor_headers
     */
    private static final Set<String> NAMES = Set.of(
            "tokens",
            "lognormal",
            "reasoning",
            "redacted",
            "preface",
            "refusal",
            "stop_sequence",
            "tool_call",
            "calls",
            "echo_key",
            "say",
            "step",
            "cached",
            "pace",
            "first",
            "refuse401",
            "refuse403",
            "refuse429",
            "retry_after",
            "retry_after_ms",
            "error500",
            "error_inside",
            "pad",
            "status",
            "hang",
            "hang_head",
            "drop",
            "garbage",
            "html",
            "hang_after",
            "drop_after",
            "error_after",
            "error_code",
            "bare_error",
            "no_terminal",
            "no_done",
            "ignore_max",
            "keeps_going",
            "lie_usage",
            "gzip",
            "split",
            "crlf",
            "comments",
            "multiline",
            "usage_each",
            "vendor_headers");

    static final int TOKENS_BY_DEFAULT = 32;
    static final Script HONEST = new Script(Map.of());

    /// Slow enough to be watched, fast enough to be waited for.
    static final Script WATCHABLE = new Script(Map.of("pace", "10"));

    private final Map<String, String> words;
    private final int tokens;
    private final int paceMillis;
    private final boolean dressed;
    private final List<JsonObject> calls;

    private Script(Map<String, String> words) {
        this.words = Map.copyOf(words);
        paceMillis = number("pace", 0);
        tokens = words.containsKey("lognormal") ? drawn(words.get("lognormal")) : number("tokens", TOKENS_BY_DEFAULT);
        calls = has("calls") ? calls(text("calls")) : List.of();
        dressed =
                has("gzip") || has("split") || has("crlf") || has("comments") || has("multiline") || has("usage_each");
    }

    /// Reads the script of a request. Throws IllegalArgumentException on a directive word that does not exist or
    /// cannot be read.
    static Script of(String model, String lastUserText) {
        int from = lastUserText.indexOf("[[sim ");
        int to = from < 0 ? -1 : lastUserText.indexOf("]]", from);
        if (to < 0 && model.indexOf(':') < 0) {
            return HONEST;
        }
        Map<String, String> words = new HashMap<>();
        String[] inModel = model.split(":", -1);
        for (int i = 1; i < inModel.length; i++) {
            if (NAMES.contains(name(inModel[i]))) {
                put(words, inModel[i]);
            }
        }
        if (to >= 0) {
            for (String word : lastUserText.substring(from + 6, to).trim().split("\\s+", -1)) {
                for (String one : word.startsWith("mode=") ? word.substring(5).split(",", -1) : new String[] {word}) {
                    if (!NAMES.contains(name(one))) {
                        throw new IllegalArgumentException("the simulator has no directive called " + name(one));
                    }
                    put(words, one);
                }
            }
        }
        return new Script(words);
    }

    /// Whether nothing was asked for but an answer.
    boolean isHonest() {
        return words.isEmpty();
    }

    boolean has(String name) {
        return words.containsKey(name);
    }

    String text(String name) {
        return words.getOrDefault(name, "");
    }

    int number(String name, int otherwise) {
        String value = words.get(name);
        return value == null || value.isEmpty() ? otherwise : Integer.parseInt(value);
    }

    /// The tool calls to be made one after another, `{name, arguments}` each.
    List<JsonObject> calls() {
        return calls;
    }

    /// How many tokens the model would like to say.
    int tokens() {
        return tokens;
    }

    /// Milliseconds between tokens; 0 is all at once.
    int paceMillis() {
        return paceMillis;
    }

    /// Whether frames differ from the plain, precomputed ones.
    boolean dressed() {
        return dressed;
    }

    private static List<JsonObject> calls(String encoded) {
        try {
            return new JsonArray(new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8))
                    .stream().map(JsonObject.class::cast).toList();
        } catch (DecodeException | ClassCastException malformed) {
            throw new IllegalArgumentException("calls is no list of objects", malformed);
        }
    }

    private static void put(Map<String, String> words, String word) {
        int equals = word.indexOf('=');
        words.put(name(word), equals < 0 ? "" : word.substring(equals + 1));
    }

    private static String name(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }

    private static int drawn(String lognormal) {
        String[] parts = lognormal.split("[:/]", -1);
        double median = Double.parseDouble(parts[0]);
        double sigma = parts.length > 1 ? Double.parseDouble(parts[1]) : 0.5;
        long seed = parts.length > 2 ? Long.parseLong(parts[2]) : 0;
        double gauss = new Random(seed * 0x9E3779B97F4A7C15L + 1).nextGaussian();
        return Math.max(1, (int) Math.round(median * Math.exp(sigma * gauss)));
    }
}
