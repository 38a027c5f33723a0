package ai.openlegion.host;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import ai.openlegion.config.Starter;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Execution;
import ai.openlegion.runtime.docker.DockerRuntime;
import ai.openlegion.runtime.docker.DockerSettings;
import ai.openlegion.runtime.process.ProcessRuntime;
import ai.openlegion.runtime.process.ProcessSettings;
import ai.openlegion.simulator.SimulatedProvider;
import ai.openlegion.vault.Secret;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The sample fleet on a built-in simulated provider: a first look without a key, a container or a network.
final class Demo {

    private static final AgentId AGENT = new AgentId("researcher");

    /// What the sample pipeline is asked about.
    private static final String LEAD = "{\"lead_id\": \"7\", \"company\": \"Acme\"}";

    /// How long an engine, or the tools for processes, may take to say that they are there.
    private static final int ANSWER_SECONDS = 2;

    /// In the sample fleet's `mesh.yaml`; another one was written by somebody who means it.
    static final RuntimeKind SHIPPED = RuntimeKind.PROCESS;

    private final SimulatedProvider provider;
    private final Secret key;
    private final RuntimeKind runtime;

    private Demo(SimulatedProvider provider, Secret key, RuntimeKind runtime) {
        this.provider = provider;
        this.key = key;
        this.runtime = runtime;
    }

    /// Writes the sample fleet into a home that has none, and starts the provider with a key made for this run.
    ///
    /// @param asked what isolates its agents; null = what somebody wrote into the home's file, or else what this
    ///     machine gives at once
    static Demo start(Home home, Vertx vertx, @Nullable RuntimeKind asked)
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        var _ = Starter.demo(home);
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String key = "demo-" + HexFormat.of().formatHex(random);
        SimulatedProvider provider = SimulatedProvider.start(vertx, 0, SimulatedProvider.Options.sampling(key))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        return new Demo(provider, Secret.of(key), asked == null ? kind(home, vertx) : asked);
    }

    private static RuntimeKind kind(Home home, Vertx vertx) throws InterruptedException, ExecutionException {
        RuntimeKind written = written(home);
        return written == SHIPPED ? found(home, vertx) : written;
    }

    /// What the home's own files say; as shipped where they are wrong, which is said when they are read in earnest.
    static RuntimeKind written(Home home) {
        return Configuration.load(home, Map.of(), Overrides.NONE, new Problems())
                .map(loaded -> loaded.settings().runtime().kind())
                .orElse(SHIPPED);
    }

    /* Containers only where their image stands: a first look does not wait for minutes until it is built. */
    private static RuntimeKind found(Home home, Vertx vertx) throws InterruptedException, ExecutionException {
        DockerSettings engine = DockerSettings.of(home.root());
        if (hasImage(engine.image()) && answers(new DockerRuntime(vertx, engine))) {
            return RuntimeKind.DOCKER;
        }
        return answers(new ProcessRuntime(vertx, ProcessSettings.of(home.root(), home.data(), "127.0.0.1")))
                ? RuntimeKind.PROCESS
                : RuntimeKind.EXTERNAL;
    }

    private static boolean answers(AgentRuntime runtime) throws InterruptedException, ExecutionException {
        try {
            return runtime.check()
                    .map(true)
                    .otherwise(false)
                    .eventually(runtime::close)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException silent) {
            return false;
        }
    }

    private static boolean hasImage(String image) throws InterruptedException {
        try {
            return Execution.of(
                                    List.of("docker", "image", "inspect", "--format", "there", image),
                                    System.getenv(),
                                    Duration.ofSeconds(ANSWER_SECONDS))
                            .exitCode()
                    == 0;
        } catch (IOException noDocker) {
            return false;
        }
    }

    /// What isolates the agents that the mesh runs.
    RuntimeKind runtime() {
        return runtime;
    }

    Overrides.Demo override() {
        return new Overrides.Demo(provider.baseUrl(), key);
    }

    /// Prints what to try, ready to paste.
    void explain(PrintStream out, Home home, MeshSettings.Listener agents, int port, Tokens tokens) throws IOException {
        String base = agents.scheme() + "://" + agents.host() + ":" + port;
        out.println();
        out.println("The demo fleet is up: its agents work on a simulated provider that never saw a network.");
        if (runtime == RuntimeKind.EXTERNAL) {
            out.println(
                    "Agents scout, reviewer and writer are not started: there is neither Docker nor util-linux here.");
        } else {
            out.println("Agents scout, reviewer and writer run with runtime " + runtime.key()
                    + "; talk with one, or look:");
            out.println();
            out.println("  ./openlegion chat writer --home " + home.root());
            out.println("  ./openlegion agents --home " + home.root());
            out.println();
            out.println("They work together in workflows; see one before it runs, then watch it, with what it costs:");
            out.println();
            out.println("  ./openlegion workflow show prospect_pipeline --home " + home.root());
            out.println("  ./openlegion workflow run prospect_pipeline --input '" + LEAD + "' --watch --home "
                    + home.root());
            out.println();
        }
        out.println("In another terminal, a call as the agent researcher:");
        out.println();
        out.println("  curl " + base + "/v1/chat/completions -H 'Authorization: Bearer " + tokens.external(AGENT)
                + "' -H 'Content-Type: application/json' -d '{\"model\":\"demo/small\",\"stream\":true,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"What keeps an agent honest?\"}]}'");
        out.println();
        out.println("Any OpenAI SDK works with OPENAI_BASE_URL=" + base + "/v1 and that token as OPENAI_API_KEY.");
        out.println("Then look at what it spent, and why it may:");
        out.println();
        out.println("  ./openlegion budget --home " + home.root());
        out.println("  ./openlegion explain researcher api llm --home " + home.root());
        out.println();
        out.println("Send an agent a message, and follow everything that is decided:");
        out.println();
        out.println("  ./openlegion send researcher 'Look at Acme' --home " + home.root());
        out.println("  ./openlegion events --after 0 --home " + home.root());
        out.println();
        out.println("Stop with Ctrl-C, or: ./openlegion stop --home " + home.root());
    }
}
