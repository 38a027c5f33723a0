package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the model is shown: what stays, a summary of what was, and the rounds since.
///
/// A round is a message of the user, or one of the assistant with the results of all its calls, so that nothing that
/// drops rounds can part a call from its result.
final class Conversation {

    private static final int BYTES_A_TOKEN = 3;
    private static final String SUMMARY = "Summary of what came before in this conversation:\n";
    private static final String CUT = "\n[cut]";

    private final List<Map<String, Object>> lasting;
    private final List<List<Map<String, Object>>> rounds = new ArrayList<>();
    private String summary = "";
    private int asked = -1;

    /// @param lasting messages that are never dropped
    Conversation(List<Map<String, Object>> lasting) {
        this.lasting = List.copyOf(lasting);
    }

    static Map<String, Object> message(String role, String content) {
        return Map.of("role", role, "content", content);
    }

    static Map<String, Object> result(String callId, String content) {
        return Map.of("role", "tool", "tool_call_id", callId, "content", content);
    }

    void add(List<Map<String, Object>> round) {
        rounds.add(List.copyOf(round));
    }

    /// Adds what the turn that begins is about, which is not dropped as long as the turn runs.
    void ask(String content) {
        addUser(content);
        asked = rounds.size() - 1;
    }

    void addUser(String content) {
        add(List.of(message("user", content)));
    }

    /// As it is sent; messages of the user that follow each other are one, which every dialect takes.
    List<Map<String, Object>> messages() {
        List<Map<String, Object>> all = new ArrayList<>();
        lasting.forEach(message -> join(all, message));
        if (!summary.isEmpty()) {
            join(all, message("user", SUMMARY + summary));
        }
        rounds.forEach(round -> round.forEach(message -> join(all, message)));
        return all;
    }

    private static void join(List<Map<String, Object>> all, Map<String, Object> message) {
        boolean follows = !all.isEmpty()
                && "user".equals(message.get("role"))
                && "user".equals(all.getLast().get("role"));
        if (follows) {
            all.set(all.size() - 1, message("user", content(all.getLast()) + "\n\n" + content(message)));
        } else {
            all.add(message);
        }
    }

    /// Roughly how many tokens it takes, rather too many than too few.
    long tokens() {
        return estimate(messages());
    }

    static long estimate(List<Map<String, Object>> messages) {
        return Json.write(messages).getBytes(StandardCharsets.UTF_8).length / BYTES_A_TOKEN;
    }

    /// How many of the oldest rounds leave the newest ones of at most that many tokens, and always the last.
    int old(long keepTokens) {
        int keep = rounds.isEmpty() ? 0 : 1;
        long kept = keep == 0 ? 0 : estimate(rounds.getLast());
        while (keep < rounds.size()) {
            kept += estimate(rounds.get(rounds.size() - 1 - keep));
            if (kept > keepTokens) {
                break;
            }
            keep++;
        }
        return rounds.size() - keep;
    }

    /// The messages of that many of the oldest rounds, but for what the turn is about.
    List<Map<String, Object>> oldest(int count) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i != asked) {
                messages.addAll(rounds.get(i));
            }
        }
        return messages;
    }

    /// Drops that many of the oldest rounds, but not what the turn is about.
    void drop(int count) {
        for (int i = count - 1; i >= 0; i--) {
            if (i != asked) {
                var _ = rounds.remove(i);
            }
        }
        asked = asked < count ? Math.min(asked, 0) : asked - count;
    }

    String summary() {
        return summary;
    }

    void summarise(String text) {
        summary = text;
    }

    /// Drops the oldest rounds, then cuts the texts of those that stay, until it takes no more than that many tokens.
    void prune(long mostTokens) {
        while (rounds.size() > (asked < 0 ? 1 : 2) && tokens() > mostTokens) {
            drop(asked == 0 ? 2 : 1);
        }
        long messages = Math.max(1, rounds.stream().mapToInt(List::size).sum());
        for (long most = mostTokens / 2; tokens() > mostTokens && most > 16; most /= 2) {
            int chars = (int) Math.min(Integer.MAX_VALUE, most / messages);
            rounds.replaceAll(
                    round -> round.stream().map(message -> cut(message, chars)).toList());
        }
    }

    private static Map<String, Object> cut(Map<String, Object> message, int chars) {
        Map<String, Object> shorter = new LinkedHashMap<>(message);
        if (message.get("content") instanceof String content && content.length() > chars + CUT.length()) {
            shorter.put("content", head(content, chars) + CUT);
        }
        if (message.get("tool_calls") instanceof List<?> calls) {
            shorter.put(
                    "tool_calls", calls.stream().map(call -> withoutArguments(call, chars)).toList());
        }
        return shorter;
    }

    /// Half an object is none, so arguments that are too long go whole.
    private static Object withoutArguments(Object call, int chars) {
        Members members = Members.of(call).orElseThrow();
        Members function = members.object("function");
        if (function.text("arguments").orElse("").length() <= chars + CUT.length()) {
            return call;
        }
        Map<String, Object> shorter = new LinkedHashMap<>(members.all());
        shorter.put("function", Map.of("name", function.text("name").orElse(""), "arguments", "{}"));
        return shorter;
    }

    /// The first characters of a text, without half of a pair at the end.
    static String head(String text, int chars) {
        if (text.length() <= chars) {
            return text;
        }
        return text.substring(0, chars > 0 && Character.isHighSurrogate(text.charAt(chars - 1)) ? chars - 1 : chars);
    }

    static String content(Map<String, Object> message) {
        return message.get("content") instanceof String content ? content : "";
    }
}
