package ai.openlegion.fleet;

import ai.openlegion.identity.TokenDigest;
import ai.openlegion.vault.Secret;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// What opens the doors between the mesh and an agent that it runs, from the moment its token is minted until it ends.
///
/// @param token the digest of the one it comes in with
/// @param address of its HTTP server, without a path; null while it is not known, or where it has none
/// @param inbound the token by which it knows the mesh
public record Presence(TokenDigest token, @Nullable URI address, Secret inbound) {}
