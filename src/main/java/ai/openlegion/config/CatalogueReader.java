package ai.openlegion.config;

import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The reading of providers and models: what is shipped, what was imported, and the home's own, each over the last.
final class CatalogueReader {

    /// The file under `config/` that an import writes, and nobody else.
    static final String IMPORTED = "models.imported.yaml";

    private final ConfigFiles files;
    private final ProviderReader providers;
    private final ModelReader models;
    private Map<String, Model> shipped = Map.of();
    private Map<String, Model> beforeHome = Map.of();
    private Set<String> imported = Set.of();
    private Set<String> own = Set.of();

    CatalogueReader(ConfigFiles files, List<String> warnings) {
        this.files = files;
        providers = new ProviderReader(warnings);
        models = new ModelReader(providers.providers());
    }

    /// Reads everything; `mesh` is the home's `mesh.yaml`.
    ///
    /// @param imported told what is wrong with the imported prices
    /// @param afterProviders may change the providers before any model is read
    Catalogue read(Tree mesh, Problems imported, Consumer<Map<String, Provider>> afterProviders) {
        Tree shippedProviders = files.shipped("conf/providers.yaml");
        providers.read(shippedProviders.section("providers"));
        shippedProviders.end();
        providers.read(mesh.section("providers"));
        afterProviders.accept(providers.providers());
        Tree shippedModels = files.shipped("conf/models.yaml");
        models.readShipped(shippedModels.section("models"));
        shippedModels.end();
        shipped = new LinkedHashMap<>(models.models());
        readImported(imported);
        beforeHome = new LinkedHashMap<>(models.models());
        Tree section = mesh.section("models");
        own = section.names();
        models.read(section);
        return Catalogue.of(providers.providers().values(), models.models().values());
    }

    private void readImported(Problems its) {
        Optional<Tree> tree =
                files.own(IMPORTED, its).filter(source -> !source.isAbsent()).flatMap(source -> Tree.yaml(source, its));
        tree.ifPresent(root -> {
            Tree section = root.section("models");
            this.imported = section.names();
            models.read(section);
            root.end();
        });
    }

    /// The shipped models alone.
    Map<String, Model> shipped() {
        return shipped;
    }

    /// The models without those of the home's own `mesh.yaml`.
    Map<String, Model> beforeHome() {
        return beforeHome;
    }

    /// The ids that the imported prices name.
    Set<String> imported() {
        return imported;
    }

    /// The ids that the home's own `mesh.yaml` names.
    Set<String> own() {
        return own;
    }

    /// All models.
    Map<String, Model> models() {
        return models.models();
    }

    /// All providers.
    Map<String, Provider> providers() {
        return providers.providers();
    }
}
