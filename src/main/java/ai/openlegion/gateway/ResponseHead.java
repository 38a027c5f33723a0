package ai.openlegion.gateway;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a call's response says before its body: gathered from the provider that answers, written once.
final class ResponseHead {

    private final Call call;
    private final Map<String, String> passedOn = new HashMap<>(0);
    private String upstreamRequestId = "";

    ResponseHead(Call call) {
        this.call = call;
    }

    /// A header of the provider's answer that the client gets with it.
    void passesOn(String name, String value) {
        passedOn.put(name, value);
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
        passedOn.clear();
        upstreamRequestId = "";
    }

    /// Whose request it was, what its provider says, who answers where that is not the model asked for, and what the
    /// agent had left.
    void write(@Nullable Attempt attempt, @Nullable Model asked) {
        passedOn.forEach(call.response::putHeader);
        call.response.putHeader("x-request-id", requestId());
        if (call.door.dialect() == Dialect.ANTHROPIC && !passedOn.containsKey("request-id")) {
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
