package ai.openlegion.host;

import ai.openlegion.config.MeshSettings;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.store.Database;
import ai.openlegion.vault.CredentialStore;
import ai.openlegion.vault.MasterKeys;
import ai.openlegion.vault.VaultException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// The stored credentials of a home, and how they come into its fleet.
final class VaultParts {

    private final MasterKeys keys;
    private final CredentialStore store;
    private volatile int rewrapped;

    /// @throws VaultException when the environment or the key file holds something else than master keys
    VaultParts(
            Vertx vertx,
            Database database,
            Map<String, String> environment,
            MeshSettings settings,
            FleetRegistry fleets,
            InstantSource clock) {
        keys = MasterKeys.open(environment, settings.vaultKeyFile());
        store = new CredentialStore(
                vertx, database, keys, clock, () -> fleets.current().vault(), fleets::credentials);
    }

    CredentialStore store() {
        return store;
    }

    /// Opens everything that is stored, or fails with the first that does not open: a mesh that went on without it
    /// would
    /// answer for its agents as if the operator had removed it.
    Future<Void> open() {
        return store.open().compose(opened -> {
            if (opened.faults().isEmpty()) {
                rewrapped = opened.rewrapped();
                return Future.succeededFuture();
            }
            int more = opened.faults().size() - 1;
            return Future.failedFuture(
                    new VaultException(opened.faults().getFirst().why()
                            + (more == 0 ? "" : " (and " + more + " more: openlegion vault list)")));
        });
    }

    /// How many values [#open] had to put under the current master key.
    int rewrapped() {
        return rewrapped;
    }

    /// What the operator should know about the key file.
    List<String> warnings() {
        return keys.warnings();
    }
}
