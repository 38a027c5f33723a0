package ai.openlegion.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the agents of a runtime stand, once it is prepared.
///
/// @param meshHost the host by which they reach the mesh
/// @param listenOn the address the mesh has to listen on besides its own, for that; null = none
/// @param remarks what the operator should see in `status`: that the host filter is off, for example
public record Ground(String meshHost, @Nullable String listenOn, List<String> remarks) {

    public Ground {
        remarks = List.copyOf(remarks);
    }
}
