package ai.openlegion.messaging;

import org.jspecify.annotations.Nullable;

/// An item found in an inbox.
///
/// @param row where it is stored
/// @param content what it says; null = only the store knows
record Place(long seq, long row, @Nullable Content content) {}
