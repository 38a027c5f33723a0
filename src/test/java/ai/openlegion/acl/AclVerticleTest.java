package ai.openlegion.acl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AclVerticleTest {

    private static final AgentId RESEARCHER = new AgentId("researcher");

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final AtomicReference<Policy> current = new AtomicReference<>(policy(1, List.of("llm")));

    @BeforeEach
    void deploys_the_verticle() throws Exception {
        assertThat(vertx.deployVerticle(new AclVerticle(bus, current::get)).await(30, TimeUnit.SECONDS))
                .isNotNull();
    }

    @AfterEach
    void closes() throws Exception {
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void explaining_answers_what_the_snapshot_of_the_moment_decides() throws Exception {
        assertThat(explain("llm"))
                .isEqualTo(new Acl.Explained(
                        true, "permissions.researcher.allowed_apis[\"llm\"]", 1, "Agent researcher can access llm"));

        current.set(policy(2, List.of()));

        assertThat(explain("llm"))
                .isEqualTo(new Acl.Explained(
                        false, "permissions.researcher.allowed_apis", 2, "Agent researcher cannot access llm"));
    }

    private Acl.Explained explain(String api) throws Exception {
        return bus.ask(Acl.EXPLAIN, new Acl.Explain(RESEARCHER, Operation.API, api))
                .await(30, TimeUnit.SECONDS);
    }

    private static Policy policy(long revision, List<String> apis) {
        Grants grants = new Grants(
                List.of(), List.of(), List.of(), List.of(), List.of(), apis, List.of(), List.of(), false, false);
        return Policy.of(revision, Map.of(RESEARCHER, grants), null, Map.of());
    }
}
