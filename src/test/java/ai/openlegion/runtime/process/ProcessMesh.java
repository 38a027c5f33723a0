package ai.openlegion.runtime.process;

import ai.openlegion.fleet.Resources;
import ai.openlegion.runtime.Instance;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// A mesh's process reduced to its agents, for a test to kill: prints the start of each and stays.
final class ProcessMesh {

    private ProcessMesh() {}

    /// @param arguments the home, whether agents get users of their own, the script of each agent
    public static void main(String[] arguments) throws Exception {
        ProcessRig rig = new ProcessRig(Path.of(arguments[0]), Boolean.parseBoolean(arguments[1]));
        for (String agent : List.of("a", "b")) {
            Instance instance = ProcessRig.await(rig.runtime.start(
                    ProcessRig.launch(agent, Resources.DEFAULTS, List.of("/bin/sh", "-c", arguments[2]), Map.of())));
            System.out.println(instance.start());
        }
        System.out.println("up");
        new CountDownLatch(1).await();
    }
}
