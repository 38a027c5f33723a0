package ai.openlegion.config;

import ai.openlegion.acl.Glob;
import ai.openlegion.config.StepReader.Draft;
import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Timetable;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.KeyTemplate;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The reading of `config/workflows/*.yaml`, one workflow a file: each by itself, then what they are to each other.
final class WorkflowReader {

    /// Of a run and of a step: a week, as long as a task may take.
    static final int MOST_SECONDS = 7 * 86_400;

    static final int MOST_STEPS = 256;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[]");
    private static final int TIMEOUT = 600;
    private static final int TOPIC_CHARS = 256;

    private final @Nullable Set<AgentId> agents;
    private final boolean skipInvalid;
    private final Problems problems;
    private final List<String> warnings;
    private final List<Read> files = new ArrayList<>();
    private final List<Read> valid = new ArrayList<>();

    /// @param agents null = not known, and any will do
    /// @param skipInvalid whether a file with a problem is left out, with a warning
    WorkflowReader(@Nullable Set<AgentId> agents, boolean skipInvalid, Problems problems, List<String> warnings) {
        this.agents = agents;
        this.skipInvalid = skipInvalid;
        this.problems = problems;
        this.warnings = warnings;
    }

    /// A file as it was read; where it has a problem, its workflow is not for use.
    ///
    /// @param root null where the file is no mapping at all
    private record Read(Problems problems, @Nullable Tree root, Optional<Workflow> workflow, List<Draft> steps) {}

    /// Reads them all.
    void read(ConfigFiles sources) {
        for (String name : sources.workflows()) {
            Problems own = new Problems();
            Optional<Source> source = sources.own(name, own);
            files.add(source.isPresent() ? file(source.get()) : new Read(own, null, Optional.empty(), List.of()));
        }
        sameNames();
        circles();
        for (Read file : files) {
            if (!file.problems().any() && file.workflow().isPresent()) {
                valid.add(file);
            }
            file.problems().list().forEach(problem -> {
                if (skipInvalid) {
                    warnings.add(problem + "; skipped");
                } else {
                    problems.add(problem.file(), problem.line(), problem.key(), problem.message());
                }
            });
        }
    }

    /// Those without a problem, in the order of their files.
    List<Workflow> workflows() {
        return valid.stream().flatMap(file -> file.workflow().stream()).toList();
    }

    /// The names that others may name: also of a file with a problem, unless it is left out.
    WorkflowNames names() {
        Set<String> names = new TreeSet<>();
        (skipInvalid ? valid : files)
                .forEach(file -> file.workflow().map(Workflow::name).ifPresent(names::add));
        names.remove("");
        return new WorkflowNames(names, valid.size() == files.size());
    }

    /// The jobs that start those with a schedule, by name.
    Map<String, Schedule.Spec> jobs() {
        Map<String, Schedule.Spec> jobs = new LinkedHashMap<>();
        for (Workflow workflow : workflows()) {
            if (workflow.schedule() != null) {
                jobs.put(
                        "workflow:" + workflow.name(),
                        new Schedule.Spec(
                                workflow.schedule(),
                                "UTC",
                                Schedule.Misfire.SKIP,
                                null,
                                workflow.name(),
                                "",
                                "{}",
                                false,
                                List.of(),
                                true));
            }
        }
        return jobs;
    }

    /// Warns of steps whose agent certainly may not read what it would get.
    void compare(PermissionReader permissions) {
        for (Read file : valid) {
            for (Draft draft : file.steps()) {
                Step step = draft.step();
                if (step.input() instanceof InputFrom.Board(KeyTemplate key)) {
                    for (AgentId agent : who(step)) {
                        if (permissions.grants(agent).blackboardRead().stream()
                                .noneMatch(glob -> mayMatch(glob, key))) {
                            warnings.add(draft.entry()
                                    .remark("input_from", agent + " has no blackboard_read for such a key"));
                        }
                    }
                }
            }
        }
    }

    private static Set<AgentId> who(Step step) {
        Set<AgentId> agents = new LinkedHashSet<>();
        if (step.agent() != null) {
            agents.add(step.agent());
        }
        if (step.fallbackAgent() != null) {
            agents.add(step.fallbackAgent());
        }
        return agents;
    }

