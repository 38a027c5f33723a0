package ai.openlegion.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the kernel says of a process that runs, to be compared with what was asked.
///
/// @param program the file that it runs
/// @param fields of `/proc/PID/status`
record ProcessState(Path program, Map<String, String> fields) {

    static ProcessState of(long pid) throws IOException {
        Path folder = Path.of("/proc", String.valueOf(pid));
        // before the rest: what it is once it runs its program does not change back
        Path program = Files.readSymbolicLink(folder.resolve("exe"));
        Map<String, String> fields = new TreeMap<>();
        for (String line : Files.readAllLines(folder.resolve("status"))) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return new ProcessState(program, fields);
    }

    /// What is less confined than asked; empty where nothing is.
    ///
    /// @param user its own; -1 where it has the mesh's, which leaves it what that user may
    String flaw(int user) {
        List<String> flaws = new ArrayList<>();
        expect(flaws, "NoNewPrivs", "1");
        expect(flaws, "CapInh", "0000000000000000");
        if (user >= 0) {
            String ids = (user + "\t").repeat(4).strip();
            expect(flaws, "Uid", ids);
            expect(flaws, "Gid", ids);
            expect(flaws, "Groups", "");
            for (String set : List.of("CapPrm", "CapEff", "CapBnd", "CapAmb")) {
                expect(flaws, set, "0000000000000000");
            }
        }
        return String.join(", ", flaws);
    }

    private void expect(List<String> flaws, String field, String wanted) {
        String found = fields.getOrDefault(field, "unknown");
        if (!found.equals(wanted)) {
            flaws.add(field + " is " + found.replace('\t', ' ') + " instead of " + wanted.replace('\t', ' '));
        }
    }
}
