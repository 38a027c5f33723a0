package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.stream.Stream;

/// A door and the provider behind it, which may speak another dialect.
///
/// @param streamed whether the answer comes event by event
record Combination(ClientDoor door, boolean streamed, String provider) {

    private static final String PRICES = "input_usd_per_mtok: 3, cached_input_usd_per_mtok: 0.3,"
            + " cache_write_usd_per_mtok: 3.75, cache_write_1h_usd_per_mtok: 6, output_usd_per_mtok: 15,"
            + " context_tokens: 128000, max_output_tokens: 4096";

    private static final String FREE_INPUT = "input_usd_per_mtok: 0, output_usd_per_mtok: 1, max_output_tokens: 4096";

    /// A home with a provider of each dialect, and one that spells its maximum as OpenAI's newer models do; all are the
    /// same upstream. Each has the models `free-input` and `priced`.
    static MeshHome home(Upstream upstream) {
        MeshHome home = MeshHome.in(upstream);
        further(home, upstream, "simant", "dialect: anthropic");
        further(home, upstream, "simresp", "dialect: openai-responses");
        further(home, upstream, "simnew", "dialect: openai, max_tokens_field: max_completion_tokens");
        return home.model("sim/priced", PRICES);
    }

    private static void further(MeshHome home, Upstream upstream, String name, String members) {
        var _ = home.provider(name, "base_url: \"" + upstream.baseUrl() + "\", " + members)
                .model(name + "/free-input", FREE_INPUT)
                .model(name + "/priced", PRICES);
    }

    static Stream<Combination> every() {
        return Stream.of("sim", "simant", "simresp").flatMap(Combination::to);
    }

    static Stream<Combination> streams() {
        return every().filter(Combination::streamed);
    }

    static Stream<Combination> everySpelling() {
        return Stream.concat(every(), to("simnew"));
    }

    private static Stream<Combination> to(String provider) {
        return Stream.of(ClientDoor.values())
                .flatMap(door -> Stream.of(true, false)
                        .filter(streamed -> !door.isMesh() || streamed == (door == ClientDoor.MESH_STREAM))
                        .map(streamed -> new Combination(door, streamed, provider)));
    }

    /// The agent of a scenario that has one for each way.
    String agent(String scenario) {
        return scenario + "-" + door.name().toLowerCase(Locale.ROOT) + (streamed ? "-s-" : "-w-") + provider;
    }

    /// Calls with no maximum until it cannot pay; how many calls were answered.
    ///
    /// @param limit of the agent in pico-USD
    int callUntilRefused(Mesh mesh, String agent, long limit) {
        int answered = 0;
        while (isAnswered(mesh, agent, limit)) {
            answered++;
        }
        return answered;
    }

    private boolean isAnswered(Mesh mesh, String agent, long limit) {
        if (streamed && door != ClientDoor.MESH_STREAM) {
            try (EventStream stream = stream(mesh, agent, "tokens=40 pace=1", 0)) {
                if (stream.status() != 200) {
                    door.assertUnpaid(stream.reply(), limit);
                    return false;
                }
                door.assertEnded(stream.all());
                return true;
            }
        }
        Reply reply = post(mesh, agent, streamed ? "tokens=40 pace=1" : "tokens=40", 0);
        if (door.status(reply) == 402) {
            door.assertUnpaid(reply, limit);
            return false;
        }
        assertThat(door.status(reply)).as(reply.body()).isEqualTo(200);
        assertThat(reply.body()).doesNotContain("\"type\":\"error\"");
        return true;
    }

    /// A streamed answer of the model whose input is free.
    EventStream stream(Mesh mesh, String agent, String directive, int max) {
        return mesh.stream(agent, door.path(), body(directive, max));
    }

    /// The same, read to its end.
    Reply post(Mesh mesh, String agent, String directive, int max) {
        return mesh.post(agent, door.path(), body(directive, max));
    }

    private JsonObject body(String directive, int max) {
        return door.body(provider + "/free-input", directive, max, streamed);
    }

    @Override
    public String toString() {
        return door + (streamed ? " streamed → " : " whole → ") + provider;
    }
}
