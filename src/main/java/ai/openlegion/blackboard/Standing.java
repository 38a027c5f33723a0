package ai.openlegion.blackboard;

/// What a write finds under its key.
///
/// @param version the last that was used; where nothing is known of the key, the version below every new one
/// @param live whether there is an entry: neither removed nor expired
/// @param held whether the limits count it: an entry, or an expired one that was not cleared away yet
/// @param author who wrote it last
/// @param bytes of the key and the value that are held
record Standing(long version, boolean live, boolean held, String author, long bytes, long createdAtMillis) {

    /// A key that was never written, or so long ago that its version was forgotten.
    static Standing unknown(long versionFloor) {
        return new Standing(versionFloor, false, false, "", 0, 0);
    }
}
