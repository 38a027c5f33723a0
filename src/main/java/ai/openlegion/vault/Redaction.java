package ai.openlegion.vault;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The removal of credentials from a text, in every form of [LeakForms].
final class Redaction {

    /// Shorter values would strike ordinary words out of error texts.
    private static final int SHORTEST = 8;

    private final Collection<Secret> secrets;
    private final LeakSearch search;

    Redaction(Collection<Secret> operators, Collection<Secret> agents) {
        List<Secret> all = new ArrayList<>(operators);
        all.addAll(agents);
        secrets = List.copyOf(all);
        search = new LeakSearch(LeakForms.of(operators, agents, SHORTEST));
    }

    /// The text without them; empty where one stands in it that cannot be struck out: behind escapes, or as the
    /// beginning of a long one.
    Optional<String> apply(String text) {
        if (!finds(text)) {
            return Optional.of(text); // nearly every text; the needles may be hundreds, and long
        }
        String clean = text;
        for (String needle : needles()) {
            clean = clean.replace(needle, "***");
        }
        return finds(clean) ? Optional.empty() : Optional.of(clean);
    }

    private boolean finds(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return search.finds(bytes, 0, bytes.length);
    }

    private List<String> needles() {
        Set<String> forms = new TreeSet<>();
        for (Secret secret : secrets) {
            String value = secret.reveal();
            if (value.length() >= SHORTEST) {
                forms.addAll(LeakForms.of(value));
                addWhole(value, forms);
            }
        }
        for (String form : List.copyOf(forms)) {
            String escaped = form.replace("\\", "\\\\").replace("\"", "\\\"");
            forms.add(escaped);
            forms.add(escaped.replace("/", "\\/"));
        }
        return forms.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /// A value that was encoded alone goes with its padding and the bits before it.
    private static void addWhole(String value, Set<String> forms) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        String whole = Base64.getEncoder().encodeToString(bytes);
        forms.add(whole);
        forms.add(whole.replace('+', '-').replace('/', '_'));
        forms.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
        forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }
}
