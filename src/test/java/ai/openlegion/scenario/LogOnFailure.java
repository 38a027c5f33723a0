package ai.openlegion.scenario;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Shows what the meshes said when a scenario fails.
final class LogOnFailure implements AfterTestExecutionCallback {

    @Override
    public void afterTestExecution(ExtensionContext context) {
        context.getExecutionException()
                .ifPresent(failure -> failure.addSuppressed(new AssertionError("the mesh said:\n" + Mesh.logs())));
    }
}
