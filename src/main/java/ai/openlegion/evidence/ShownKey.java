package ai.openlegion.evidence;

/// A public key as an auditor takes it home.
///
/// @param id the first 16 digits of the fingerprint
/// @param fingerprint SHA-256 of the key's DER, in hex
/// @param pem with a line's end behind it
public record ShownKey(String id, String fingerprint, String pem) {}
