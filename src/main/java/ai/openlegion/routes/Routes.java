package ai.openlegion.routes;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The one way to add a route to a listener: with the permission it needs.
public final class Routes {

    private static final Logger LOG = System.getLogger("openlegion.routes");
    private static final String PERMISSION = "openlegion.permission";

    private Routes() {}

    /// Adds a route that declares its permission.
    ///
    /// @param method null for any method
    /// @param path Vert.x Web path, `/control/budgets/:agent` or `/mesh/service/*`
    @CanIgnoreReturnValue
    public static Route add(
            Router router,
            @Nullable HttpMethod method,
            String path,
            Permission permission,
            Handler<RoutingContext> handler) {
        Route route = method == null ? router.route(path) : router.route(method, path);
        return route.putMetadata(PERMISSION, permission).handler(handler);
    }

    /// Adds a handler that stands before all routes added after it: a check or a decoration that either answers with a
    /// refusal or passes on, and so needs no permission itself.
    @CanIgnoreReturnValue
    public static Route guard(Router router, Handler<RoutingContext> handler) {
        return router.route().putMetadata(PERMISSION, Permission.PUBLIC).handler(handler);
    }

    /// What this route declared; null when it was added past this class.
    public static @Nullable Permission permission(Route route) {
        return route.getMetadata(PERMISSION);
    }

    /// Walks all routes, and writes each with its permission to the log at level DEBUG: who attacks a listener, or
    /// reviews it, has them all.
    ///
    /// @throws IllegalStateException naming each route without a permission
    public static void verify(Router router) {
        List<String> undeclared = router.getRoutes().stream()
                .filter(route -> permission(route) == null)
                .map(Routes::describe)
                .toList();
        if (!undeclared.isEmpty()) {
            throw new IllegalStateException("these routes declare no permission: " + String.join(", ", undeclared));
        }
        if (LOG.isLoggable(Level.DEBUG)) {
            router.getRoutes()
                    .forEach(route ->
                            LOG.log(Level.DEBUG, "route " + describe(route) + " permission=" + permission(route)));
        }
    }

    /// The methods that each path takes, as an `Allow` header lists them; without the paths that take any.
    public static Map<String, String> methods(Router router) {
        Map<String, String> methods = new TreeMap<>();
        for (Route route : router.getRoutes()) {
            if (route.getPath() != null && route.methods() != null) {
                for (HttpMethod method : route.methods()) {
                    methods.merge(route.getPath(), method.name(), (before, next) -> before + ", " + next);
                }
            }
        }
        return methods;
    }

    private static String describe(Route route) {
        String methods = route.methods() == null
                ? "ANY"
                : String.join(
                        "|", route.methods().stream().map(HttpMethod::name).toList());
        return methods + " " + (route.getPath() == null ? "(every path)" : route.getPath());
    }
}
