package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The rules that leave agents one port of the host: all of an internal network would reach every service that listens
/// on any address of it.
///
/// A chain of its own for each home, which INPUT and FORWARD enter for the fleet's bridge before any other rule. It
/// stands beside the engine's chains and survives its restart. Every method blocks.
final class HostFilter {

    private static final String IPV4 = "iptables";
    private static final String IPV6 = "ip6tables";
    private static final List<String> HOOKS = List.of("INPUT", "FORWARD");
    private static final Duration LIMIT = Duration.ofSeconds(10);

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
                        + " false, and every service that listens on this host can be reached by agents");
            }
        }
    }

    /// Puts the rules where they are not, all at once.
    ///
    /// @return whether anything had to be changed
    boolean ensure(String gateway, int port) throws RuntimeFault {
        boolean fourth = ensure(
                IPV4,
                List.of(
                        "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                        "-d " + gateway + "/32 -p tcp -m tcp --dport " + port + " -j ACCEPT",
                        "-j DROP"));
        boolean sixth = ensure(IPV6, List.of("-j DROP"));
        return fourth || sixth;
    }

    /// Takes the rules away; none to take is no error.
    void remove() throws RuntimeFault {
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

    /// Our rule must come before every rule that lets something in, so before all but those of other homes.
    private boolean hook(String tables, String hook) throws RuntimeFault {
        List<String> rules = rules(tables, hook);
        boolean first = rules.stream()
                .takeWhile(rule -> rule.matches("-A " + hook + " -i ol-\\p{XDigit}{8} -j OPENLEGION-\\p{XDigit}{8}"))
                .anyMatch(this::isOurs);
        if (first) {
            return false;
        }
        // one that stands too low stays until the end: to delete it, the new one would have to go first
        var _ = run(tables, "", "-I", hook, "1", "-i", marks.bridge(), "-j", marks.chain());
        return true;
    }

    private List<String> rules(String tables, String hook) throws RuntimeFault {
        return run(tables, "", "-S", hook)
                .output()
                .lines()
                .filter(line -> line.startsWith("-A " + hook + " "))
                .toList();
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
