package ai.openlegion.config;

import ai.openlegion.catalogue.Model;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The reading of `failover:`, from a model's concrete id to those that may stand in for it.
final class FailoverReader {

    private FailoverReader() {}

    static Map<String, List<Model>> read(Tree section, ModelNames models, List<String> warnings) {
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
                }
                to.model().ifPresent(others::add);
            }
            from.model().ifPresent(model -> {
                if (failovers.put(model.id(), others) != null) {
                    section.problem(name, "names the same model as an entry above");
                }
            });
        }
        if (!failovers.isEmpty()) {
            warnings.add(section.remark("this version does not fail over yet"));
        }
        return failovers;
    }
}
