package ai.openlegion.config;

import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Resolution;
import java.util.List;
import java.util.Optional;

/// The check of every model that a configuration file names.
final class ModelNames {

    private final Catalogue catalogue;
    private final List<String> ids;

    ModelNames(Catalogue catalogue) {
        this.catalogue = catalogue;
        this.ids = catalogue.models().stream().map(Model::id).toList();
    }

    /// The priced model of this name, or what is wrong with the name.
    Answer find(String name) {
        return switch (catalogue.resolve(name)) {
            case Resolution.Known(Model model) -> new Answer(Optional.of(model), "");
            case Resolution.Unpriced unpriced ->
                new Answer(
                        Optional.empty(),
                        named(unpriced.id()) + "has no price; list it under models: in config/mesh.yaml"
                                + Nearest.hint(unpriced.id(), ids));
            case Resolution.Unknown unknown ->
                new Answer(
                        Optional.empty(),
                        named(unknown.name()) + "is no known model" + Nearest.hint(unknown.name(), ids));
        };
    }

    /* Only what looks like provider/model is repeated: anything else may be a secret in the wrong place. */
    private static String named(String name) {
        return Names.MODEL.matcher(name).matches() ? name + " " : "";
    }

    /// A model, or why there is none.
    record Answer(Optional<Model> model, String flaw) {}
}
