package ai.openlegion.simulator;

/// One generated token: the unit in which the simulated provider counts.
sealed interface Delta {

    /// A piece of the answer's text.
    record Text(String text) implements Delta {}

    /// A piece of a refusal.
    record Refusal(String text) implements Delta {}

    /// A piece of visible reasoning.
    record Reasoning(String text) implements Delta {}

    /// Reasoning that only the provider can read.
    record Redacted(String data) implements Delta {}

    /// The head of a tool call: its id and the tool's name.
    record ToolStart(int call, String id, String name, boolean custom) implements Delta {}

    /// A piece of a tool call's arguments.
    record ToolArguments(int call, String piece, boolean custom) implements Delta {}
}
