package ai.openlegion.cli;

import ai.openlegion.evidence.Evidence;
import ai.openlegion.evidence.EvidenceException;
import ai.openlegion.evidence.ShownKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `audit key`: shows the public key that signs the log, or makes a new one.
@Command(
        name = "key",
        description = {
            "Prints the public key that signs the log, and its fingerprint: give an auditor a copy.",
            "--new makes another one, for when the private half is lost or known to somebody. The mesh must be down."
        })
final class AuditKeyCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--new", description = "Makes a new key. It shows in the log from which entry on it signs.")
    private boolean another;

    @Option(names = "--json", description = "Prints the keys as JSON, the one that signs now first.")
    private boolean json;

    AuditKeyCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        Evidence evidence = AuditCommand.evidence(root);
        try {
            if (another) {
                demandStopped();
                evidence.newKey();
            }
            List<ShownKey> keys = evidence.keys();
            Terminal terminal = root.terminal();
            if (json) {
                JsonArray listed = new JsonArray();
                keys.forEach(key -> listed.add(new JsonObject()
                        .put("key_id", key.id())
                        .put("fingerprint", key.fingerprint())
                        .put("pem", key.pem())));
                terminal.print(listed.encode());
            } else {
                ShownKey key = keys.getFirst();
                terminal.print(key.pem().strip());
                terminal.err()
                        .println("key " + key.id() + ", SHA-256 fingerprint " + key.fingerprint() + ", in "
                                + evidence.publicFile());
            }
            return 0;
        } catch (EvidenceException unreadable) {
            throw AuditCommand.failure(unreadable);
        }
    }

    private void demandStopped() throws CommandFailure {
        Ready ready = Ready.read(root.home());
        if (ready != null && ready.alive()) {
            throw CommandFailure.failed("the mesh is running and signs with its key; stop it first: openlegion stop");
        }
    }
}
