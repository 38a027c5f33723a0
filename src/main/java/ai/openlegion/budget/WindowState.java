package ai.openlegion.budget;

/// One account's day or month as it stands, in pico-USD.
///
/// @param limitPico its limit, [Limits#UNLIMITED] for none
/// @param resetsAtMillis when the window ends, in milliseconds since 1970
public record WindowState(long limitPico, long spentPico, long heldPico, long unreconciledPico, long resetsAtMillis) {}
