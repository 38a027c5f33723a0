package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Api;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The official clients straight at the simulated provider: they take its answers for a real one's, in every dialect.
@Timeout(120)
class SimulatedDialectsTest {

    private static Upstream upstream;
    private static List<MatrixCase> cases;

    @BeforeAll
    static void run() throws Exception {
        upstream = Upstream.start();
        cases = MatrixCase.of(Node.script(
                upstream.provider().port(), Upstream.KEY, "matrix.mjs", String.join(",", MatrixCase.CLIENTS), "small"));
    }

    @AfterAll
    static void stop() throws Exception {
        upstream.close();
    }

    static List<MatrixCase> cases() {
        return cases;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void an_official_client_understands_it(MatrixCase one) {
        one.check();
    }

    @Test
    void every_dialect_counts_what_its_clients_got() {
        upstream.awaitQuiet();
        assertThat(cases).hasSize(3 * 14 + 3 * 10);
        assertThat(tokens(Api.CHAT)).isEqualTo(MatrixCase.TOKENS / 3);
        assertThat(tokens(Api.MESSAGES)).isEqualTo(MatrixCase.TOKENS / 3);
        assertThat(tokens(Api.RESPONSES)).isEqualTo(MatrixCase.TOKENS / 3);
    }

    private static long tokens(Api api) {
        return upstream.provider().counts(Upstream.KEY, api).outputTokens();
    }
}
