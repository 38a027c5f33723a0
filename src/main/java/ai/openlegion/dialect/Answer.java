package ai.openlegion.dialect;

import java.util.List;

/// A whole answer with one choice.
///
/// @param created seconds since 1970; 0 where the provider says none
/// @param stop the sequence at which it stopped; empty where none did
public record Answer(
        String id, String model, long created, List<Part> parts, StopReason reason, String stop, Usage usage) {}
