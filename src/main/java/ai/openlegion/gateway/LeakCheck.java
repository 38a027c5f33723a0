package ai.openlegion.gateway;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.Events;
import ai.openlegion.vault.LeakWatch;
import ai.openlegion.vault.Vault;
import java.util.HashMap;
import java.util.Map;

/// A look for credentials in a whole answer: in what it says, and in the bytes of a document.
final class LeakCheck implements Events {

    private final Vault vault;
    private final Map<Said, LeakWatch> texts = new HashMap<>();
    private boolean found;

    LeakCheck(Vault vault) {
        this.vault = vault;
    }

    @Override
    public void on(AnswerEvent event) {
        if (event instanceof Delta delta) {
            found |= texts.computeIfAbsent(Said.in(delta), _ -> vault.watch())
                    .completes(delta.bytes(), delta.from(), delta.to());
        }
    }

    /// Whether the answer has said a credential, or one stands in this document, as it is or behind escapes.
    boolean finds(byte[] json) {
        return found || vault.leaks(json, 0, json.length) || (isEscaped(json) && escapedIn(json));
    }

    private boolean escapedIn(byte[] json) {
        return vault.byteWatch().completes(json, 0, json.length);
    }

    private static boolean isEscaped(byte[] json) {
        for (byte each : json) {
            if (each == '\\') {
                return true;
            }
        }
        return false;
    }
}
