package ai.openlegion.control;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Misfire;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a request says about a job, read strictly as to types; whether it makes sense, the schedule says.
final class JobBody {

    private static final Set<String> FIXED = Set.of("agent", "workflow", "input", "heartbeat");

    private JobBody() {}

    /// What a request for a new job came to.
    sealed interface Added {}

    /// A job to add.
    record Given(Schedule.Spec spec) implements Added {}

    /// No job.
    record Flawed(Answer answer) implements Added {}

    /// What a request to change a job came to.
    sealed interface Changed {}

    /// What to change.
    record Changing(Schedule.Change change) implements Changed {}

    /// No change.
    record Unchanged(Answer answer) implements Changed {}

    /// A new job of the operator: `{schedule, zone?, misfire?, agent|workflow, message?, input?, heartbeat?,
    /// enabled?}`.
    static Added spec(Members body) {
        List<String> flaws = typeFlaws(body);
        String schedule = body.string("schedule");
        if (schedule == null) {
            flaws.add("schedule must be given: five cron fields, or every 30m");
        }
        if (body.has("agent") == body.has("workflow")) {
            flaws.add("either agent or workflow must be given");
        }
        if (body.has("probes")) {
            flaws.add("probes stand in config/schedules.yaml only; a heartbeat without them looks at the inbox");
        }
        Misfire misfire = misfire(body.string("misfire"), flaws);
        String named = body.string("agent");
        Optional<AgentId> agent = named == null ? Optional.empty() : AgentId.parse(named);
        if (named != null && agent.isEmpty()) {
            flaws.add("agent is not an agent's id");
        }
        if (schedule == null || !flaws.isEmpty()) {
            return new Flawed(Answer.refused(422, String.join("; ", flaws)));
        }
        String zone = body.string("zone");
        String message = body.string("message");
        String input = body.raw("input");
        return new Given(new Schedule.Spec(
                schedule,
                zone == null ? "UTC" : zone,
                misfire == null ? Misfire.SKIP : misfire,
                agent.orElse(null),
                body.string("workflow"),
                message == null ? "" : message,
                input == null ? "{}" : input,
                body.truth("heartbeat", false),
                List.of(),
                body.truth("enabled", true)));
    }

    /// A change: any of `{schedule, zone, misfire, message, enabled}`.
    static Changed change(String id, Members body) {
        List<String> flaws = typeFlaws(body);
        FIXED.stream()
                .sorted()
                .filter(body::has)
                .forEach(name -> flaws.add(name + " cannot be changed; add a new job"));
        Misfire misfire = misfire(body.string("misfire"), flaws);
        if (!flaws.isEmpty()) {
            return new Unchanged(Answer.refused(422, String.join("; ", flaws)));
        }
        Schedule.Change change = new Schedule.Change(
                null,
                id,
                body.string("schedule"),
                body.string("zone"),
                misfire,
                body.string("message"),
                body.has("enabled") ? body.truth("enabled", true) : null);
        boolean empty = change.equals(new Schedule.Change(null, id, null, null, null, null, null));
        return empty
                ? new Unchanged(
                        Answer.refused(422, "one of schedule, zone, misfire, message and enabled must be given"))
                : new Changing(change);
    }

    private static List<String> typeFlaws(Members body) {
        List<String> flaws = new ArrayList<>();
        for (String name : List.of("schedule", "zone", "misfire", "agent", "workflow", "message")) {
            if (body.has(name) && !body.isString(name)) {
                flaws.add(name + " must be a string");
            }
        }
        for (String name : List.of("heartbeat", "enabled")) {
            if (body.has(name) && !body.isBoolean(name)) {
                flaws.add(name + " must be true or false");
            }
        }
        if (body.has("input") && !body.isObject("input")) {
            flaws.add("input must be an object");
        }
        return flaws;
    }

    private static @Nullable Misfire misfire(@Nullable String text, List<String> flaws) {
        if (text == null) {
            return null;
        }
        for (Misfire misfire : Misfire.values()) {
            if (misfire.name().equalsIgnoreCase(text)) {
                return misfire;
            }
        }
        flaws.add("misfire must be skip or once");
        return null;
    }
}
