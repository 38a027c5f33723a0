package ai.openlegion.dialect;

/// Why a model stopped.
public enum StopReason {
    /// It had said all.
    END,
    /// The maximum of tokens was reached.
    LENGTH,
    /// It wrote a stop sequence of the request.
    STOP_SEQUENCE,
    /// It wants tools called.
    TOOL_CALLS,
    /// It, or a filter, refused.
    REFUSAL,
    /// A long turn was interrupted and may be continued.
    PAUSED
}
