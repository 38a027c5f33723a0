package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;

/// What the store holds, or is about to hold, of an agent's day; in pico-USD.
///
/// @param day in days since 1970, UTC
/// @param leased what calls in flight may still spend; after a crash it counts as unreconciled
/// @param released what an operator released that `unreconciled` leaves out and the image before does not
record DayImage(AgentId agent, long day, long spent, long unreconciled, long leased, long released) {

    /// What a restart from this image counts against the limits.
    long total() {
        return Math.addExact(Math.addExact(spent, unreconciled), leased);
    }
}
