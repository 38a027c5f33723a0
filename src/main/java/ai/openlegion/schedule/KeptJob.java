package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.Schedule.Spec;
import java.time.ZoneId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A job with the rules of its timetable and how it stands; immutable.
record KeptJob(
        String id,
        @Nullable AgentId owner,
        boolean fromFile,
        Spec spec,
        Clockwork clockwork,
        long createdMillis,
        Standing standing) {

    /// The rules of a specification; nothing when its expression or zone makes no sense.
    static Optional<Clockwork> rules(Spec spec) {
        Optional<ZoneId> zone = Timetable.zone(spec.zone());
        return switch (Timetable.parse(spec.schedule())) {
            case Timetable.Parsed(Timetable timetable) ->
                zone.map(known -> new Clockwork(timetable, known, spec.misfire()));
            case Timetable.Flawed _ -> Optional.empty();
        };
    }

    /// What a stored moment belongs to: under another timetable it means nothing.
    static String fingerprint(Spec spec) {
        return spec.schedule() + " " + spec.zone();
    }

    KeptJob with(Standing next) {
        return new KeptJob(id, owner, fromFile, spec, clockwork, createdMillis, next);
    }

    /// The job under a changed specification. What is paused, resumed or timed anew begins anew, so that nothing it
    /// was not meant to do is made up for.
    KeptJob with(Spec next, Clockwork rules, long now) {
        boolean anew = !fingerprint(next).equals(fingerprint(spec)) || (standing.dueMillis() == 0) == next.enabled();
        Standing changed = anew ? standing.restarted(next.enabled() ? rules.first(now) : 0) : standing;
        return new KeptJob(id, owner, fromFile, next, rules, createdMillis, changed);
    }

    /// The job as it is told.
    Job shown() {
        return new Job(
                id,
                owner,
                fromFile,
                spec,
                standing.dueMillis(),
                standing.lastRunMillis(),
                standing.runs(),
                standing.errors(),
                standing.lastError());
    }
}
