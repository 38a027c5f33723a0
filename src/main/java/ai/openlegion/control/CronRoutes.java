package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.schedule.JobJson;
import ai.openlegion.schedule.Schedule;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Predicate;

/// The schedule as the operator sees and changes it: the jobs of all agents, of the file, and the operator's own.
final class CronRoutes {

    private static final String JOBS = "/control/cron";
    private static final String JOB = JOBS + "/:job";

    private final Bus bus;
    private final OperatorLog log;

    CronRoutes(Bus bus, OperatorLog log) {
        this.bus = bus;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get(
                JOBS,
                context -> list(job -> true).map(found -> switch (found) {
                    case Schedule.Jobs(List<Schedule.Job> jobs) ->
                        Answer.ok(json -> {
                            json.writeStartArray();
                            for (Schedule.Job job : jobs) {
                                JobJson.write(json, job);
                            }
                            json.writeEndArray();
                        });
                    case Schedule.Unavailable() -> Answers.storeUnavailable();
                }));
        routes.get(JOB, this::get);
        routes.object(HttpMethod.POST, JOBS, this::add);
        routes.object(HttpMethod.PUT, JOB, this::change);
        routes.delete(JOB, this::remove);
    }

    private Future<Schedule.Listed> list(Predicate<Schedule.Job> wanted) {
        return bus.ask(Schedule.LIST, new Schedule.ListJobs(null)).map(listed -> switch (listed) {
            case Schedule.Jobs(List<Schedule.Job> jobs) ->
                new Schedule.Jobs(jobs.stream().filter(wanted).toList());
            case Schedule.Unavailable unavailable -> unavailable;
        });
    }

    private Future<Answer> get(RoutingContext context) {
        String id = id(context);
        return list(job -> job.id().equals(id)).map(found -> switch (found) {
            case Schedule.Jobs(List<Schedule.Job> jobs) ->
                jobs.isEmpty() ? unknown() : Answer.ok(json -> JobJson.write(json, jobs.getFirst()));
            case Schedule.Unavailable() -> Answers.storeUnavailable();
        });
    }

    private Future<Answer> add(RoutingContext context, Members body) {
        return switch (JobBody.spec(body)) {
            case JobBody.Flawed(Answer answer) -> Future.succeededFuture(answer);
            case JobBody.Given(Schedule.Spec spec) ->
                log.accountable(() -> bus.ask(Schedule.ADD, new Schedule.Add(null, spec))
                        .map(changed -> changed(context, "cron.add", target(spec), 201, changed)));
        };
    }

    private Future<Answer> change(RoutingContext context, Members body) {
        String id = id(context);
        return switch (JobBody.change(id, body)) {
            case JobBody.Unchanged(Answer answer) -> Future.succeededFuture(answer);
            case JobBody.Changing(Schedule.Change change) ->
                log.accountable(() -> bus.ask(Schedule.CHANGE, change)
                        .map(changed -> changed(context, "cron.change", id, 200, changed)));
        };
    }

    private Future<Answer> remove(RoutingContext context) {
        String id = id(context);
        return log.accountable(() -> bus.ask(Schedule.REMOVE, new Schedule.Remove(null, id))
                .map(changed -> changed(context, "cron.remove", id, 200, changed)));
    }

    /// @param resource the job's id, or for a new job whom it would be for
    private Answer changed(RoutingContext context, String action, String resource, int done, Schedule.Changed changed) {
        return switch (changed) {
            case Schedule.Done(Schedule.Job job) -> {
                log.record(context, action, job.id(), "allowed");
                yield Answer.of(done, json -> JobJson.write(json, job));
            }
            case Schedule.UnknownJob() -> {
                log.record(context, action, resource, "refused: unknown job");
                yield unknown();
            }
            case Schedule.InFile() -> {
                log.record(context, action, resource, "refused: stands in the file");
                yield Answer.refused(409, "this job stands in config/schedules.yaml; change it there and reload");
            }
            case Schedule.Invalid(String why) -> {
                log.record(context, action, resource, "refused: " + why);
                yield Answer.refused(400, why);
            }
            case Schedule.TooMany(int limit) -> {
                log.record(context, action, resource, "refused: too many jobs");
                yield Answer.refused(409, "there are " + limit + " jobs already");
            }
            case Schedule.Unavailable() -> Answers.storeUnavailable();
        };
    }

    private static String target(Schedule.Spec spec) {
        AgentId agent = spec.agent();
        return agent == null ? String.valueOf(spec.workflow()) : agent.value();
    }

    private static Answer unknown() {
        return Answer.refused(404, "there is no such job");
    }

    private static String id(RoutingContext context) {
        return String.valueOf(context.pathParam("job"));
    }
}
