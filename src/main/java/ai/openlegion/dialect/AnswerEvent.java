package ai.openlegion.dialect;

import org.jspecify.annotations.Nullable;

/// One thing that a provider's answer says, in the order in which it says it.
///
/// The parts of an answer (a text, a tool call, a stretch of reasoning) are numbered by the reader as it meets them;
/// deltas with the same choice and part belong together. Parts of one choice do not overlap, except tool calls of Chat
/// Completions.
public sealed interface AnswerEvent {

    /// What a delta carries.
    enum Kind {
        /// What the model says.
        TEXT,
        /// Why the model does not say it.
        REFUSAL,
        /// What the model shows of its thinking.
        REASONING,
        /// The arguments of a tool call: a fragment of JSON text.
        ARGUMENTS
    }

    /// The answer has begun. Only what is an answer of the dialect at all has one.
    ///
    /// @param created seconds since 1970; 0 where the provider says none
    record Started(String id, String model, long created) implements AnswerEvent {}

    /// More of a part's text, as the inside of a JSON string, escaped as the provider did. The bytes are valid during
    /// the
    /// call only.
    record Delta(Kind kind, int choice, int part, byte[] bytes, int from, int to) implements AnswerEvent {}

    /// A tool call begins, whose arguments follow as deltas of this part.
    ///
    /// @param freeform whether its arguments are text of any kind, not JSON
    record ToolCalled(int choice, int part, String id, String name, boolean freeform) implements AnswerEvent {}

    /// Reasoning that only its provider can read, and wants back in the next turn.
    ///
    /// Of the same part as the deltas that show some of it; a part of its own where nothing is shown.
    record Sealed(int choice, int part, Part.Seal seal) implements AnswerEvent {}

    /// A part is whole.
    record PartEnded(int choice, int part) implements AnswerEvent {}

    /// The provider's figures so far; they replace earlier ones.
    record Used(Usage usage) implements AnswerEvent {}

    /// A choice is over.
    ///
    /// @param stop the sequence at which it stopped, where the provider says so
    record Ended(int choice, StopReason reason, @Nullable String stop) implements AnswerEvent {}

    /// Output that counts and that no other event shows.
    ///
    /// @param bytes UTF-8 bytes of it
    record Unshown(long bytes) implements AnswerEvent {}

    /// The terminal frame: the answer is whole.
    record Completed() implements AnswerEvent {}

    /// The provider gave up.
    record Failed(Fault fault) implements AnswerEvent {}
}
