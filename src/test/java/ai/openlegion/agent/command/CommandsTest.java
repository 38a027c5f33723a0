package ai.openlegion.agent.command;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class CommandsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    /// Nothing else on this machine has it among its arguments, so what a command left behind can be found by it.
    private final String trace = UUID.randomUUID().toString();

    private final Commands commands = new Commands(Map.of("PATH", "/usr/bin:/bin", "NAME", "value"), false);

    @Test
    void a_command_gives_back_its_code_and_what_it_wrote() throws Exception {
        CommandResult result = run("pwd; echo \"it's $NAME\"; echo wrong >&2; exit 7", LONG);
        assertThat(result)
                .isEqualTo(new CommandResult(7, folder.toRealPath() + "\nit's value\n", "wrong\n", false, false));
    }

    @Test
    void a_command_sees_none_of_the_agents_environment_and_no_input() throws Exception {
        assertThat(System.getenv()).as("the test's own").hasSizeGreaterThan(3);
        CommandResult result = run("cat; env | sed 's/=.*//' | grep -v -x -e _ -e SHLVL -e PWD -e OLDPWD", LONG);
        assertThat(result.out().lines()).containsExactlyInAnyOrder("PATH", "NAME", "OPENLEGION_COMMAND");
    }

    @Test
    void the_kernel_takes_a_command_before_the_agent_when_memory_runs_out() throws Exception {
        assertThat(run("cat /proc/self/oom_score_adj", LONG).out()).isEqualTo("1000\n");
    }

    @Test
    void a_flood_of_output_is_cut_off_and_read_to_its_end() throws Exception {
        CommandResult flood = run("head -c 30000000 /dev/zero | tr '\\0' x; echo end >&2", LONG);
        assertThat(flood.exitCode()).isZero();
        assertThat(flood.truncated()).isTrue();
        assertThat(flood.out()).hasSize(100_000 - "end\n".length()).matches("x+");
        assertThat(flood.err()).isEqualTo("end\n");

        CommandResult both = run("(yes 1 | head -c 5000000 >&2) & yes 0 | head -c 5000000; wait", LONG);
        assertThat(both.out()).hasSize(50_000);
        assertThat(both.err()).hasSize(50_000);

        CommandResult fits = run("head -c 100000 /dev/zero | tr '\\0' x", LONG);
        assertThat(fits.truncated()).isFalse();
        assertThat(fits.out()).hasSize(100_000);
    }

    @Test
    void a_character_that_is_cut_in_two_is_left_out() throws Exception {
        CommandResult result = run("python3 -c \"print('x' + 'ü' * 60000 + '💣' * 10)\"", LONG);
        assertThat(result.out().getBytes(StandardCharsets.UTF_8)).hasSize(99_999);
        assertThat(result.out()).matches("xü+").doesNotContain("\uFFFD");
    }

    @Test
    void an_endless_flood_ends_with_its_time() throws Exception {
        CommandResult result = run("yes " + trace, SHORT);
        assertThat(result.timedOut()).isTrue();
        assertThat(result.exitCode()).isEqualTo(-1);
        assertThat(result.truncated()).isTrue();
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // plain, deaf to what can be ignored
                "NAP",
                "trap '' TERM INT HUP; while :; do NAP; done",
                // children and grandchildren, deaf too
                "(trap '' TERM HUP; NAP) & (trap '' TERM HUP; (NAP) & wait) & wait",
                // a session of its own, parents gone
                "setsid NAP & NAP",
                "(setsid sh -c 'setsid NAP & NAP' &) ; NAP",
                // without the mark, but seen together with its parents
                "env -i sh -c 'setsid NAP & NAP' & NAP",
                // away from the pipes
                "nohup NAP >/dev/null 2>&1 </dev/null & exec NAP",
                // stopped
                "NAP & kill -STOP $!; wait"
            })
    void a_command_whose_time_is_over_ends_with_all_that_it_started(String command) throws Exception {
        long start = System.nanoTime();
        CommandResult result = run(traced(command), SHORT);
        assertThat(result.timedOut()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NAP & echo done",
                "(setsid NAP &) ; echo done",
                "setsid sh -c '(trap \"\" TERM; NAP) &' ; echo done"
            })
    void what_outlives_the_shell_ends_with_it_and_holds_nobody_up(String command) throws Exception {
        long start = System.nanoTime();
        CommandResult result = run(traced(command), LONG);
        assertThat(result).isEqualTo(new CommandResult(0, "done\n", "", false, false));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
        nothingIsLeft();
    }

    @Test
    void a_command_that_forks_without_end_is_ended() throws Exception {
        // bounded in depth, as a test machine has no limit of processes
        CommandResult result = run(traced("f() { [ $1 -gt 60 ] || { NAP & f $(($1 + 1)) & }; wait; }; f 0"), SHORT);
        assertThat(result.timedOut()).isTrue();
        nothingIsLeft();
    }

    @Test
    void an_interrupt_ends_the_command() throws Exception {
        var outcome = new AtomicReference<>("none");
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                var _ = run(traced("touch started; (setsid NAP &); NAP"), LONG);
                outcome.set("finished");
            } catch (InterruptedException cancelled) {
                outcome.set("cancelled");
            } catch (IOException failed) {
                outcome.set("failed " + failed);
            }
        });
        Eventually.until("it runs", () -> Files.exists(folder.resolve("started")) && alive() >= 2);
        caller.interrupt();
        caller.join();
        assertThat(outcome.get()).isEqualTo("cancelled");
        nothingIsLeft();
    }

    @Test
    void a_command_leaves_another_one_alone() throws Exception {
        var other = new AtomicReference<CommandResult>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                other.set(run("touch started; until [ -e go ]; do sleep 0.05; done; echo survived", LONG));
            } catch (IOException | InterruptedException failed) {
                throw new AssertionError(failed);
            }
        });
        Eventually.until("it runs", () -> Files.exists(folder.resolve("started")));
        assertThat(run(traced("NAP"), SHORT).timedOut()).isTrue();
        assertThat(run("touch go", LONG).exitCode()).isZero();
        caller.join();
        assertThat(other.get().out()).isEqualTo("survived\n");
    }

    private CommandResult run(String command, Duration most) throws IOException, InterruptedException {
        return commands.run(command, folder, most);
    }

    /// A long sleep under a name of this test's own.
    private String traced(String command) throws IOException {
        Path nap = folder.resolve(trace);
        if (!Files.exists(nap)) {
            var _ = Files.copy(Path.of("/bin/sleep"), nap, StandardCopyOption.COPY_ATTRIBUTES);
        }
        return command.replace("NAP", nap + " 1000");
    }

    private void nothingIsLeft() {
        Eventually.until("nothing is left of it", () -> alive() == 0);
    }

    private long alive() {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .filter(path -> {
                        try {
                            return Files.readString(path.resolve("cmdline")).contains(trace);
                        } catch (IOException gone) {
                            return false;
                        }
                    })
                    .count();
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }
}
