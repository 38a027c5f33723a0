package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.json.PlainJson;
import ai.openlegion.proxy.BodyRewrite;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.Codecs;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A model that may answer a call, and what it would be sent.
///
/// @param spoken the dialect in which its provider is asked
/// @param translated the request in that dialect, without its maximum; null where the client's own bytes go
record Candidate(Model model, Dialect spoken, byte @Nullable [] translated) {

    /// The client's request as this model can be asked it.
    ///
    /// @throws Untranslatable where it cannot be said in the provider's dialect
    static Candidate of(Model model, Door door, CallRequest request) throws Untranslatable {
        Dialect spoken = model.dialectFor(door.dialect());
        if (spoken == door.dialect()) {
            return new Candidate(model, spoken, null);
        }
        Map<String, @Nullable Object> said = PlainJson.readObject(BodyRewrite.ownMembers(request));
        Map<String, @Nullable Object> body = Codecs.of(spoken)
                .writePrompt(Codecs.of(door.dialect()).readPrompt(said), model.upstreamName(), door.streams(request));
        return new Candidate(model, spoken, PlainJson.write(body).getBytes(StandardCharsets.UTF_8));
    }

    /// What the provider is sent.
    ///
    /// @param maxTokens the granted maximum of one answer
    Buffer body(CallRequest request, long maxTokens, boolean streams) {
        String field = model.provider().maxTokensField(spoken);
        if (request.embeds()) {
            return BodyRewrite.named(request, model.upstreamName());
        }
        byte[] written = translated;
        if (written == null) {
            boolean asksFigures = streams && spoken == Dialect.OPENAI;
            return BodyRewrite.upstreamBody(request, model.upstreamName(), maxTokens, field, asksFigures);
        }
        return Buffer.buffer(written.length + 40)
                .appendBytes(written, 0, written.length - 1)
                .appendString(",\"" + field + "\":" + maxTokens + "}");
    }
}
