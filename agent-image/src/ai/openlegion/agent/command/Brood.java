package ai.openlegion.agent.command;

import ai.openlegion.agent.command.ProcessTable.Row;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// A command's process and everything that comes of it, however it hides: its session, its group, its descendants, and
/// whoever carries its mark, an environment variable that no other command has.
final class Brood {

    private final Process first;
    private final String mark;
    private final Map<Long, Long> known = new HashMap<>();

    Brood(Process first, String mark) {
        this.first = first;
        this.mark = mark;
    }

    /// Looks who belongs to it now. One that has been seen stays known, also when its parents are gone.
    synchronized void look(ProcessTable table) {
        for (Row row : table.rows()) {
            if (row.group() == first.pid() || row.session() == first.pid() || ProcessTable.carries(row, mark)) {
                known.put(row.pid(), row.started());
            }
        }
        boolean grew = true;
        while (grew) {
            grew = false;
            for (Row row : table.rows()) {
                boolean child = table.parentOf(row).map(this::knows).orElse(false);
                grew |= child && known.put(row.pid(), row.started()) == null;
            }
        }
    }

    synchronized boolean knows(Row row) {
        return Long.valueOf(row.started()).equals(known.get(row.pid()));
    }

    /// Kills those of it that are alive.
    ///
    /// @return how many there were
    synchronized int kill(ProcessTable table) {
        look(table);
        int killed = 0;
        for (Row row : table.rows()) {
            if (knows(row) && !row.isZombie()) {
                killed++;
                kill(row.pid());
            }
        }
        if (killed == 0 && first.isAlive()) {
            killed = killWithoutTable();
        }
        return killed;
    }

    static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            if (process.pid() != ProcessHandle.current().pid()) {
                var _ = process.destroyForcibly();
            }
        });
    }

    private int killWithoutTable() {
        ProcessHandle leader = first.toHandle();
        return (int) Stream.concat(leader.descendants(), Stream.of(leader))
                .filter(ProcessHandle::destroyForcibly)
                .count();
    }
}
