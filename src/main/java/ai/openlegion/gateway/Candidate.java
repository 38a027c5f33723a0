package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.json.PlainJson;
import ai.openlegion.proxy.BodyRewrite;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.Codecs;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A model that may answer a call, and what it would be sent.
///
/// @param spoken the dialect in which its provider is asked
/// @param translated the request in that dialect, without its maximum; null where the client's own bytes go
/// @param freeform the tools that the translation may have had to say in another way
record Candidate(Model model, Dialect spoken, byte @Nullable [] translated, Set<String> freeform) {

    /// The client's request as this model can be asked it.
    ///
    /// @throws Untranslatable where it cannot be said in the provider's dialect
    static Candidate of(Model model, Door door, CallRequest request) throws Untranslatable {
        Dialect spoken = model.dialectFor(door.dialect());
        // what another provider sealed and we wrapped is nothing to this one, whichever dialect both speak
        if (spoken == door.dialect() && (spoken == Dialect.OPENAI || !request.holdsSeal())) {
            return new Candidate(model, spoken, null, Set.of());
        }
        Map<String, @Nullable Object> said = PlainJson.readObject(BodyRewrite.ownMembers(request));
        Prompt prompt = Codecs.of(door.dialect()).readPrompt(said);
        Map<String, @Nullable Object> body =
                Codecs.of(spoken).writePrompt(prompt, model.upstreamName(), door.streams(request));
        Set<String> freeform = prompt.tools().stream()
                .filter(Prompt.Tool::freeform)
                .map(Prompt.Tool::name)
                .collect(Collectors.toUnmodifiableSet());
        return new Candidate(model, spoken, PlainJson.write(body).getBytes(StandardCharsets.UTF_8), freeform);
    }

    /// A reader for the provider's answer.
    ///
    /// @param figuresWanted whether the client asked for the figures of a stream
    AnswerReader reader(boolean figuresWanted) {
        return Codecs.of(spoken).reader(figuresWanted, freeform);
    }

    /// The same without what it is sent.
    Candidate withoutBody() {
        return translated == null ? this : new Candidate(model, spoken, null, freeform);
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
