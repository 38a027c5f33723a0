package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Condition;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.Malformed;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.ResultPath;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Definitions for tests, said in few words.
public final class Flow {

    private final List<Part> parts = new ArrayList<>();
    private int timeoutSeconds = 600;
    private @Nullable String onComplete;

    private Flow() {}

    public static Flow flow() {
        return new Flow();
    }

    public Flow timeout(int seconds) {
        timeoutSeconds = seconds;
        return this;
    }

    public Flow onComplete(String topic) {
        onComplete = topic;
        return this;
    }

    public Flow with(Part part) {
        parts.add(part);
        return this;
    }

    public Workflow build() {
        List<Step> steps = parts.stream().map(Part::build).toList();
        return new Workflow("flow", "config/workflows/flow.yaml", null, null, timeoutSeconds, onComplete, null, steps);
    }

    /// A step of the agent of its own name.
    public static Part step(String id, String... dependsOn) {
        return new Part(id, List.of(dependsOn));
    }

    /// A step that is being said.
    public static final class Part {
        private final String id;
        private final List<String> dependsOn;
        private InputFrom input = new InputFrom.Unsaid();
        private @Nullable Condition condition;
        private OnFailure onFailure = OnFailure.ABORT;
        private int maxRetries = 3;
        private @Nullable AgentId fallbackAgent;
        private boolean requiresApproval;
        private @Nullable FanOut forEach;

        private Part(String id, List<String> dependsOn) {
            this.id = id;
            this.dependsOn = dependsOn;
        }

        public Part input(String from) {
            input = read(() -> InputFrom.parse(from));
            return this;
        }

        public Part condition(String text) {
            condition = read(() -> Condition.parse(text));
            return this;
        }

        public Part skip() {
            onFailure = OnFailure.SKIP;
            return this;
        }

        public Part retry(int most) {
            onFailure = OnFailure.RETRY;
            maxRetries = most;
            return this;
        }

        public Part fallback(String agent) {
            onFailure = OnFailure.FALLBACK;
            fallbackAgent = new AgentId(agent);
            return this;
        }

        public Part approval() {
            requiresApproval = true;
            return this;
        }

        public Part forEach(String list, int maxParallel) {
            forEach = read(() -> new FanOut(ResultPath.parse(list), maxParallel));
            return this;
        }

        public Step build() {
            return new Step(
                    id,
                    0,
                    new AgentId(id),
                    null,
                    "work",
                    dependsOn,
                    input,
                    120,
                    condition,
                    onFailure,
                    maxRetries,
                    fallbackAgent,
                    requiresApproval,
                    3600,
                    null,
                    null,
                    forEach);
        }
    }

    private interface Reading<T> {
        T read() throws Malformed;
    }

    private static <T> T read(Reading<T> reading) {
        try {
            return reading.read();
        } catch (Malformed wrong) {
            throw new IllegalArgumentException(wrong);
        }
    }
}
