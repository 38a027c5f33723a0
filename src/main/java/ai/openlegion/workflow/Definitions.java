package ai.openlegion.workflow;

import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.model.WorkflowJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The definitions that new runs are made of.
final class Definitions {

    private Map<String, Definition> byName = Map.of();

    /// A definition with its text, by whose digest the store knows it.
    record Definition(Workflow workflow, String text, String hash) {

        static Definition of(String text) {
            return new Definition(WorkflowJson.read(text), text, Preparation.digest(text));
        }
    }

    /// Makes these the ones in force.
    ///
    /// @throws IllegalArgumentException when a text is no definition
    void replace(List<String> texts) {
        Map<String, Definition> next = new LinkedHashMap<>();
        for (String text : texts) {
            Definition definition = Definition.of(text);
            next.put(definition.workflow().name(), definition);
        }
        byName = next;
    }

    @Nullable
    Definition find(String name) {
        return byName.get(name);
    }

    List<String> texts() {
        return byName.values().stream().map(Definition::text).toList();
    }

    /// The topics that start runs.
    Set<String> topics() {
        return byName.values().stream()
                .map(definition -> definition.workflow().trigger())
                .filter(topic -> topic != null)
                .collect(Collectors.toSet());
    }

    /// The names of those that a topic starts.
    List<String> startedBy(String topic) {
        List<String> names = new ArrayList<>();
        byName.forEach((name, definition) -> {
            if (topic.equals(definition.workflow().trigger())) {
                names.add(name);
            }
        });
        return names;
    }
}
