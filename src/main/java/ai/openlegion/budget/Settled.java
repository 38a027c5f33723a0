package ai.openlegion.budget;

/// What settling a hold led to.
///
/// @param froze whether the provider billed more than the hold, so that the account is frozen from now on
public record Settled(boolean froze) {

    static final Settled PLAIN = new Settled(false);
    static final Settled FROZE = new Settled(true);
}
