package ai.openlegion.scenario;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/// What needs a Docker engine with the agent's image: skipped, and said so, where there is none; a failure where the
/// environment says `CI`, since nobody reads there what was skipped.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsDocker.Condition.class)
public @interface NeedsDocker {

    /// The agent's image, as `agent-image/build.sh` names it.
    String IMAGE = "openlegion-agent:latest";

    /// OCI runtimes that the engine must have, besides runc.
    String[] runtimes() default {};

    /// Asks the engine, once for each class or method.
    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            var needs = AnnotationSupport.findAnnotation(context.getElement(), NeedsDocker.class);
            if (needs.isEmpty()) {
                return ConditionEvaluationResult.enabled("needs no engine");
            }
            String missing = missing(needs.get());
            if (missing.isEmpty()) {
                return ConditionEvaluationResult.enabled("the engine answers");
            }
            if (System.getenv("CI") != null) {
                throw new AssertionError(missing);
            }
            return ConditionEvaluationResult.disabled(missing);
        }

        private static String missing(NeedsDocker needs) {
            String runtimes = output("docker", "info", "--format", "{{range $name, $_ := .Runtimes}}{{$name}} {{end}}");
            if (runtimes.isBlank()) {
                return "no Docker engine answers: apt-get install docker.io";
            }
            for (String runtime : needs.runtimes()) {
                if (!runtimes.contains(runtime + " ")) {
                    return "the Docker engine has no runtime " + runtime;
                }
            }
            return output("docker", "image", "inspect", "--format", "{{.Id}}", IMAGE)
                            .startsWith("sha256:")
                    ? ""
                    : "there is no image " + IMAGE + ": agent-image/build.sh";
        }

        /// Standard output of a program; empty where it fails or hangs.
        private static String output(String... command) {
            try {
                Process process = new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor(20, TimeUnit.SECONDS)) {
                    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                }
                process.destroyForcibly();
                return "";
            } catch (java.io.IOException absent) {
                return "";
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return "";
            }
        }
    }
}
