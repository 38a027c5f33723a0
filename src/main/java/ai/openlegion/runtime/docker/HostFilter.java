package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// The rules that leave agents one port of the host: all of an internal network would reach every service that listens
/// on any address of it.
///
/// A chain of its own for each home, which INPUT and FORWARD enter for the fleet's bridge before any other rule. It
/// stands beside the engine's chains and survives its restart. Every method blocks.
final class HostFilter {

    /// That one agent has open to the mesh at once.
    private static final int CONNECTIONS = 256;

    private static final String IPV4 = "iptables";
    private static final String IPV6 = "ip6tables";
    private static final List<String> HOOKS = List.of("INPUT", "FORWARD");
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /// Runtimes of one mesh guard the same rules: who looks and then sets them is alone meanwhile.
    private static final ReentrantLock GUARDS = new ReentrantLock();

    private final Marks marks;
    private final List<String> prefix;

    /// @param prefix words before each command; empty in life
    HostFilter(Marks marks, List<String> prefix) {
        this.marks = marks;
        this.prefix = List.copyOf(prefix);
    }

    /// Fails where this process cannot set rules.
    void check() throws RuntimeFault {
        for (String tables : List.of(IPV4, IPV6)) {
            try {
                var _ = run(tables, "", "-S", "INPUT");
            } catch (RuntimeFault refused) {
                throw Fault.missing("the host's ports cannot be closed to agents: " + refused.getMessage()
                        + ". It takes root and iptables (Debian: apt-get install iptables); or set runtime.host_filter:"
                        + " off, and every service that listens on this host can be reached by agents");
            }
        }
    }

    /// Puts the rules where they are not, all at once.
    ///
    /// @return whether anything had to be changed
    boolean ensure(String gateway, int port) throws RuntimeFault {
        return alone(() -> ensured(gateway, port));
    }

    private boolean ensured(String gateway, int port) throws RuntimeFault {
        boolean fourth = ensure(
                IPV4,
                List.of(
                        "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                        // also those on which nothing is ever sent, which the listener does not see yet
                        "-p tcp -m tcp --dport " + port + " --tcp-flags FIN,SYN,RST,ACK SYN -m connlimit"
                                + " --connlimit-above " + CONNECTIONS
                                + " --connlimit-mask 32 --connlimit-saddr -j DROP",
                        "-d " + gateway + "/32 -p tcp -m tcp --dport " + port + " -j ACCEPT",
                        "-j DROP"));
        boolean sixth = ensure(IPV6, List.of("-j DROP"));
        return fourth || sixth;
    }

    /// Takes the rules away; none to take is no error.
    void remove() throws RuntimeFault {
        var _ = alone(() -> {
            removeAll();
            return true;
        });
    }

    private void removeAll() throws RuntimeFault {
        for (String tables : List.of(IPV4, IPV6)) {
            for (String hook : HOOKS) {
                for (String rule : rules(tables, hook)) {
                    if (isOurs(rule)) {
                        var _ = run(tables, "", rule.replaceFirst("^-A", "-D").split(" "));
                    }
                }
            }
            if (run(tables, "", "-S").output().lines().anyMatch(("-N " + marks.chain())::equals)) {
                var _ = run(tables, "", "-F", marks.chain());
                var _ = run(tables, "", "-X", marks.chain());
            }
        }
    }

    private boolean ensure(String tables, List<String> rules) throws RuntimeFault {
        List<String> wanted =
                rules.stream().map(rule -> "-A " + marks.chain() + " " + rule).toList();
        boolean stands = run(tables, "", "-S")
                .output()
                .lines()
                .filter(line -> line.startsWith("-A " + marks.chain() + " "))
                .toList()
                .equals(wanted);
        if (!stands) {
            // with --noflush a chain that is named is emptied and filled in one step, and no other is touched
            String script = "*filter\n:" + marks.chain() + " - [0:0]\n" + String.join("\n", wanted) + "\nCOMMIT\n";
            var _ = run(tables + "-restore", script, "--noflush");
        }
        boolean changed = !stands;
        for (String hook : HOOKS) {
            changed |= hook(tables, hook);
        }
        return changed;
    }

    /// Our rule must come before every rule that lets something in, so before all but those of other homes, and once.
    private boolean hook(String tables, String hook) throws RuntimeFault {
        List<String> rules = rules(tables, hook);
        boolean first = rules.stream()
                .takeWhile(rule -> rule.matches("-A " + hook + " -i ol-\\p{XDigit}{8} -j OPENLEGION-\\p{XDigit}{8}"))
                .anyMatch(this::isOurs);
        long ours = rules.stream().filter(this::isOurs).count();
        if (first && ours == 1) {
            return false;
        }
        // in one step, as there is no moment without a rule that may pass
        String rule = " -i " + marks.bridge() + " -j " + marks.chain() + "\n";
        String script =
                "*filter\n" + ("-D " + hook + rule).repeat((int) ours) + "-I " + hook + " 1" + rule + "COMMIT\n";
        var _ = run(tables + "-restore", script, "--noflush");
        return true;
    }

    private List<String> rules(String tables, String hook) throws RuntimeFault {
        return run(tables, "", "-S", hook)
                .output()
                .lines()
                .filter(line -> line.startsWith("-A " + hook + " "))
                .toList();
    }

    private interface Change {
        boolean make() throws RuntimeFault;
    }

    private static boolean alone(Change change) throws RuntimeFault {
        try {
            GUARDS.lockInterruptibly();
        } catch (InterruptedException broken) {
            Thread.currentThread().interrupt();
            throw Fault.unavailable("the rules of the host's ports were not looked at in time");
        }
        try {
            return change.make();
        } finally {
            GUARDS.unlock();
        }
    }

    private boolean isOurs(String rule) {
        return rule.contains(" -i " + marks.bridge() + " ") && rule.endsWith(" -j " + marks.chain());
    }

    private Command run(String program, String input, String... arguments) throws RuntimeFault {
        List<String> command = new ArrayList<>(prefix);
        command.add(program);
        command.addAll(List.of("-w", "5"));
        command.addAll(List.of(arguments));
        Command done = Command.run(command, input, LIMIT);
        if (done.exit() != 0) {
            throw Fault.unavailable(program + " says: " + Fault.words(done.output()));
        }
        return done;
    }
}
