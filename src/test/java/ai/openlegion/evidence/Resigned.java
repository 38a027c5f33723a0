package ai.openlegion.evidence;

import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Thief;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a log looks like after somebody signed it with a key of their own.
final class Resigned {

    private Resigned() {}

    /// Signs these checkpoints again, in the table and in the files.
    static void all(LogRig rig, Path key, long... seqs) throws Exception {
        Thief thief = new Thief(key);
        for (Path file : rig.files()) {
            List<String> lines = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                Checkpoint signed = Checkpoint.parse(line);
                for (long seq : seqs) {
                    if (signed.seq() == seq) {
                        signed = thief.resign(signed);
                        rig.attack("UPDATE audit_checkpoint SET key_id = '" + signed.keyId() + "', signature = X'"
                                + signed.signature() + "' WHERE seq = " + seq);
                    }
                }
                lines.add(signed.text());
            }
            Files.writeString(file, String.join("\n", lines) + "\n");
        }
    }

    static void base(LogRig rig, Path key) throws Exception {
        Checkpoint base = Checkpoint.parse(rig.ask("SELECT value FROM meta WHERE name = 'audit_base'"));
        rig.attack(
                "UPDATE meta SET value = '" + new Thief(key).resignBase(base).text() + "' WHERE name = 'audit_base'");
    }
}