    /* Up to the first wildcard and the first variable both are plain text, and one must begin with the other. */
    private static boolean mayMatch(String glob, KeyTemplate key) {
        int variable = key.text().indexOf('{');
        if (variable < 0) {
            return Glob.compile(glob).matches(key.text());
        }
        String fixed = key.text().substring(0, variable);
        String plain = WILDCARD.split(glob, 2)[0];
        return plain.startsWith(fixed) || (fixed.startsWith(plain) && plain.length() < glob.length());
    }

    private Read file(Source source) {
        Problems found = new Problems();
        Tree root = Tree.yaml(source, found).orElse(null);
        if (root == null) {
            return new Read(found, null, Optional.empty(), List.of());
        }
        String name = root.requiredKey("name") ? name(root) : "";
        int seconds = root.integer("timeout", TIMEOUT, 1, MOST_SECONDS);
        StepReader reader = new StepReader(agents, seconds, warnings);
        List<Draft> steps = steps(root, found).stream().map(reader::read).toList();
        StepGraph.check(steps);
        Tree budget = root.section("budget");
        Workflow workflow = new Workflow(
                name,
                source.file(),
                Names.plain(root, "trigger", TOPIC_CHARS).orElse(null),
                schedule(root),
                seconds,
                Names.plain(root, "on_complete", TOPIC_CHARS).orElse(null),
                LimitsReader.amount(budget, "max_usd").orElse(null),
                steps.stream().map(Draft::step).toList());
        if (root.has("budget") && !budget.has("max_usd")) {
            root.problem("budget", "must have max_usd, the most one run may spend");
        }
        budget.end();
        root.end();
        return new Read(found, root, Optional.of(workflow), steps);
    }

    private static String name(Tree root) {
        String name = root.text("name").orElse("");
        if (!name.isEmpty() && !NAME.matcher(name).matches()) {
            root.problem("name", "must be 1 to 64 letters, digits, _, . and -, a letter, a digit or _ first");
            return "";
        }
        return name;
    }

    private static List<Tree> steps(Tree root, Problems found) {
        int before = found.list().size();
        List<Tree> steps = root.requiredKey("steps") ? root.mappings("steps") : List.of();
        if (steps.isEmpty() && found.list().size() == before) {
            root.problem("steps", "must have at least one step");
        } else if (steps.size() > MOST_STEPS) {
            root.problem("steps", "must have at most " + MOST_STEPS + " steps");
            return List.of();
        }
        return steps;
    }

    private static @Nullable String schedule(Tree root) {
        Optional<String> text = root.text("schedule");
        if (text.isPresent() && Timetable.parse(text.get()) instanceof Timetable.Flawed(String why)) {
            root.problem("schedule", why);
        }
        return text.orElse(null);
    }

    private void sameNames() {
        Map<String, String> byName = new LinkedHashMap<>();
        for (Read file : files) {
            String name = file.workflow().map(Workflow::name).orElse("");
            String path = file.workflow().map(Workflow::file).orElse("");
            String earlier = name.isEmpty() ? null : byName.putIfAbsent(name, path);
            if (earlier != null && file.root() != null) {
                file.root().problem("name", "is already the name of the workflow in " + earlier);
            }
        }
    }

    /* A run whose end starts another, and so on round to the first, would never stop spending. */
    private void circles() {
        Map<String, Read> byFile = new LinkedHashMap<>();
        Map<String, List<String>> starts = new LinkedHashMap<>();
        for (Read file : files) {
            file.workflow()
                    .filter(_ -> !file.problems().any())
                    .ifPresent(workflow -> byFile.put(workflow.name(), file));
        }
        byFile.forEach((name, file) -> {
            String topic = file.workflow().map(Workflow::onComplete).orElse(null);
            List<String> started = byFile.values().stream()
                    .flatMap(other -> other.workflow().stream())
                    .filter(other -> topic != null && topic.equals(other.trigger()))
                    .map(Workflow::name)
                    .toList();
            starts.put(name, started);
        });
        Cycles.of(starts).forEach((name, cycle) -> {
            Read file = byFile.get(name);
            Tree root = file == null ? null : file.root();
            if (root != null) {
                root.problem(
                        "on_complete",
                        "would go round for ever: " + Cycles.text(cycle) + ", each is the trigger of the next");
            }
        });
    }
}
