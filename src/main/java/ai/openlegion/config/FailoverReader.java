package ai.openlegion.config;

import ai.openlegion.catalogue.Model;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The reading of `failover:`, from a model's concrete id to those that may stand in for it, in that order.
final class FailoverReader {

    private FailoverReader() {}

    static Map<String, List<Model>> read(Tree section, ModelNames models) {
        Map<String, List<Model>> failovers = new HashMap<>();
        for (String name : section.names()) {
            ModelNames.Answer from = models.find(name);
            if (from.model().isEmpty()) {
                section.problem(name, from.flaw());
            }
            List<Model> others = new ArrayList<>();
            for (Tree.Text text : section.texts(name)) {
                ModelNames.Answer to = models.find(text.value());
                if (to.model().isEmpty()) {
                    section.problem(text, to.flaw());
                } else if (to.model().equals(from.model())) {
                    section.problem(text, "a model cannot stand in for itself");
                } else if (from.model().isPresent()
                        && !from.model().map(Model::kind).equals(to.model().map(Model::kind))) {
                    section.problem(text, "is a model of another kind, which cannot answer in its place");
                } else if (to.model().filter(others::contains).isPresent()) {
                    section.problem(text, "names a model that is already in this list");
                }
                to.model().ifPresent(others::add);
            }
            from.model().ifPresent(model -> {
                if (failovers.put(model.id(), others) != null) {
                    section.problem(name, "names the same model as an entry above");
                }
            });
        }
        return failovers;
    }
}
