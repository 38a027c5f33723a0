package ai.openlegion.gateway;

import io.vertx.core.http.HttpServerResponse;

/// In which words an agent is told how its call of a service went: those of the pass-through door, or the envelope.
interface ServiceVoice {

    /// Ends a response that has not begun with a refusal.
    void refuse(HttpServerResponse response, Refusal refusal);
}
