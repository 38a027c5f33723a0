package ai.openlegion.supervisor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.supervisor.Event.Blame;
import ai.openlegion.supervisor.Life.Occupant;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class LifecycleTest {

    private static final SupervisorSettings SETTINGS = SupervisorSettings.DEFAULTS;
    private static final long START = 1_000_000;

    /// An agent, as a row of happenings brought it where it is; every effect that came of them is kept.
    private static final class Agent {
        Lifecycle life;
        long now = START;
        final List<Effect> effects = new ArrayList<>();

        Agent(boolean hasServer) {
            life = Lifecycle.absent(SETTINGS, hasServer);
        }

        @CanIgnoreReturnValue
        Agent on(Event event) {
            Lifecycle.Step step = life.on(event, now);
            life = step.next();
            effects.addAll(step.effects());
            return this;
        }

        @CanIgnoreReturnValue
        Agent after(long seconds) {
            now += seconds * 1000;
            return on(new Event.Tick());
        }

        @CanIgnoreReturnValue
        List<Effect> take() {
            List<Effect> taken = List.copyOf(effects);
            effects.clear();
            return taken;
        }

        long run() {
            return life.run();
        }
    }

    private static Agent launching() {
        return new Agent(true).on(new Event.Wanted());
    }

    private static Agent starting() {
        Agent agent = launching();
        return agent.on(new Event.Launched(agent.run()));
    }

    private static Agent ready() {
        Agent agent = starting();
        return agent.on(new Event.Came(agent.run())).on(new Event.Passed(agent.run()));
    }

    private static Agent busy() {
        return ready().on(new Event.TaskBegun());
    }

    private static Agent unhealthy() {
        Agent agent = ready();
        return agent.on(new Event.Missed(agent.run(), "no answer"));
    }

    private static Agent stopping() {
        return ready().on(new Event.Unwanted("stopped"));
    }

    /// Its end is waited for.
    private static Agent restarting() {
        Agent agent = ready();
        return agent.on(new Event.Ended(agent.run(), false, false, "exit code 1"));
    }

    /// Nothing is left of it, and the time of its next start has not come.
    private static Agent waiting() {
        Agent agent = restarting();
        return agent.on(new Event.Gone(agent.run()));
    }

    private static Agent failed() {
        Agent agent = launching();
        return agent.on(new Event.NotLaunched(agent.run(), Blame.ENTRY, "no such image"));
    }

    private static Agent doomed() {
        return launching().on(new Event.Unwanted("stopped"));
    }

    private static Map<String, Agent> everyState() {
        Map<String, Agent> states = new LinkedHashMap<>();
        states.put("absent", new Agent(true));
        states.put("creating", launching());
        states.put("starting", starting());
        states.put("ready", ready());
        states.put("busy", busy());
        states.put("unhealthy", unhealthy());
        states.put("restarting", restarting());
        states.put("waiting", waiting());
        states.put("stopping", stopping());
        states.put("doomed", doomed());
        states.put("failed", failed());
        states.values().forEach(Agent::take);
        return states;
    }

    /// What comes of every event in every state: `state effects`, by the order of [#everyState].
    private static final Map<String, String> TABLE = table("""
            Wanted      | creating L | creating | starting | ready | busy | unhealthy | restarting | creating L | restarting | restarting | creating L
            Unwanted    | absent | stopping R | stopping RS | stopping RS | stopping RS | stopping RS | stopping | absent | stopping | stopping | absent
            Removed     | absent F | stopping R | stopping RS | stopping RS | stopping RS | stopping RS | stopping | absent F | stopping | stopping | absent F
            Renewed     | absent | restarting R | restarting RS | restarting RS | restarting RS | restarting RS | restarting | creating L | stopping | stopping | creating L
            Unfit       | failed | failed R | failed RS | failed RS | failed RS | failed RS | failed | failed | failed | failed | failed
            Adopted     | starting | creating | starting | ready | busy | unhealthy | restarting | restarting | stopping | stopping | failed
            Launched    | absent | starting | starting | ready | busy | unhealthy | restarting | restarting | stopping | stopping S | failed
            NoneAgent   | absent | restarting R | starting | ready | busy | unhealthy | restarting | restarting | stopping | absent | failed
            NoneEngine  | absent | unhealthy R | starting | ready | busy | unhealthy | restarting | restarting | stopping | absent | failed
            NoneMesh    | absent | restarting R | starting | ready | busy | unhealthy | restarting | restarting | stopping | absent | failed
            NoneEntry   | absent | failed R | starting | ready | busy | unhealthy | restarting | restarting | stopping | absent | failed
            Came        | absent | creating | starting | ready | busy | unhealthy | restarting | restarting | stopping | stopping | failed
            Passed      | absent | creating | starting | ready | busy | ready | restarting | restarting | stopping | stopping | failed
            Missed      | absent | creating | starting | unhealthy | unhealthy | unhealthy | restarting | restarting | stopping | stopping | failed
            Ended       | absent | creating | restarting RS | restarting RS | restarting RS | restarting RS | restarting | restarting | stopping | stopping | failed
            Overfull    | absent | creating | failed RS | failed RS | failed RS | failed RS | restarting | restarting | stopping | stopping | failed
            Gone        | absent | creating | starting | ready | busy | unhealthy | restarting | restarting | absent | stopping | failed
            Resisted    | absent | creating | starting | ready | busy | unhealthy | restarting | restarting | stopping | stopping | failed
            EngineLost  | absent | creating | unhealthy | unhealthy | unhealthy | unhealthy | restarting | restarting | stopping | stopping | failed
            EngineBack  | absent | creating | starting | ready | busy | unhealthy | restarting | restarting | stopping | stopping | failed
            TaskBegun   | absent | creating | starting | busy | busy | unhealthy | restarting | restarting | stopping | stopping | failed
            TaskOver    | absent | creating | starting | ready | ready | unhealthy | restarting | restarting | stopping | stopping | failed
            Tick        | absent | creating | starting C | ready | busy | unhealthy | restarting | restarting | stopping | stopping | failed
            """);

    private static Map<String, String> table(String text) {
        Map<String, String> rows = new LinkedHashMap<>();
        text.lines().forEach(line -> rows.put(line.substring(0, 11).strip(), line.substring(14)));
        return rows;
    }

    private static Event event(String name, long run) {
        return switch (name) {
            case "Wanted" -> new Event.Wanted();
            case "Unwanted" -> new Event.Unwanted("stopped");
            case "Removed" -> new Event.Removed("gone");
            case "Renewed" -> new Event.Renewed("changed");
            case "Unfit" -> new Event.Unfit("no engine");
            case "Adopted" -> new Event.Adopted(true, START);
            case "Launched" -> new Event.Launched(run);
            case "NoneAgent" -> new Event.NotLaunched(run, Blame.AGENT, "why");
            case "NoneEngine" -> new Event.NotLaunched(run, Blame.ENGINE, "why");
            case "NoneMesh" -> new Event.NotLaunched(run, Blame.MESH, "why");
            case "NoneEntry" -> new Event.NotLaunched(run, Blame.ENTRY, "why");
            case "Came" -> new Event.Came(run);
            case "Passed" -> new Event.Passed(run);
            case "Missed" -> new Event.Missed(run, "why");
            case "Ended" -> new Event.Ended(run, false, false, "why");
            case "Overfull" -> new Event.Overfull(run, "disk: 2 of 1");
            case "Gone" -> new Event.Gone(run);
            case "Resisted" -> new Event.Resisted(run);
            case "EngineLost" -> new Event.EngineLost("why");
            case "EngineBack" -> new Event.EngineBack();
            case "TaskBegun" -> new Event.TaskBegun();
            case "TaskOver" -> new Event.TaskOver();
            case "Tick" -> new Event.Tick();
            default -> throw new AssertionError(name); // open: a name of the table
        };
    }

    private static String letter(Effect effect) {
        return switch (effect) {
            case Effect.Launch _ -> "L";
            case Effect.Revoke _ -> "R";
            case Effect.Stop _ -> "S";
            case Effect.Check _ -> "C";
            case Effect.Forget _ -> "F";
        };
    }

    @TestFactory
    Stream<DynamicTest> what_follows_from_every_event_in_every_state() {
        List<String> states = List.copyOf(everyState().keySet());
        return TABLE.entrySet().stream().flatMap(row -> {
            String[] cells = row.getValue().split("\\|");
            assertThat(cells).as(row.getKey()).hasSize(states.size());
            return java.util.stream.IntStream.range(0, cells.length)
                    .mapToObj(i -> DynamicTest.dynamicTest(row.getKey() + " in " + states.get(i), () -> {
                        Agent agent = requireNonNull(everyState().get(states.get(i)));
                        agent.on(event(row.getKey(), agent.run()));
                        String found = agent.life.state().word() + " "
                                + agent.take().stream()
                                        .map(LifecycleTest::letter)
                                        .collect(Collectors.joining());
                        assertThat(found.strip()).isEqualTo(cells[i].strip());
                    }));
        });
    }

    @Test
    void the_table_knows_every_event() {
        Map<Blame, String> blames = new EnumMap<>(Blame.class);
        for (Blame blame : Blame.values()) {
            blames.put(
                    blame,
                    "None" + blame.name().charAt(0) + blame.name().substring(1).toLowerCase(java.util.Locale.ROOT));
        }
        List<String> events = Stream.of(Event.class.getPermittedSubclasses())
                .map(Class::getSimpleName)
                .flatMap(name -> name.equals("NotLaunched") ? blames.values().stream() : Stream.of(name))
                .toList();
        assertThat(TABLE.keySet()).containsExactlyInAnyOrderElementsOf(events);
    }

    @Test
    void what_belongs_to_an_earlier_run_changes_nothing() {
        for (String name : TABLE.keySet()) {
            for (Map.Entry<String, Agent> each : everyState().entrySet()) {
                Agent agent = each.getValue();
                Event late = event(name, agent.run() - 1);
                if (late.getClass().getRecordComponents().length > 0
                        && late.getClass().getRecordComponents()[0].getName().equals("run")) {
                    AgentState before = agent.life.state();
                    agent.on(late);
                    assertThat(agent.life.state())
                            .as(late + " in " + each.getKey())
                            .isEqualTo(before);
                    assertThat(agent.take()).isEmpty();
                }
            }
        }
    }

    @Test
    void an_agent_is_ready_once_it_answers_and_has_registered_in_whichever_order() {
        Agent answers = starting();
        answers.on(new Event.Passed(answers.run()));
        assertThat(answers.life.state()).isEqualTo(AgentState.STARTING);
        answers.on(new Event.Came(answers.run()));
        assertThat(answers.life.state()).isEqualTo(AgentState.READY);

        Agent early = launching();
        early.on(new Event.Came(early.run())).on(new Event.Launched(early.run()));
        assertThat(early.life.state()).isEqualTo(AgentState.STARTING);
        assertThat(early.on(new Event.Passed(early.run())).life.state()).isEqualTo(AgentState.READY);
    }

    @Test
    void an_agent_without_a_server_is_ready_when_it_runs_and_absent_when_it_has_finished() {
        Agent agent = new Agent(false).on(new Event.Wanted());
        agent.on(new Event.Launched(agent.run())).on(new Event.Passed(agent.run()));
        assertThat(agent.life.state()).isEqualTo(AgentState.READY);
        agent.on(new Event.Ended(agent.run(), true, false, "exit code 0")).on(new Event.Gone(agent.run()));
        assertThat(agent.life.state()).isEqualTo(AgentState.ABSENT);
        assertThat(agent.after(3_600).life.state()).isEqualTo(AgentState.ABSENT);
    }

    @Test
    void one_that_is_not_ready_in_time_is_started_again() {
        Agent agent = starting();
        agent.take();
        agent.after(SETTINGS.startSeconds());
        assertThat(agent.life.state()).isEqualTo(AgentState.RESTARTING);
        assertThat(agent.life.why()).contains("not ready within 60 s");
    }

    @Test
    void three_missed_checks_start_it_again_and_one_that_is_passed_forgives() {
        Agent agent = unhealthy();
        agent.on(new Event.Missed(agent.run(), "no answer"));
        assertThat(agent.life.state()).isEqualTo(AgentState.UNHEALTHY);
        agent.on(new Event.Passed(agent.run())).on(new Event.Missed(agent.run(), "no answer"));
        agent.on(new Event.Missed(agent.run(), "no answer"));
        assertThat(agent.life.state()).isEqualTo(AgentState.UNHEALTHY);
        agent.on(new Event.Missed(agent.run(), "no answer"));
        assertThat(agent.life.state()).isEqualTo(AgentState.RESTARTING);
    }

    @Test
    void checks_come_every_thirty_seconds_once_it_is_ready() {
        Agent agent = ready();
        agent.take();
        assertThat(agent.after(29).take()).isEmpty();
        assertThat(agent.after(1).take()).containsExactly(new Effect.Check(agent.run(), true));
        assertThat(agent.after(60).take()).as("one at a time").isEmpty();
    }

    @Test
    void an_agent_that_registers_again_and_again_is_not_looked_at_for_it() {
        Agent agent = ready();
        agent.take();
        agent.on(new Event.Came(agent.run())).on(new Event.Came(agent.run()));
        assertThat(agent.after(1).take()).isEmpty();
    }

    @Test
    void the_volume_is_measured_while_an_agent_starts_too() {
        Agent agent = starting();
        agent.take();
        assertThat(agent.after(0).take()).containsExactly(new Effect.Check(agent.run(), false));
        agent.on(new Event.Missed(agent.run(), "no answer"));
        assertThat(agent.after(SETTINGS.healthSeconds()).take()).containsExactly(new Effect.Check(agent.run(), true));
        agent.on(new Event.Missed(agent.run(), "no answer"));
        assertThat(agent.after(1).take()).containsExactly(new Effect.Check(agent.run(), false));
    }

    @Test
    void restarts_back_off_twice_as_long_each_and_the_fourth_within_an_hour_fails_it() {
        Agent agent = ready();
        for (long backOff : List.of(30L, 60L, 120L)) {
            agent.on(new Event.Ended(agent.run(), false, false, "exit code 1")).on(new Event.Gone(agent.run()));
            agent.take();
            assertThat(agent.after(backOff - 1).take()).isEmpty();
            assertThat(agent.after(1).take()).containsExactly(new Effect.Launch(agent.run()));
            agent.on(new Event.Launched(agent.run()))
                    .on(new Event.Came(agent.run()))
                    .on(new Event.Passed(agent.run()));
        }
        agent.on(new Event.Ended(agent.run(), false, false, "exit code 1"));
        assertThat(agent.life.state()).isEqualTo(AgentState.FAILED);
        assertThat(agent.life.why()).contains("exit code 1").contains("3 times within an hour");
        agent.on(new Event.Gone(agent.run()));
        agent.take();
        assertThat(agent.after(7_200).take()).as("left alone").isEmpty();
        assertThat(agent.life.restarts()).isEqualTo(3);
        assertThat(agent.on(new Event.Wanted()).life.state()).isEqualTo(AgentState.CREATING);
    }

    @Test
    void restarts_of_more_than_an_hour_ago_do_not_count_and_the_back_off_ends_at_its_most() {
        SupervisorSettings many = new SupervisorSettings(30, 3, 30, 600, 100, 60, 10, 30, 8);
        assertThat(Stream.iterate(Restarts.NONE, restarts -> restarts.and(START))
                        .limit(7)
                        .map(restarts -> restarts.backOffMillis(many) / 1000))
                .containsExactly(30L, 60L, 120L, 240L, 480L, 600L, 600L);
        assertThat(Restarts.NONE.and(START).since(START + 3_600_000).count()).isZero();
        assertThat(Restarts.NONE.and(START).since(START + 3_599_999).count()).isEqualTo(1);
    }

    @Test
    void an_engine_that_is_lost_costs_no_restart_and_what_went_with_it_starts_at_once_when_it_is_back() {
        Agent agent = ready();
        agent.on(new Event.EngineLost("no answer")).after(600);
        assertThat(agent.life.state()).isEqualTo(AgentState.UNHEALTHY);
        agent.take();
        agent.on(new Event.Ended(agent.run(), false, true, "went with its engine"))
                .on(new Event.Gone(agent.run()));
        assertThat(agent.life.state()).as("waits for it").isEqualTo(AgentState.UNHEALTHY);
        agent.on(new Event.EngineBack());
        assertThat(agent.life.state()).isEqualTo(AgentState.CREATING);
        assertThat(agent.life.lately.count()).isZero();
    }

    @Test
    void an_end_just_before_its_engine_was_lost_is_not_counted() {
        Agent agent = restarting();
        assertThat(agent.life.lately.count()).isEqualTo(1);
        agent.now += 5_000;
        agent.on(new Event.EngineLost("no answer"));
        assertThat(agent.life.lately.count()).isZero();
    }

    @Test
    void a_stop_that_is_resisted_is_tried_again() {
        Agent agent = stopping();
        agent.on(new Event.Resisted(agent.run())).take();
        assertThat(agent.after(9).take()).isEmpty();
        assertThat(agent.after(1).take()).containsExactly(new Effect.Stop(agent.run()));
        assertThat(agent.after(60).take()).as("once").isEmpty();
    }

    @Test
    void an_adopted_agent_is_ready_when_it_answers() {
        Agent agent = new Agent(true).on(new Event.Adopted(true, START - 5_000));
        assertThat(agent.life.startedAt()).isEqualTo(START - 5_000);
        assertThat(agent.after(0).take()).containsExactly(new Effect.Check(agent.run(), false));
        assertThat(agent.on(new Event.Passed(agent.run())).life.state()).isEqualTo(AgentState.READY);
        assertThat(agent.life.occupant()).isEqualTo(Occupant.RUNNING);
        assertThat(agent.life.restarts()).isZero();
    }
}
