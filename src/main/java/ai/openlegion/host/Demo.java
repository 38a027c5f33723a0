package ai.openlegion.host;

import ai.openlegion.config.Home;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Starter;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.simulator.SimulatedProvider;
import ai.openlegion.vault.Secret;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The sample fleet on a built-in simulated provider: a first look without a key, a container or a network.
final class Demo {

    private static final AgentId AGENT = new AgentId("researcher");

    private final SimulatedProvider provider;
    private final Secret key;

    private Demo(SimulatedProvider provider, Secret key) {
        this.provider = provider;
        this.key = key;
    }

    /// Writes the sample fleet into a home that has none, and starts the provider with a key made for this run.
    static Demo start(Home home, Vertx vertx)
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        var _ = Starter.demo(home);
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String key = "demo-" + HexFormat.of().formatHex(random);
        SimulatedProvider provider = SimulatedProvider.start(vertx, 0, SimulatedProvider.Options.keyed(key))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        return new Demo(provider, Secret.of(key));
    }

    Overrides.Demo override() {
        return new Overrides.Demo(provider.baseUrl(), key);
    }

    /// Prints what to try, ready to paste.
    void explain(PrintStream out, Home home, String host, int port, Tokens tokens) throws IOException {
        String base = "http://" + host + ":" + port;
        out.println();
        out.println(
                "The demo fleet is up: agents researcher and writer on a simulated provider that never saw a network.");
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
