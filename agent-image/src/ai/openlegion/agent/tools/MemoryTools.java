package ai.openlegion.agent.tools;

import ai.openlegion.agent.memory.Memory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `memory_save` and `memory_search`.
final class MemoryTools {

    private static final int FOUND = 10;
    private static final int MOST_FOUND = 50;

    private MemoryTools() {}

    static List<Tool> of(Memory memory) {
        return List.of(
                new CheckedTool(
                        "memory_save",
                        "Remembers a fact beyond this task and beyond a restart.",
                        List.of(
                                Parameter.text("content", "The fact", Memory.FACT_CHARS),
                                Parameter.text("key", "If given, what had the same key is forgotten", 256)
                                        .optional()),
                        (context, arguments) -> {
                            String id = memory.save(
                                    arguments.text("key"),
                                    arguments.text("content").orElseThrow(),
                                    context.time().now());
                            return Map.of("saved", true, "id", id);
                        }),
                new CheckedTool(
                        "memory_search",
                        "Finds remembered facts by words, the best first.",
                        List.of(
                                Parameter.text("query", "Words to look for", 1_000),
                                Parameter.whole("max_results", "At most so many, " + FOUND + " unless said", 1, MOST_FOUND)
                                        .optional()),
                        (context, arguments) -> {
                            int most = arguments.whole("max_results")
                                    .map(Long::intValue)
                                    .orElse(FOUND);
                            List<Object> results = new ArrayList<>();
                            memory.search(arguments.text("query").orElseThrow(), most)
                                    .forEach(found -> results.add(result(found)));
                            return Map.of("results", results);
                        }));
    }

    private static Map<String, Object> result(Memory.Found found) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("id", found.fact().id());
        found.fact().key().ifPresent(key -> result.put("key", key));
        result.put("content", found.fact().content());
        result.put("time", found.fact().time().toString());
        result.put("score", Math.round(found.score() * 1000) / 1000.0);
        return result;
    }
}
