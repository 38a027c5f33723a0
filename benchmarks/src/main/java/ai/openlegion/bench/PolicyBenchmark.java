package ai.openlegion.bench;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.identity.AgentId;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// P6, second half: one permission decision in a matrix of 200 agents, agents taken in turn.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PolicyBenchmark {
    private static final int AGENTS = 200;

    private final AgentId[] agents = new AgentId[AGENTS];
    private Policy policy = Policy.of(0, new HashMap<>(), null, new HashMap<>());
    private int next;

    /// Each agent may use the LLM and a service, and ask for four families of models.
    @Setup
    public void matrix() {
        var entries = new HashMap<AgentId, Grants>();
        var models = new HashMap<AgentId, List<String>>();
        for (int i = 0; i < AGENTS; i++) {
            var agent = AgentId.parse("agent-" + i).orElseThrow();
            agents[i] = agent;
            entries.put(
                    agent,
                    new Grants(
                            List.of("agent-" + (i + 1) % AGENTS),
                            List.of("research_complete"),
                            List.of("new_lead"),
                            List.of("context/*", "tasks/*"),
                            List.of("context/prospect_*"),
                            List.of("brave_search", "llm"),
                            List.of(),
                            List.of(),
                            false,
                            false));
            models.put(agent, List.of("anthropic/*", "gemini/gemini-2.5-*", "openai/gpt-4o*", "canned/small"));
        }
        policy = Policy.of(1, entries, null, models);
    }

    /// The question asked once a call: may the agent use the LLM service.
    @Benchmark
    public Decision decideApi() {
        return policy.decide(agent(), Operation.API, "llm");
    }

    /// The other one: may it use this model, allowed by its third glob.
    @Benchmark
    public Decision decideModel() {
        return policy.decide(agent(), Operation.MODEL, "openai/gpt-4o-mini");
    }

    private AgentId agent() {
        next = next + 1 == AGENTS ? 0 : next + 1;
        return agents[next];
    }
}
