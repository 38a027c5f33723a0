package ai.openlegion.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.supervisor.Event.Blame;
import ai.openlegion.supervisor.Life.Occupant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds of every agent whatever happens to it, and in whichever order.
final class LifecycleWalkTest {

    private static final SupervisorSettings SETTINGS = SupervisorSettings.DEFAULTS;
    private static final List<Blame> BLAMES = List.of(Blame.values());
    private static final int STEPS = 200_000;

    /// What a machine would see of the agent.
    private static final class World {
        final List<Long> launched = new ArrayList<>();
        long launching = -1;
        long running = -1;
        long admitted = -1;
        long stopping = -1;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void no_order_of_events_breaks_what_holds(long seed) {
        Random random = new Random(seed);
        Lifecycle life = Lifecycle.absent(SETTINGS, seed % 2 == 0);
        World world = new World();
        long now = 1_000_000;
        int counted = 0;
        for (int i = 0; i < STEPS; i++) {
            now += random.nextInt(10) == 0 ? random.nextInt(700_000) : random.nextInt(2_000);
            Event event = event(random, life, world);
            if (event == null) {
                continue;
            }
            Lifecycle before = life;
            Lifecycle.Step step = before.on(event, now);
            life = step.next();
            note(event, world);
            for (Effect effect : step.effects()) {
                act(effect, world);
            }
            String where =
                    "seed " + seed + ", step " + i + ", " + event + ": " + before.state() + " -> " + life.state();
            assertThat(world.admitted >= 0)
                    .as(where + ": a token lives exactly while a run does")
                    .isEqualTo(life.isAdmitted());
            boolean outOfFailed = before.state() == AgentState.FAILED && life.state() != AgentState.FAILED;
            if (outOfFailed) {
                assertThat(event)
                        .as(where)
                        .isInstanceOfAny(
                                Event.Wanted.class, Event.Unwanted.class, Event.Renewed.class, Event.Removed.class);
            }
            assertThat(life.restarts()).as(where).isGreaterThanOrEqualTo(before.restarts());
            assertThat(life.lately.count()).as(where).isLessThanOrEqualTo(SETTINGS.restartsPerHour());
            if (life.state() == AgentState.READY || life.state() == AgentState.BUSY) {
                assertThat(life.occupant()).as(where).isEqualTo(Occupant.RUNNING);
            }
            if (life.state() == AgentState.ABSENT) {
                assertThat(life.occupant()).as(where).isEqualTo(Occupant.NONE);
            }
            counted += life.restarts() - before.restarts();
            if (before.isLeaving() && life.occupant() == Occupant.NONE) {
                life = Lifecycle.absent(SETTINGS, random.nextBoolean());
                world = new World();
            }
        }
        assertThat(counted).as("the walk went somewhere").isGreaterThan(100);
    }

    /// Something that can happen; what the machine tells happens only to what the machine has.
    private static @Nullable Event event(Random random, Lifecycle life, World world) {
        long stale = Math.max(0, life.run() - 1 - random.nextInt(2));
        return switch (random.nextInt(24)) {
            case 0 -> new Event.Wanted();
            case 1 -> random.nextInt(4) == 0 ? new Event.Unwanted("stop") : null;
            case 2 -> random.nextInt(20) == 0 ? new Event.Removed("gone") : null;
            case 3 -> random.nextInt(4) == 0 ? new Event.Renewed("changed") : null;
            case 4 -> random.nextInt(20) == 0 ? new Event.Unfit("unfit") : null;
            case 5, 6, 7 -> world.launching >= 0 ? new Event.Launched(world.launching) : new Event.Launched(stale);
            case 8 ->
                world.launching >= 0
                        ? new Event.NotLaunched(world.launching, BLAMES.get(random.nextInt(BLAMES.size())), "why")
                        : new Event.NotLaunched(stale, Blame.AGENT, "why");
            case 9, 10 -> new Event.Came(world.admitted >= 0 ? world.admitted : stale);
            case 11, 12, 13 -> world.running >= 0 ? new Event.Passed(world.running) : new Event.Passed(stale);
            case 14 -> world.running >= 0 ? new Event.Missed(world.running, "why") : new Event.Missed(stale, "why");
            case 15 ->
                world.running >= 0 && random.nextInt(3) == 0
                        ? new Event.Ended(world.running, random.nextBoolean(), random.nextBoolean(), "why")
                        : new Event.Ended(stale, false, false, "why");
            case 16 -> random.nextInt(10) == 0 && world.running >= 0 ? new Event.Overfull(world.running, "disk") : null;
            case 17, 18 -> world.stopping >= 0 ? new Event.Gone(world.stopping) : new Event.Gone(stale);
            case 19 -> world.stopping >= 0 ? new Event.Resisted(world.stopping) : null;
            case 20 -> random.nextInt(4) == 0 ? new Event.EngineLost("lost") : new Event.EngineBack();
            case 21 -> random.nextBoolean() ? new Event.TaskBegun() : new Event.TaskOver();
            default -> new Event.Tick(); // open: time passes most of the time
        };
    }

    private static void note(Event event, World world) {
        if (event instanceof Event.Launched(long run) && run == world.launching) {
            world.running = run;
            world.launching = -1;
        } else if (event instanceof Event.NotLaunched(long run, Blame _, String _) && run == world.launching) {
            world.launching = -1;
        } else if (event instanceof Event.Gone(long run) && run == world.stopping) {
            world.stopping = -1;
            world.running = -1;
        }
    }

    private static void act(Effect effect, World world) {
        switch (effect) {
            case Effect.Launch(long run) -> {
                assertThat(world.launching).as("never two starts at once").isEqualTo(-1);
                assertThat(world.running).as("never a start beside what runs").isEqualTo(-1);
                assertThat(world.launched)
                        .as("each start has a number of its own")
                        .doesNotContain(run);
                world.launched.add(run);
                if (world.launched.size() > 64) {
                    world.launched.removeFirst();
                }
                world.launching = run;
                world.admitted = run;
            }
            case Effect.Revoke(long run) -> {
                assertThat(world.admitted).isEqualTo(run);
                world.admitted = -1;
            }
            case Effect.Stop(long run) -> {
                assertThat(world.admitted)
                        .as("the token is dead before the stop")
                        .isEqualTo(-1);
                assertThat(world.running).isEqualTo(run);
                world.stopping = run;
            }
            case Effect.Check(long run, boolean _) -> assertThat(world.running).isEqualTo(run);
            case Effect.Forget() -> assertThat(world.running).isEqualTo(-1);
        }
    }
}
