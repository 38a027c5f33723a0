package ai.openlegion.config;

import ai.openlegion.acl.Glob;
import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Probe;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.schedule.Timetable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The reading of `schedules.yaml`: jobs that send a message or run a workflow when their time has come.
final class ScheduleReader {

    static final int MAX_JOBS = 10_000;

    private static final int PROBES_MAX = 16;

    /// Jobs that are made while the mesh runs are called so.
    private static final String TAKEN = "cron_";

    private final Set<AgentId> agents;
    private final WorkflowNames workflows;
    private final List<String> warnings;
    private final Map<String, Spec> jobs = new LinkedHashMap<>();

    ScheduleReader(Set<AgentId> agents, WorkflowNames workflows, List<String> warnings) {
        this.agents = agents;
        this.workflows = workflows;
        this.warnings = warnings;
    }

    /// The jobs by name.
    Map<String, Spec> jobs() {
        return jobs;
    }

    /// Reads the root of the file.
    void read(Tree root) {
        Map<String, Tree> entries = root.section("schedules").sections();
        if (entries.size() > MAX_JOBS) {
            root.problem("schedules", "must have at most " + MAX_JOBS + " entries");
        }
        entries.forEach((name, entry) -> {
            if (!Names.SERVICE.matcher(name).matches()) {
                entry.problem("must be a name of 1 to 64 letters, digits, - and _, a letter or digit first");
            } else if (name.startsWith(TAKEN)) {
                entry.problem("must not begin with " + TAKEN + ", as jobs do that are made while the mesh runs");
            }
            jobs.put(name, job(entry));
            entry.end();
        });
        root.end();
    }

    private Spec job(Tree entry) {
        String schedule = entry.requiredKey("schedule") ? schedule(entry) : "";
        String zone = entry.text("zone").orElse("UTC");
        if (Timetable.zone(zone).isEmpty()) {
            entry.problem("zone", "must be the IANA name of a time zone, such as UTC or Europe/Berlin");
        }
        Misfire misfire = entry.choice("misfire", List.of("skip", "once"))
                .map(word -> word.equals("once") ? Misfire.ONCE : Misfire.SKIP)
                .orElse(Misfire.SKIP);
        Optional<AgentId> agent = agent(entry);
        Optional<String> workflow = workflow(entry);
        String message = entry.prose("message", Schedule.LONGEST_MESSAGE);
        String input = input(entry);
        boolean heartbeat = entry.flag("heartbeat", false);
        List<Probe> probes = probes(entry.section("probes"));
        boolean enabled = entry.flag("enabled", true);
        together(entry, heartbeat);
        return new Spec(
                schedule,
                zone,
                misfire,
                agent.orElse(null),
                workflow.orElse(null),
                message,
                input,
                heartbeat,
                probes,
                enabled);
    }

    private static String schedule(Tree entry) {
        String text = entry.text("schedule").orElse("");
        if (!text.isEmpty() && Timetable.parse(text) instanceof Timetable.Flawed(String why)) {
            entry.problem("schedule", why);
        }
        return text;
    }

    private Optional<AgentId> agent(Tree entry) {
        Optional<String> name = entry.text("agent");
        Optional<AgentId> agent = name.flatMap(AgentId::parse).filter(agents::contains);
        if (name.isPresent() && agent.isEmpty()) {
            List<String> names = agents.stream().map(AgentId::value).toList();
            entry.problem("agent", "config/agents.yaml has no agent of this name" + Nearest.hint(name.get(), names));
        }
        return agent;
    }

    private Optional<String> workflow(Tree entry) {
        Optional<String> name = entry.text("workflow");
        name.flatMap(workflows::flaw).ifPresent(flaw -> {
            if (workflows.isComplete()) {
                entry.problem("workflow", flaw);
            } else {
                warnings.add(entry.remark("workflow", flaw));
            }
        });
        return name;
    }

    private static String input(Tree entry) {
        String input = entry.json("input");
        if (input.getBytes(StandardCharsets.UTF_8).length > Schedule.LONGEST_INPUT) {
            entry.problem("input", "must have at most " + Schedule.LONGEST_INPUT / 1024 + " KiB as JSON");
        }
        return input;
    }

    /* What makes sense alone may make none with the others. */
    private static void together(Tree entry, boolean heartbeat) {
        boolean isMessage = entry.has("agent");
        if (isMessage == entry.has("workflow")) {
            entry.problem("must have an agent, which gets the message, or a workflow, which runs; one of the two");
        } else if (isMessage && entry.has("input")) {
            entry.problem("input", "is of a workflow; an agent gets a message");
        } else if (!isMessage && entry.has("message")) {
            entry.problem("message", "is for an agent; a workflow gets an input");
        } else if (!isMessage && heartbeat) {
            entry.problem("heartbeat", "wakes an agent; a workflow has none");
        }
        if (entry.has("probes") && !heartbeat) {
            entry.problem("probes", "are asked by a heartbeat; set heartbeat: true");
        }
    }

    private static List<Probe> probes(Tree section) {
        List<Probe> probes = new ArrayList<>();
        if (section.flag("inbox", false)) {
            probes.add(new Schedule.PendingInbox());
        }
        for (Tree.Text pattern : section.texts("blackboard")) {
            flaw(pattern.value())
                    .ifPresentOrElse(
                            flaw -> section.problem(pattern, "the pattern " + flaw),
                            () -> probes.add(new Schedule.BlackboardMatch(pattern.value())));
        }
        for (Tree address : section.mappings("http")) {
            int expected = address.integer("expect", 0, 100, 599);
            if (address.requiredKey("url")) {
                url(address).ifPresent(url -> probes.add(new Schedule.HttpStatus(url, expected)));
            }
            address.end();
        }
        section.end();
        if (probes.size() > PROBES_MAX) {
            section.problem("must be at most " + PROBES_MAX);
        }
        return probes;
    }

    private static Optional<String> flaw(String pattern) {
        return pattern.length() > Schedule.LONGEST_PATTERN
                ? Optional.of("must have at most " + Schedule.LONGEST_PATTERN + " characters")
                : Glob.flaw(pattern);
    }

    private static Optional<String> url(Tree address) {
        Optional<String> text = address.text("url");
        if (text.isPresent() && !isAddress(text.get())) {
            address.problem(
                    "url",
                    "must be an http or https URL without user or fragment, such as"
                            + " https://api.example.com/health");
            return Optional.empty();
        }
        return text;
    }

    private static boolean isAddress(String text) {
        try {
            URI url = new URI(text);
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            return http
                    && url.getHost() != null
                    && url.getPort() != 0
                    && url.getPort() <= 65_535
                    && url.getRawUserInfo() == null
                    && url.getRawFragment() == null;
        } catch (URISyntaxException malformed) {
            return false;
        }
    }
}
