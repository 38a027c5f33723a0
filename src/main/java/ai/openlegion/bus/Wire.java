package ai.openlegion.bus;

/// A message that may travel on the bus: an immutable record, never one that holds a secret.
public interface Wire {}
