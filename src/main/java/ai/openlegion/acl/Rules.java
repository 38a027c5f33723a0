package ai.openlegion.acl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One compiled list of an entry: what it names exactly, whether it names everything, and its globs.
///
/// Every answer it can give is made beforehand, so that allowing creates nothing.
final class Rules {

    private final String list;
    private final Map<String, Decision.Allowed> exact;
    private final Decision.@Nullable Allowed everything;
    private final List<PatternRule> patterns;

    private Rules(
            String list,
            Map<String, Decision.Allowed> exact,
            Decision.@Nullable Allowed everything,
            List<PatternRule> patterns) {
        this.list = list;
        this.exact = exact;
        this.everything = everything;
        this.patterns = patterns;
    }

    /// Exact names, or `*` for everything; other metacharacters stand for themselves.
    static Rules names(String list, List<String> names, long revision) {
        Map<String, Decision.Allowed> exact = new HashMap<>();
        Decision.Allowed everything = null;
        for (String name : names) {
            Decision.Allowed allowed = allowed(list, name, revision);
            if (name.equals("*")) {
                everything = allowed;
            } else {
                exact.put(name, allowed);
            }
        }
        return new Rules(list, exact, everything, List.of());
    }

    /// Globs over the whole resource; those without metacharacters are looked up like names.
    static Rules globs(String list, List<String> globs, long revision) {
        Map<String, Decision.Allowed> exact = new HashMap<>();
        Decision.Allowed everything = null;
        List<PatternRule> patterns = new ArrayList<>();
        for (String text : globs) {
            Decision.Allowed allowed = allowed(list, text, revision);
            Glob glob = compile(list, text);
            if (text.equals("*")) {
                everything = allowed;
            } else if (glob.isLiteral()) {
                exact.put(text, allowed);
            } else {
                patterns.add(new PatternRule(glob, allowed));
            }
        }
        return new Rules(list, exact, everything, List.copyOf(patterns));
    }

    /// Everything when the switch is on, else nothing.
    static Rules toggle(String name, boolean on, long revision) {
        return new Rules(name, Map.of(), on ? new Decision.Allowed(name, revision) : null, List.of());
    }

    /// The rule that allows this resource; null when none does.
    Decision.@Nullable Allowed allowing(String resource) {
        Decision.Allowed named = exact.get(resource);
        if (named != null) {
            return named;
        }
        if (everything != null) {
            return everything;
        }
        for (int i = 0; i < patterns.size(); i++) {
            PatternRule rule = patterns.get(i);
            if (rule.glob.matches(resource)) {
                return rule.allowed;
            }
        }
        return null;
    }

    /// The list's name, which is the rule of a denial.
    String list() {
        return list;
    }

    private static Decision.Allowed allowed(String list, String name, long revision) {
        return new Decision.Allowed(list + "[\"" + name + "\"]", revision);
    }

    private static Glob compile(String list, String text) {
        try {
            return Glob.compile(text);
        } catch (IllegalArgumentException flawed) {
            throw new IllegalArgumentException(list + ": a pattern " + flawed.getMessage(), flawed);
        }
    }

    private record PatternRule(Glob glob, Decision.Allowed allowed) {}
}
