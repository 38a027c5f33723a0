package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// JSON values that take no more than so many characters: what is long in them is cut, so that what is short stays.
final class Shortened {

    private static final int SHORT = 64;

    private Shortened() {}

    /// The value, cut where it must be.
    ///
    /// @param most how long it may be as JSON, in characters
    static Object of(Object value, int most) {
        String whole = Json.write(value);
        if (whole.length() <= most) {
            return value;
        }
        for (int longest = most; longest >= SHORT; longest /= 2) {
            Object shorter = cut(value, longest);
            if (Json.write(shorter).length() <= most) {
                return shorter;
            }
        }
        // as JSON in JSON it takes twice as much at worst
        return head(whole, Math.max(0, most - SHORT) / 2);
    }

    private static Object cut(Object value, int longest) {
        return switch (value) {
            case String text -> text.length() <= longest ? text : head(text, longest);
            case Map<?, ?> members -> {
                Map<String, Object> shorter = new LinkedHashMap<>();
                members.forEach((name, member) -> shorter.put(String.valueOf(name), cut(member, longest)));
                yield shorter;
            }
            case List<?> items -> {
                int most = longest / SHORT;
                List<Object> shorter = new ArrayList<>();
                items.stream().limit(most).forEach(item -> shorter.add(cut(item, longest)));
                if (items.size() > most) {
                    shorter.add("[cut: " + (items.size() - most) + " items more]");
                }
                yield shorter;
            }
            default -> // open: nothing else is long
                value;
        };
    }

    private static String head(String text, int chars) {
        return Conversation.head(text, chars) + "\n[cut: " + (text.length() - chars) + " characters more]";
    }
}
