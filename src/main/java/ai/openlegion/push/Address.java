package ai.openlegion.push;

import java.net.URI;

/// Where the items of an agent are pushed to.
///
/// @param base of the endpoint; an item's path is appended
/// @param token by which the agent knows the mesh
record Address(URI base, String token) {

    /// Without the token.
    @Override
    public String toString() {
        return "Address[" + base + "]";
    }
}
