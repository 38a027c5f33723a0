package ai.openlegion.workflow.model;

/// A step that runs once for each item of a list in an earlier step's result.
///
/// @param list where the list is
/// @param maxParallel the most items under way at once
public record FanOut(ResultPath list, int maxParallel) {}
