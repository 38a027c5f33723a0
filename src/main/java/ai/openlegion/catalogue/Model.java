package ai.openlegion.catalogue;

import org.jspecify.annotations.Nullable;

/// A priced model of a provider.
///
/// @param id `provider/model`, as agents name it
/// @param upstreamName the name its provider knows it by: the id after the first slash
/// @param contextTokens the window, prompt and output together; 0 = unknown
/// @param maxOutputTokens the most it produces in one answer; 0 = unknown
/// @param tokenizer `o200k` or `cl100k` where its exact tokenizer is known
public record Model(
        String id,
        Provider provider,
        String upstreamName,
        Price price,
        long contextTokens,
        long maxOutputTokens,
        @Nullable String tokenizer) {}
