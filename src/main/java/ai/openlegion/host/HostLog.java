package ai.openlegion.host;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.config.Loaded;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Map;

/// The host's part of the audit: the mesh began or ended, by which configuration it decides, whose tokens changed.
final class HostLog {

    private static final Logger LOG = System.getLogger("openlegion.host");

    private final AuditLog audit;
    private final FleetRegistry fleets;
    private final Tokens tokens;
    private final InstantSource clock;
    private final RotationTable rotations;

    HostLog(AuditLog audit, FleetRegistry fleets, Tokens tokens, Database database, InstantSource clock) {
        this.audit = audit;
        this.fleets = fleets;
        this.tokens = tokens;
        this.clock = clock;
        rotations = new RotationTable(database);
    }

    void started(Loaded configuration) {
        record("mesh", "start", "mesh", "allowed", by(configuration));
        rotated();
    }

    void reloaded(Loaded configuration) {
        record("mesh", "reload", "configuration", "allowed", by(configuration));
        rotated();
    }

    void refusedReload(int problems) {
        record("mesh", "reload", "configuration", "refused: " + problems + " problems", "");
    }

    /// Stored credentials were put under the current master key, because the operator changed it or a rotation broke
    /// off.
    void rewrapped(int credentials) {
        if (credentials > 0) {
            record("mesh", "vault.rotate", credentials + " stored credentials", "done", "");
        }
    }

    void stops() {
        record("mesh", "stop", "mesh", "allowed", "");
    }

    /* Binds the revision, which every entry names, to what the files said. */
    private static String by(Loaded configuration) {
        return "sha256:" + configuration.contentHash();
    }

    /// Records the rotations that no entry tells of yet. The entries are queued before it is stored that they are: a
    /// crash between makes them come twice rather than never.
    private void rotated() {
        Map<AgentId, Long> now;
        try {
            now = tokens.generations();
        } catch (IOException unreadable) {
            LOG.log(Level.WARNING, "rotations of tokens are not audited: " + unreadable.getMessage());
            return;
        }
        rotations
                .read()
                .compose(known -> {
                    if (known.equals(now)) {
                        return Future.succeededFuture();
                    }
                    now.forEach((agent, generation) -> {
                        if (!generation.equals(known.get(agent))) {
                            record("operator", "token.rotate", agent.value(), "done", "generation " + generation);
                        }
                    });
                    return rotations.write(now);
                })
                .onFailure(cause -> LOG.log(Level.WARNING, "rotations of tokens are audited later", cause));
    }

    private void record(String actor, String action, String resource, String decision, String rule) {
        long revision = fleets.current().revision();
        var entry = new AuditEntry(clock.millis(), actor, action, resource, decision, rule, revision, "", "", 0);
        if (!audit.offer(entry)) {
            LOG.log(Level.ERROR, "not audited: " + action + ' ' + resource);
        }
    }
}
