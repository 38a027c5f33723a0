package ai.openlegion.gateway;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a call's response says before its body: gathered from the provider that answers, written once.
final class ResponseHead {

    private static final String[] NONE = {};

    private final Call call;

    /// Names and values in turn, the first `passed` of them: most providers send a few, none at all is common too.
    private String[] passedOn = NONE;

    private int passed;
    private String upstreamRequestId = "";

    ResponseHead(Call call) {
        this.call = call;
    }

    /// A header of the provider's answer that the client gets with it.
    void passesOn(String name, String value) {
        int at = find(name);
        if (at < 0) {
            at = passed;
            if (at == passedOn.length) {
                passedOn = Arrays.copyOf(passedOn, Math.max(8, 2 * at));
            }
            passed += 2;
        }
        passedOn[at] = name;
        passedOn[at + 1] = value;
    }

    private int find(String name) {
        for (int at = 0; at < passed; at += 2) {
            if (passedOn[at].equals(name)) {
                return at;
            }
        }
        return -1;
    }

    /// The provider's own id of the request.
    void upstreamRequestId(String id) {
        upstreamRequestId = id;
    }

    /// The provider's own id of the request; empty where it has given none.
    String upstreamRequestId() {
        return upstreamRequestId;
    }

    /// The id that the client is told: the provider's where it has given one, else ours.
    String requestId() {
        return upstreamRequestId.isEmpty() ? call.requestId : upstreamRequestId;
    }

    /// Another provider is asked: what the last one said is not the client's business.
    void clear() {
        passed = 0;
        upstreamRequestId = "";
    }

    /// Whose request it was, what its provider says, who answers where that is not the model asked for, and what the
    /// agent had left.
    void write(@Nullable Attempt attempt, @Nullable Model asked) {
        for (int at = 0; at < passed; at += 2) {
            call.response.putHeader(passedOn[at], passedOn[at + 1]);
        }
        call.response.putHeader("x-request-id", requestId());
        if (call.door.dialect() == Dialect.ANTHROPIC && find("request-id") < 0) {
            call.response.putHeader("request-id", requestId()); // where this vendor's clients look for it
        }
        if (attempt == null) {
            return;
        }
        if (!attempt.model().equals(asked)) {
            call.response.putHeader("x-openlegion-model", attempt.model().id());
        }
        if (attempt.hold.remainingPico() != Limits.UNLIMITED) {
            call.response.putHeader("x-openlegion-budget-remaining-usd", Usd.decimal(attempt.hold.remainingPico()));
        }
    }
}
