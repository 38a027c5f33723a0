package ai.openlegion.config;

import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The reading of a home's whole configuration, in the order in which its parts need each other; changes nothing on
/// disk.
public final class Configuration {

    private static final String DEMO = "demo";
    private static final String SCHEDULES = "schedules.yaml";
    private static final String WEBHOOKS = "webhooks.yaml";

    private final Home home;
    private final Overrides overrides;
    private final Problems problems;
    private final @Nullable Instant now;
    private final ConfigFiles files;
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, String> unset = new LinkedHashMap<>();

    private Configuration(Home home, Overrides overrides, Problems problems, @Nullable Instant now) {
        this.now = now;
        this.home = home;
        this.overrides = overrides;
        this.problems = problems;
        this.files = new ConfigFiles(home, problems);
    }

    /// Reads every file of a home.
    ///
    /// @param environment of the process; `OPENLEGION_CRED_*` in it wins over `.env`
    /// @param problems told every mistake
    /// @return what the files say, or nothing when there is any problem
    public static Optional<Loaded> load(
            Home home, Map<String, String> environment, Overrides overrides, Problems problems) {
        return new Configuration(home, overrides, problems, null).load(environment);
    }

    /// The same for a mesh that is to run now: certificates must hold.
    public static Optional<Loaded> load(
            Home home, Map<String, String> environment, Overrides overrides, Problems problems, Instant now) {
        return new Configuration(home, overrides, problems, now).load(environment);
    }

    /// What `mesh.yaml` settles for a whole run, whether or not the rest of the configuration is valid.
    ///
    /// @param problems told every mistake in that part
    /// @return nothing when there is one
    public static Optional<MeshSettings> settings(Home home, Problems problems) {
        Optional<MeshSettings> read = new ConfigFiles(home, problems)
                .own("mesh.yaml")
                .flatMap(source -> Tree.yaml(source, problems))
                .map(mesh -> new SettingsReader(home, Overrides.NONE, new ArrayList<>()).read(mesh));
        return problems.any() ? Optional.empty() : read;
    }

    private Optional<Loaded> load(Map<String, String> environment) {
        Optional<Tree> mesh = files.own("mesh.yaml").flatMap(source -> Tree.yaml(source, problems));
        Optional<Source> agentFile = files.own("agents.yaml");
        Optional<Source> permissionFile = files.own("permissions.json");
        CredentialReader credentials = new CredentialReader(problems, warnings, unset);
        if (mesh.isEmpty()) {
            agentFile.ifPresent(source -> YamlReader.check(source, problems));
            permissionFile.filter(source -> !source.isAbsent()).ifPresent(source -> JsonReader.check(source, problems));
            new WorkflowReader(null, false, problems, new ArrayList<>()).read(files);
            unread();
            files.own(SCHEDULES).ifPresent(source -> YamlReader.check(source, problems));
            files.own(WEBHOOKS).ifPresent(source -> YamlReader.check(source, problems));
            var _ = credentials.read(home, environment, Map.of());
            return Optional.empty();
        }
        MeshSettings settings = new SettingsReader(home, overrides, warnings, now).read(mesh.get());
        Catalogue catalogue = new CatalogueReader(files, warnings).read(mesh.get(), problems, this::demoProvider);
        ModelNames models = new ModelNames(catalogue);
        Map<String, List<Model>> failovers = FailoverReader.read(mesh.get().section("failover"), models);
        Map<String, String> taken = new HashMap<>();
        providerCredentials(catalogue, taken);
        ServiceReader services = new ServiceReader(taken, warnings);
        Set<String> serviceNames = services.read(mesh.get().section("services"));
        mesh.get().end();
        AgentReader agents = new AgentReader(settings, overrides.runtime(), models, failovers, warnings);
        boolean areAgentsKnown = agentFile.map(source -> agents(source, agents)).orElse(false);
        WorkflowReader workflows = new WorkflowReader(
                areAgentsKnown ? agents.ids() : null, settings.skipInvalidWorkflows(), problems, warnings);
        workflows.read(files);
        WorkflowNames workflowNames = workflows.names();
        PermissionReader permissions = new PermissionReader(agents.ids(), serviceNames, workflowNames, warnings);
        permissionFile.ifPresent(source -> permissions(source, permissions, areAgentsKnown));
        workflows.compare(permissions);
        unread();
        ScheduleReader schedules = new ScheduleReader(agents.ids(), workflowNames, warnings);
        files.own(SCHEDULES).ifPresent(source -> schedules(source, schedules, areAgentsKnown));
        Vault vault = credentials.read(home, environment, demoCredential(catalogue));
        credentials.warnOfMissing(
                agents.providersUsed().stream()
                        .flatMap(name -> catalogue.provider(name).stream())
                        .toList(),
                vault);
        credentials.warnOfMissingServiceKeys(services.services().values(), vault);
        HookReader hooks = new HookReader(agents.ids(), workflowNames, vault, taken, warnings, unset);
        files.own(WEBHOOKS).ifPresent(source -> hooks(source, hooks, areAgentsKnown));
        return problems.any()
                ? Optional.empty()
                : Optional.of(new Loaded(
                        settings,
                        catalogue.withFailovers(failovers).withServices(services.services()),
                        vault,
                        agents,
                        permissions,
                        hooks,
                        jobs(schedules, workflows),
                        workflows.workflows(),
                        warnings,
                        unset,
                        files.hash()));
    }

