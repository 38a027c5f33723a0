package ai.openlegion.budget;

/// The account of all agents together, removed ones included, as it stands.
public record FleetState(WindowState daily, WindowState monthly) {}
