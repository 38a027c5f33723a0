package ai.openlegion.simulator;

import io.vertx.core.json.JsonObject;

/// What the simulated provider has seen and generated for one API key, or for all of them.
///
/// @param requests chat requests that arrived whole, refused ones too
/// @param inputTokens prompt tokens of the requests that were answered
/// @param outputTokens tokens generated, read by the client or not
/// @param streamsOpen answers not ended yet, silent ones too
/// @param disconnects answers whose client left before their end
public record Counts(long requests, long inputTokens, long outputTokens, long streamsOpen, long disconnects) {

    /// The sum of two.
    Counts plus(Counts more) {
        return new Counts(
                requests + more.requests,
                inputTokens + more.inputTokens,
                outputTokens + more.outputTokens,
                streamsOpen + more.streamsOpen,
                disconnects + more.disconnects);
    }

    /// The counter API's form of these figures.
    JsonObject toJson() {
        return new JsonObject()
                .put("requests", requests)
                .put("input_tokens", inputTokens)
                .put("output_tokens", outputTokens)
                .put("streams_open", streamsOpen)
                .put("disconnects", disconnects);
    }
}