    private static void providerCredentials(Catalogue catalogue, Map<String, String> taken) {
        for (Provider provider : catalogue.providers()) {
            String credential = provider.credential();
            if (credential != null) {
                taken.put(
                        credential,
                        "is the key of provider " + provider.name()
                                + ", and provider keys are usable only by the LLM path");
            }
        }
    }

    private boolean agents(Source source, AgentReader agents) {
        if (source.isAbsent()) {
            warnings.add(source.file() + " is missing: there are no agents; openlegion init writes a first one");
        }
        Optional<Tree> root = Tree.yaml(source, problems);
        root.ifPresent(agents::read);
        return root.isPresent();
    }

    /* Without the agents every entry would look dangling; then only the shape of the file is checked. */
    private void permissions(Source source, PermissionReader permissions, boolean areAgentsKnown) {
        if (source.isAbsent()) {
            warnings.add(source.file() + " is missing: nobody may do anything");
        } else if (areAgentsKnown) {
            Tree.json(source, problems).ifPresent(permissions::read);
        } else {
            JsonReader.check(source, problems);
        }
    }

    /* The simulated provider takes a free port, so the demo's base URL is known only when it runs. */
    private void demoProvider(Map<String, Provider> providers) {
        if (overrides.demo() == null) {
            return;
        }
        Provider demo = providers.get(DEMO);
        if (demo == null) {
            problems.add(
                    "config/mesh.yaml", 0, "providers.demo", "is missing: the demo needs it; choose another --home");
            return;
        }
        providers.put(
                DEMO,
                new Provider(
                        DEMO,
                        demo.dialect(),
                        demo.also(),
                        overrides.demo().baseUrl(),
                        demo.auth(),
                        demo.credential(),
                        demo.stopsOnDisconnect(),
                        demo.maxTokensField()));
    }

    private Map<String, Secret> demoCredential(Catalogue catalogue) {
        Overrides.Demo demo = overrides.demo();
        return demo == null
                ? Map.of()
                : catalogue
                        .provider(DEMO)
                        .flatMap(provider -> Optional.ofNullable(provider.credential()))
                        .map(name -> Map.of(name, demo.credential()))
                        .orElse(Map.of());
    }

    /* Without the agents every target would look dangling; then only the shape of the file is checked. */
    private void schedules(Source source, ScheduleReader schedules, boolean areAgentsKnown) {
        if (areAgentsKnown) {
            Tree.yaml(source, problems).ifPresent(schedules::read);
        } else {
            YamlReader.check(source, problems);
        }
    }

    /* Without the agents every hook would look dangling; then only the shape of the file is checked. */
    private void hooks(Source source, HookReader hooks, boolean areAgentsKnown) {
        if (areAgentsKnown) {
            Tree.yaml(source, problems).ifPresent(hooks::read);
        } else {
            YamlReader.check(source, problems);
        }
    }

    private static Map<String, Schedule.Spec> jobs(ScheduleReader schedules, WorkflowReader workflows) {
        Map<String, Schedule.Spec> jobs = new HashMap<>(schedules.jobs());
        jobs.putAll(workflows.jobs());
        return jobs;
    }

    private void unread() {
        for (String name : files.unread()) {
            warnings.add("config/" + Tree.shown(name) + " is not read" + Nearest.hint(name, ConfigFiles.NAMES));
        }
        for (String name : files.unreadWorkflows()) {
            warnings.add("config/workflows/" + Tree.shown(name) + " is not read: a workflow is a file *.yaml");
        }
    }
}
