package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
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

    /// Takes away the oldest rounds, but the newest ones of at most that many tokens and always the last.
    List<List<Map<String, Object>>> takeOld(long keepTokens) {
        int keep = rounds.isEmpty() ? 0 : 1;
        long kept = keep == 0 ? 0 : estimate(rounds.getLast());
        while (keep < rounds.size()) {
            kept += estimate(rounds.get(rounds.size() - 1 - keep));
            if (kept > keepTokens) {
                break;
            }
            keep++;
        }
        var old = rounds.subList(0, rounds.size() - keep);
        List<List<Map<String, Object>>> taken = List.copyOf(old);
        old.clear();
        return taken;
    }

    String summary() {
        return summary;
    }

    void summarise(String text) {
        summary = text;
    }

    /// Drops the oldest rounds, then cuts the texts of the last, until it takes no more than that many tokens.
    void prune(long mostTokens) {
        while (rounds.size() > 1 && tokens() > mostTokens) {
            rounds.removeFirst();
        }
        long most = mostTokens;
        while (!rounds.isEmpty() && tokens() > mostTokens && most > 16) {
            most /= 2;
            int chars = (int) Math.min(Integer.MAX_VALUE, most / rounds.getLast().size());
            rounds.set(
                    rounds.size() - 1,
                    rounds.getLast().stream().map(message -> cut(message, chars)).toList());
        }
    }

    private static Map<String, Object> cut(Map<String, Object> message, int chars) {
        if (!(message.get("content") instanceof String content) || content.length() <= chars + CUT.length()) {
            return message;
        }
        Map<String, Object> shorter = new LinkedHashMap<>(message);
        shorter.put("content", head(content, chars) + CUT);
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
