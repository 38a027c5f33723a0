package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.StopReason;

/// Why a model stopped, in Anthropic's words.
final class StopWords {

    private StopWords() {}

    static StopReason read(String word) {
        return switch (word) {
            case "max_tokens", "model_context_window_exceeded" -> StopReason.LENGTH;
            case "stop_sequence" -> StopReason.STOP_SEQUENCE;
            case "tool_use" -> StopReason.TOOL_CALLS;
            case "pause_turn" -> StopReason.PAUSED;
            case "refusal" -> StopReason.REFUSAL;
            default -> StopReason.END; // open: end_turn, and what is not known yet
        };
    }

    static String write(StopReason reason) {
        return switch (reason) {
            case END -> "end_turn";
            case LENGTH -> "max_tokens";
            case STOP_SEQUENCE -> "stop_sequence";
            case TOOL_CALLS -> "tool_use";
            case REFUSAL -> "refusal";
            case PAUSED -> "pause_turn";
        };
    }

    /// The reason as clients of this dialect expect it: some providers of others say no more than that they are done
    /// when they call tools or refuse.
    static StopReason of(StopReason told, boolean called, boolean refused) {
        if (told != StopReason.END) {
            return told;
        }
        return called ? StopReason.TOOL_CALLS : refused ? StopReason.REFUSAL : told;
    }
}
