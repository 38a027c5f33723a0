package ai.openlegion.config;

import ai.openlegion.acl.Glob;
import ai.openlegion.budget.Limits;
import ai.openlegion.catalogue.Model;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The reading of `agents.yaml`.
final class AgentReader {

    static final int MAX_AGENTS = 10_000;

    private static final int LONGEST_ROLE = 1_000;
    private static final int LONGEST_INSTRUCTIONS = 100_000;
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[]");

    private final MeshSettings settings;
    private final @Nullable RuntimeKind flag;
    private final ModelNames models;
    private final Map<String, List<Model>> failovers;
    private final List<String> warnings;
    private final ProgramReader programs;
    private final Map<AgentId, Agent> agents = new LinkedHashMap<>();
    private final Set<AgentId> ids = new LinkedHashSet<>();
    private final Set<String> providersUsed = new LinkedHashSet<>();

    AgentReader(
            MeshSettings settings,
            @Nullable RuntimeKind flag,
            ModelNames models,
            Map<String, List<Model>> failovers,
            List<String> warnings) {
        this.settings = settings;
        this.flag = flag;
        this.models = models;
        this.failovers = failovers;
        this.warnings = warnings;
        this.programs = new ProgramReader(warnings);
    }

    /// Every agent without a problem, in the order of the file.
    Map<AgentId, Agent> agents() {
        return agents;
    }

    /// The ids of all agents, also of those with a problem.
    Set<AgentId> ids() {
        return ids;
    }

    /// The names of the providers that some agent's models name.
    Set<String> providersUsed() {
        return providersUsed;
    }

    /// Reads the root of the file.
    void read(Tree root) {
        Map<String, Tree> entries = root.section("agents").sections();
        if (entries.size() > MAX_AGENTS) {
            root.problem("agents", "must have at most " + MAX_AGENTS + " entries");
        }
        entries.forEach((name, entry) -> {
            Optional<AgentId> id = AgentId.parse(name);
            if (id.isEmpty()) {
                entry.problem(
                        AgentId.isReserved(name)
                                ? "is a reserved name; choose another"
                                : "must be 1 to 64 letters, digits, - and _, a letter or digit first");
            }
            id.ifPresent(ids::add);
            Optional<Agent> agent = read(id, entry);
            entry.end();
            agent.ifPresent(read -> agents.put(read.id(), read));
        });
        root.end();
    }

    private Optional<Agent> read(Optional<AgentId> id, Tree entry) {
        String role = entry.prose("role", LONGEST_ROLE);
        String instructions = entry.prose("instructions", LONGEST_INSTRUCTIONS);
        RuntimeKind runtime = runtime(entry);
        Tree budget = entry.section("budget");
        Limits limits = LimitsReader.read(budget, "daily_usd", "monthly_usd", settings.agentDefaults());
        budget.end();
        Agent.Program program = programs.read(entry, runtime);
        URI push = push(entry, runtime);
        Optional<Model> model = entry.requiredKey("model") ? model(entry) : Optional.empty();
        List<String> globs = globs(entry, model);
        return id.flatMap(agent -> model.map(
                own -> new Agent(agent, role, own.id(), globs, runtime, program, limits, push, instructions, null)));
    }

    private Optional<Model> model(Tree entry) {
        Optional<ModelNames.Answer> answer = entry.text("model").map(models::find);
        answer.filter(none -> none.model().isEmpty()).ifPresent(none -> entry.problem("model", none.flaw()));
        Optional<Model> model = answer.flatMap(ModelNames.Answer::model);
        model.ifPresent(known -> {
            providersUsed.add(known.provider().name());
            if (known.kind() != Model.Kind.CHAT) {
                entry.problem("model", "is an embedding model; an agent's own model must be one for chat");
            }
        });
        return model;
    }

    /* The default: its own model and those that may stand in for it. */
    private List<String> globs(Tree entry, Optional<Model> model) {
        List<String> globs = new ArrayList<>();
        if (!entry.has("models")) {
            model.ifPresent(own -> {
                globs.add(own.id());
                for (Model other : failovers.getOrDefault(own.id(), List.of())) {
                    globs.add(other.id());
                    providersUsed.add(other.provider().name());
                }
            });
            return globs;
        }
        for (Tree.Text text : entry.texts("models")) {
            Optional<String> flaw = Glob.flaw(text.value());
            if (flaw.isPresent()) {
                entry.problem(text, "the pattern " + flaw.get());
            } else {
                globs.add(concrete(entry, text));
            }
        }
        model.filter(own -> globs.stream().noneMatch(glob -> Glob.compile(glob).matches(own.id())))
                .ifPresent(own -> warnings.add(entry.remark("models", "does not cover the agent's own model")));
        return globs;
    }

    /* A pattern without wildcards is a model's name, and may be a bare one. */
    private String concrete(Tree entry, Tree.Text text) {
        String pattern = text.value();
        int slash = pattern.indexOf('/');
        if (WILDCARD.matcher(pattern).find()) {
            String provider = slash < 0 ? "" : pattern.substring(0, slash);
            if (Names.PROVIDER.matcher(provider).matches()) {
                providersUsed.add(provider);
            }
            return pattern;
        }
        ModelNames.Answer answer = models.find(pattern);
        if (answer.model().isEmpty()) {
            warnings.add(entry.remark(text, answer.flaw()));
            return pattern;
        }
        providersUsed.add(answer.model().get().provider().name());
        return answer.model().get().id();
    }

    private RuntimeKind runtime(Tree entry) {
        RuntimeKind usual = settings.runtime().kind();
        RuntimeKind kind = entry.choice("runtime", RuntimeKind.keys())
                .flatMap(RuntimeKind::parse)
                .orElse(usual);
        // a flag is for agents that name none; whoever asks for more on the command line must not believe they got it
        if (flag != null && kind.isWeakerThan(flag)) {
            warnings.add(entry.remark(
                    "runtime", "stays " + kind.key() + ": --runtime " + flag.key() + " is for agents that name none"));
        }
        return kind;
    }

    private @Nullable URI push(Tree entry, RuntimeKind runtime) {
        if (!entry.has("push")) {
            return null;
        }
        Optional<URI> address = BaseUrl.read(entry, "push");
        if (runtime != RuntimeKind.EXTERNAL) {
            warnings.add(entry.remark("push", "has no effect: it is for agents with runtime external"));
            return null;
        }
        return address.orElse(null);
    }
}
