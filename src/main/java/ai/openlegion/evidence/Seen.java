package ai.openlegion.evidence;

import ai.openlegion.audit.Checkpoint;

/// A checkpoint, and where it was found, in words.
record Seen(Checkpoint checkpoint, String where) {}
