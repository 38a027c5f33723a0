package ai.openlegion.schedule;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.schedule.Schedule.Probe;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The asking of a heartbeat's probes, all at once.
final class Probes {

    private final Bus bus;
    private final HttpProbe http;

    Probes(Bus bus, HttpProbe http) {
        this.bus = bus;
        this.http = http;
    }

    /// What the probes found together.
    ///
    /// @param fired the reasons to wake the agent
    /// @param trouble why some probe could not be asked; null = all could
    record Found(List<String> fired, @Nullable String trouble) {
        Found {
            fired = List.copyOf(fired);
        }
    }

    /// Asks them all; never fails.
    Future<Found> ask(AgentId agent, List<Probe> probes) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (Probe probe : probes) {
            answers.add(ask(agent, probe).otherwise(failure -> new Answer.Unknown("a probe had no answer")));
        }
        return Future.all(answers).map(_ -> {
            List<String> fired = new ArrayList<>();
            String trouble = null;
            for (Future<Answer> answer : answers) {
                switch (answer.result()) {
                    case Answer.Fired(String reason) -> fired.add(reason);
                    case Answer.Unknown(String why) -> trouble = why;
                    case Answer.Still _ -> {}
                }
            }
            return new Found(fired, trouble);
        });
    }

    private Future<Answer> ask(AgentId agent, Probe probe) {
        return switch (probe) {
            case Schedule.PendingInbox _ ->
                bus.ask(Inbox.READ, new Inbox.Read(agent)).map(Probes::pending);
            case Schedule.BlackboardMatch(String pattern) ->
                bus.ask(Blackboard.MATCH, new Blackboard.Match(agent, pattern))
                        .map(matched -> matching(matched, pattern));
            case Schedule.HttpStatus address -> http.ask(address);
        };
    }

    /* What the schedule itself sent does not count: a heartbeat would keep itself alive. */
    private static Answer pending(Inbox.Standing standing) {
        return switch (standing) {
            case Inbox.State state -> state.items() > state.fromMesh() ? new Answer.Fired("inbox") : new Answer.Still();
            case Inbox.Unavailable _ -> new Answer.Unknown("the inbox cannot be read now");
        };
    }

    private static Answer matching(Blackboard.Matched matched, String pattern) {
        return switch (matched) {
            case Blackboard.Matches(boolean any) ->
                any ? new Answer.Fired("blackboard " + pattern) : new Answer.Still();
            case Blackboard.Unavailable _ -> new Answer.Unknown("the blackboard cannot be read now");
        };
    }
}
