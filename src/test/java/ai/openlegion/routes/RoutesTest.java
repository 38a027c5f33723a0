package ai.openlegion.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.acl.Operation;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RoutesTest {

    private final Vertx vertx = Vertx.vertx();
    private final Router router = Router.router(vertx);

    @AfterEach
    void closes() throws Exception {
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void a_listener_whose_routes_all_declare_a_permission_passes() {
        Routes.guard(router, RoutingContext::next);
        Routes.add(router, HttpMethod.GET, "/healthz", Permission.PUBLIC, RoutingContext::end);
        Route publish = Routes.add(
                router, HttpMethod.POST, "/mesh/publish", Permission.of(Operation.PUBLISH), RoutingContext::end);
        Routes.add(router, null, "/mesh/service/*", Permission.AGENT, RoutingContext::end);

        assertThatCode(() -> Routes.verify(router)).doesNotThrowAnyException();
        assertThat(Routes.permission(publish)).isEqualTo(Permission.of(Operation.PUBLISH));
    }

    @Test
    void every_route_without_a_permission_is_named() {
        Routes.add(router, HttpMethod.GET, "/healthz", Permission.PUBLIC, RoutingContext::end);
        router.post("/mesh/forgotten").handler(RoutingContext::end);
        router.route("/any").handler(RoutingContext::end);
        router.route().handler(RoutingContext::next);

        assertThatThrownBy(() -> Routes.verify(router))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("POST /mesh/forgotten")
                .hasMessageContaining("ANY /any")
                .hasMessageContaining("ANY (every path)")
                .hasMessageNotContaining("healthz");
    }
}
