package ai.openlegion.schedule;

import ai.openlegion.acl.Glob;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.schedule.Schedule.Probe;
import ai.openlegion.schedule.Schedule.Spec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What makes a job that is added or changed over the bus sensible; the file's jobs are checked where it is read.
final class SpecCheck {

    private static final int PROBES_MAX = 16;
    private static final int LONGEST_NAME = 64;
    private static final String NO_INPUT = "{}";

    private SpecCheck() {}

    /// What is wrong with it, as a sentence; nothing when it can be kept.
    ///
    /// @param owner null = the operator
    static Optional<String> flaw(Spec spec, @Nullable AgentId owner, Set<AgentId> agents) {
        if (Timetable.parse(spec.schedule()) instanceof Timetable.Flawed(String why)) {
            return Optional.of("The schedule " + why);
        }
        if (Timetable.zone(spec.zone()).isEmpty()) {
            return Optional.of("The zone must be the IANA name of a time zone, such as UTC or Europe/Berlin");
        }
        return target(spec, owner, agents).or(() -> content(spec)).or(() -> probes(spec));
    }

    /// A heartbeat that names no probe watches the inbox.
    static Spec complete(Spec spec) {
        return spec.heartbeat() && spec.probes().isEmpty()
                ? new Spec(
                        spec.schedule(),
                        spec.zone(),
                        spec.misfire(),
                        spec.agent(),
                        spec.workflow(),
                        spec.message(),
                        spec.input(),
                        true,
                        List.of(new Schedule.PendingInbox()),
                        spec.enabled())
                : spec;
    }

    private static Optional<String> target(Spec spec, @Nullable AgentId owner, Set<AgentId> agents) {
        AgentId agent = spec.agent();
        String workflow = spec.workflow();
        if ((agent == null) == (workflow == null)) {
            return Optional.of("A job sends a message to an agent or runs a workflow, one of the two");
        }
        if (agent != null && owner != null && !agent.equals(owner)) {
            return Optional.of("A job of an agent sends its messages to that agent itself");
        }
        if (agent != null && !agents.contains(agent)) {
            return Optional.of("There is no agent of this name");
        }
        return workflow != null && (workflow.isBlank() || workflow.length() > LONGEST_NAME)
                ? Optional.of("The workflow must be a name of at most " + LONGEST_NAME + " characters")
                : Optional.empty();
    }

    private static Optional<String> content(Spec spec) {
        if (spec.message().length() > Schedule.LONGEST_MESSAGE) {
            return Optional.of("The message must have at most " + Schedule.LONGEST_MESSAGE + " characters");
        }
        if (spec.workflow() == null && !spec.input().equals(NO_INPUT)) {
            return Optional.of("An input is of a workflow; an agent gets a message");
        }
        byte[] input = spec.input().getBytes(StandardCharsets.UTF_8);
        if (input.length > Schedule.LONGEST_INPUT) {
            return Optional.of("The input must have at most " + Schedule.LONGEST_INPUT / 1024 + " KiB");
        }
        return Members.read(input) instanceof Members.Read
                ? Optional.empty()
                : Optional.of("The input must be a JSON object");
    }

    private static Optional<String> probes(Spec spec) {
        if (spec.heartbeat() && spec.agent() == null) {
            return Optional.of("A heartbeat wakes an agent; a workflow has none");
        }
        if (!spec.heartbeat() && !spec.probes().isEmpty()) {
            return Optional.of("Only a heartbeat has probes");
        }
        if (spec.probes().size() > PROBES_MAX) {
            return Optional.of("A heartbeat has at most " + PROBES_MAX + " probes");
        }
        return spec.probes().stream()
                .map(SpecCheck::flaw)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> flaw(Probe probe) {
        return switch (probe) {
            case Schedule.PendingInbox _ -> Optional.empty();
            case Schedule.BlackboardMatch(String pattern)
            when pattern.length() > Schedule.LONGEST_PATTERN ->
                Optional.of("The pattern of a blackboard probe must have at most " + Schedule.LONGEST_PATTERN
                        + " characters");
            case Schedule.BlackboardMatch(String pattern) ->
                Glob.flaw(pattern).map(flaw -> "The pattern of a blackboard probe " + flaw);
            case Schedule.HttpStatus _ ->
                Optional.of("Only config/schedules.yaml may name the address of an HTTP probe");
        };
    }
}
