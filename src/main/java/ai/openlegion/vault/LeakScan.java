package ai.openlegion.vault;

import ai.openlegion.vault.LeakForms.Form;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The search for a set of values in what leaves; immutable, made once and used by every call.
public final class LeakScan {

    private final Redaction redaction;
    private final LeakSearch search;
    private final @Nullable LeakAutomaton automaton;
    private final long formBytes;

    /// @param agents of whose values only the beginnings are looked for, see [LeakForms]
    LeakScan(Collection<Secret> operators, Collection<Secret> agents) {
        List<Form> forms = LeakForms.of(operators, agents, LeakForms.SHORTEST);
        redaction = new Redaction(operators, agents);
        search = new LeakSearch(forms);
        automaton = LeakAutomaton.of(forms);
        formBytes = forms.stream().mapToLong(form -> form.bytes().length).sum();
    }

    /// How many bytes all forms have together: what this costs to make and to keep grows with it.
    long formBytes() {
        return formBytes;
    }

    /// The text with every value of 8 characters or more, and its base64, URL, hex and JSON forms, replaced by `***`;
    /// nothing but `***` where one stands in it that cannot be struck out.
    public String redact(String text) {
        return struckOut(text).orElse("***");
    }

    /// [#redact] for a document, which has to stay one: empty where a value stands in it that cannot be struck out, as
    /// behind escapes.
    public Optional<String> struckOut(String text) {
        return redaction.apply(text);
    }

    /// Whether a value of 12 characters or more stands in these bytes, in any of its forms, also behind the escapes of
    /// JSON strings.
    public boolean leaks(byte[] bytes, int from, int to) {
        return search.finds(bytes, from, to);
    }

    /// A new search for the values of 12 characters or more in one text that comes in pieces.
    public LeakWatch watch() {
        return new LeakWatch(automaton);
    }

    /// A new search for the values of 12 characters or more in bytes of any kind that come in pieces.
    public ByteWatch byteWatch() {
        return new ByteWatch(automaton);
    }
}
