package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Glob;
import ai.openlegion.acl.Operation;
import ai.openlegion.blackboard.BlackboardKey;
import ai.openlegion.routes.Permission;
import ai.openlegion.schedule.JobJson;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Probe;
import ai.openlegion.schedule.Schedule.Spec;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `/mesh/cron`: an agent's own jobs.
final class CronRoutes {

    private static final String PATH = "/mesh/cron";
    private static final int SCHEDULE_CHARS = 256;
    private static final int ZONE_CHARS = 64;
    private static final int WORKFLOW_CHARS = 128;
    private static final int MESSAGE_CHARS = 64 * 1024;
    private static final int PATTERNS = 20;
    private static final Pattern JOB = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Set<String> MISFIRES = Set.of("skip", "once");

    private CronRoutes() {}

    static void add(Router router, Crossings crossings) {
        Permission cron = Permission.of(Operation.CRON);
        crossings.json(router, HttpMethod.POST, PATH, cron, Crossing.CRON, CronRoutes::create);
        crossings.plain(router, HttpMethod.GET, PATH, cron, Crossing.CRON, CronRoutes::list);
        crossings.json(router, HttpMethod.PUT, PATH + "/*", cron, Crossing.CRON, CronRoutes::change);
        crossings.plain(router, HttpMethod.DELETE, PATH + "/*", cron, Crossing.CRON, CronRoutes::remove);
    }

    private static void create(Visit visit, Input input) {
        String schedule = input.name("schedule", SCHEDULE_CHARS);
        String zone = input.optionalName("zone", ZONE_CHARS);
        Misfire misfire = misfire(input);
        String workflow = input.optionalName("workflow", WORKFLOW_CHARS);
        String message = input.text("message", "", MESSAGE_CHARS);
        String payload = input.object("input", "{}");
        Boolean heartbeat = input.truth("heartbeat");
        Boolean enabled = input.truth("enabled");
        List<Probe> probes = probes(input);
        String resource = workflow == null ? visit.agent().value() : workflow;
        if (!isSound(visit, input)
                || !visit.mayLook(Operation.CRON, "", "cron.add")
                || (workflow != null && !visit.mayLook(Operation.RUN_WORKFLOW, workflow, "cron.add"))
                || !visit.may(Operation.CRON, resource, "cron.add")) {
            return;
        }
        var spec = new Spec(
                schedule,
                zone == null ? "UTC" : zone,
                misfire == null ? Misfire.SKIP : misfire,
                workflow == null ? visit.agent() : null,
                workflow,
                message,
                payload,
                heartbeat != null && heartbeat,
                probes,
                enabled == null || enabled);
        visit.ask(
                Schedule.ADD,
                new Schedule.Add(visit.agent(), spec),
                outcome -> changed(visit, "cron.add", resource, outcome, JobJson::write));
    }

    private static @Nullable Misfire misfire(Input input) {
        String word = input.word("misfire", MISFIRES);
        return word == null || !MISFIRES.contains(word) ? null : Misfire.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static List<Probe> probes(Input input) {
        List<Probe> probes = new ArrayList<>();
        input.members("probes").ifPresent(given -> {
            Boolean inbox = given.truth("inbox");
            if (inbox != null && inbox) {
                probes.add(new Schedule.PendingInbox());
            }
            for (String pattern : given.names("blackboard", PATTERNS, BlackboardKey.MAX_CHARS)) {
                Glob.flaw(pattern).ifPresent(flaw -> given.flawed(400, "A probe's pattern " + flaw));
                probes.add(new Schedule.BlackboardMatch(pattern));
            }
            if (given.has("http")) {
                given.flawed(400, "Only schedules.yaml may name an HTTP probe");
            }
            Input.Flaw flaw = given.flaw();
            if (flaw != null) {
                input.flawed(flaw.status(), flaw.detail());
            }
        });
        return probes;
    }

    private static void list(Visit visit, Input input) {
        if (!visit.mayLook(Operation.CRON, "", "cron.list")) {
            return;
        }
        visit.ask(Schedule.LIST, new Schedule.ListJobs(visit.agent()), listed -> {
            switch (listed) {
                case Schedule.Jobs jobs -> visit.ok(json -> jobs(json, jobs.jobs()));
                case Schedule.Unavailable unavailable -> visit.unavailable();
            }
        });
    }

    private static void change(Visit visit, Input input) {
        String schedule = input.optionalName("schedule", SCHEDULE_CHARS);
        String zone = input.optionalName("zone", ZONE_CHARS);
        Misfire misfire = misfire(input);
        String message = input.has("message") ? input.text("message", "", MESSAGE_CHARS) : null;
        Boolean enabled = input.truth("enabled");
        String id = id(visit);
        if (!isSound(visit, input) || id == null || !visit.may(Operation.CRON, id, "cron.change")) {
            return;
        }
        visit.ask(
                Schedule.CHANGE,
                new Schedule.Change(visit.agent(), id, schedule, zone, misfire, message, enabled),
                outcome -> changed(visit, "cron.change", id, outcome, (json, job) -> {
                    json.writeStartObject();
                    json.writeStringField("status", "updated");
                    json.writeFieldName("job");
                    JobJson.write(json, job);
                    json.writeEndObject();
                }));
    }

    private static void remove(Visit visit, Input input) {
        String id = id(visit);
        if (id == null || !visit.may(Operation.CRON, id, "cron.remove")) {
            return;
        }
        visit.ask(
                Schedule.REMOVE,
                new Schedule.Remove(visit.agent(), id),
                outcome -> changed(visit, "cron.remove", id, outcome, (json, job) -> {
                    json.writeStartObject();
                    json.writeBooleanField("removed", true);
                    json.writeStringField("id", id);
                    json.writeEndObject();
                }));
    }

    /// The job a path names; null where no job can be named so, which has been answered.
    private static @Nullable String id(Visit visit) {
        String path = visit.path();
        String id = path.startsWith(PATH + "/") ? path.substring(PATH.length() + 1) : "";
        if (JOB.matcher(id).matches()) {
            return id;
        }
        unknown(visit);
        return null;
    }

    private static void unknown(Visit visit) {
        visit.refuse(404, "There is no such job of this agent");
    }

    /// How a job that stands is told.
    private interface JobAnswer {
        void write(JsonGenerator json, Job job) throws IOException;
    }

    private static void changed(
            Visit visit, String action, String resource, Schedule.Changed outcome, JobAnswer answer) {
        switch (outcome) {
            case Schedule.Done done -> visit.ok(json -> answer.write(json, done.job()));
            case Schedule.UnknownJob no -> {
                visit.undone(action, resource, "unknown job");
                unknown(visit);
            }
            case Schedule.InFile inFile -> {
                visit.undone(action, resource, "in schedules.yaml");
                visit.refuse(409, "The job stands in schedules.yaml, where alone it can be changed");
            }
            case Schedule.Invalid invalid -> {
                visit.undone(action, resource, "invalid");
                visit.refuse(400, invalid.why());
            }
            case Schedule.TooMany tooMany -> {
                visit.undone(action, resource, "too many");
                visit.refuse(409, "The agent has " + tooMany.limit() + " jobs, the most it may");
            }
            case Schedule.Unavailable unavailable -> visit.unavailable();
        }
    }

    static void jobs(JsonGenerator json, List<Job> jobs) throws IOException {
        json.writeStartArray();
        for (Job each : jobs) {
            JobJson.write(json, each);
        }
        json.writeEndArray();
    }
}
