package ai.openlegion.control;

import ai.openlegion.control.VaultDesk.Told;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Supplier;

/// `/control/vault`: the names of all credentials, and the operator's own. No route answers with a value.
final class VaultRoutes {

    private static final String VAULT = "/control/vault";
    private static final String CREDENTIAL = VAULT + "/:name";

    private final VaultDesk desk;
    private final OperatorLog log;

    VaultRoutes(VaultDesk desk, OperatorLog log) {
        this.desk = desk;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get(VAULT, context -> Future.succeededFuture(answer(desk.list())));
        routes.post(VAULT + "/rotate", context -> order(context, "vault.rotate", desk::rotate));
        routes.object(
                HttpMethod.PUT,
                CREDENTIAL,
                (context, body) -> order(context, "vault.set", () -> desk.set(name(context), body.string("value"))));
        routes.delete(CREDENTIAL, context -> order(context, "vault.remove", () -> desk.remove(name(context))));
    }

    private Future<Answer> order(RoutingContext context, String action, Supplier<Future<Told>> order) {
        return log.accountable(() -> order.get().map(told -> {
            log.record(context, action, told.resource(), told.decision());
            return answer(told);
        }));
    }

    private static Answer answer(Told told) {
        return new Answer(told.status(), Buffer.buffer(told.body()));
    }

    private static String name(RoutingContext context) {
        return String.valueOf(context.pathParam("name"));
    }
}
