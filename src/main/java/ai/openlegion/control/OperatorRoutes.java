package ai.openlegion.control;

import ai.openlegion.identity.TokenDigest;
import ai.openlegion.json.Members;
import ai.openlegion.listener.Connections;
import ai.openlegion.routes.Permission;
import ai.openlegion.routes.Routes;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/// The routes of the operator's listener: each opened by the operator's token, with its body bounded and read strictly.
final class OperatorRoutes {

    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);
    private static final String SCHEME = "bearer ";
    private static final String OWNER = "operator";

    private final Router router;
    private final TokenDigest operator;
    private final int bodyBytes;
    private final Runnable loginFailed;
    private final Map<String, Set<String>> methods = new TreeMap<>();

    /// @param loginFailed hears of each request without the operator's token
    OperatorRoutes(Router router, TokenDigest operator, int bodyBytes, Runnable loginFailed) {
        this.router = router;
        this.operator = operator;
        this.bodyBytes = bodyBytes;
        this.loginFailed = loginFailed;
    }

    /// A route without a body that answers once.
    void get(String path, Function<RoutingContext, Future<Answer>> handler) {
        raw(HttpMethod.GET, path, context -> settle(context, handler.apply(context)));
    }

    /// A route whose body, when there is one, is an empty object.
    void post(String path, Function<RoutingContext, Future<Answer>> handler) {
        raw(
                HttpMethod.POST,
                path,
                context -> read(context, body -> {
                    if (body.length() > 0
                            && AmountsBody.parse(body.getBytes(), Set.of()) instanceof AmountsBody.Flawed(var flaw)) {
                        return Future.succeededFuture(flaw);
                    }
                    return handler.apply(context);
                }));
    }

    /// A route whose body is an object of amounts with these members.
    void amounts(
            HttpMethod method,
            String path,
            Set<String> members,
            BiFunction<RoutingContext, Map<String, Long>, Future<Answer>> handler) {
        raw(
                method,
                path,
                context -> read(context, body -> switch (AmountsBody.parse(body.getBytes(), members)) {
                    case AmountsBody.Given(Map<String, Long> pico) -> handler.apply(context, pico);
                    case AmountsBody.Flawed(Answer answer) -> Future.succeededFuture(answer);
                }));
    }

    /// A route whose body is a JSON object.
    void object(HttpMethod method, String path, BiFunction<RoutingContext, Members, Future<Answer>> handler) {
        raw(
                method,
                path,
                context -> read(context, body -> switch (Members.read(body.getBytes())) {
                    case Members.Read(Members members) -> handler.apply(context, members);
                    case Members.Malformed(String why) -> Future.succeededFuture(Answer.refused(400, why));
                    case Members.NotAnObject() ->
                        Future.succeededFuture(Answer.refused(422, "the body must be a JSON object"));
                }));
    }

    /// A route whose body is a JSON object of at most so many bytes, or nothing, which stands for an empty one.
    void objectOrNothing(
            HttpMethod method,
            String path,
            int mostBytes,
            BiFunction<RoutingContext, Members, Future<Answer>> handler) {
        raw(
                method,
                path,
                context -> collect(
                        context,
                        mostBytes,
                        body -> settle(
                                context,
                                switch (Members.read(body.length() == 0 ? NOTHING : body.getBytes())) {
                                    case Members.Read(Members members) -> handler.apply(context, members);
                                    case Members.Malformed(String why) ->
                                        Future.succeededFuture(Answer.refused(400, why));
                                    case Members.NotAnObject() ->
                                        Future.succeededFuture(Answer.refused(422, "the body must be a JSON object"));
                                })));
    }

    /// A route whose body is a JSON object, or nothing, and that answers in its own way.
    void told(HttpMethod method, String path, BiConsumer<RoutingContext, Members> handler) {
        raw(
                method,
                path,
                context -> collect(context, bodyBytes, body -> {
                    byte[] json = body.length() == 0 ? NOTHING : body.getBytes();
                    switch (Members.read(json)) {
                        case Members.Read(Members members) -> handler.accept(context, members);
                        case Members.Malformed(String why) ->
                            Answers.write(context.response(), Answer.refused(400, why));
                        case Members.NotAnObject() ->
                            Answers.write(context.response(), Answer.refused(422, "the body must be a JSON object"));
                    }
                }));
    }

    /// A route whose body, when there is one, is of no interest.
    void delete(String path, Function<RoutingContext, Future<Answer>> handler) {
        raw(HttpMethod.DELETE, path, context -> settle(context, handler.apply(context)));
    }

    /// A route that answers in its own way.
    void raw(HttpMethod method, String path, Handler<RoutingContext> handler) {
        methods.computeIfAbsent(path, first -> new TreeSet<>()).add(method.name());
        Routes.add(router, method, path, Permission.OPERATOR, context -> {
            if (!isOperator(context.request())) {
                refuse(context);
            } else if (!hasReadableQuery(context.request())) {
                Answers.write(context.response(), Answer.refused(400, "the query is not well-formed"));
            } else {
                handler.handle(context);
            }
        });
    }

    /// Ends the table: what is left is a wrong method (405) or an unknown path (404), and needs the token as well.
    void close() {
        Map<String, Set<String>> known = Map.copyOf(methods);
        known.forEach((path, allowed) -> Routes.add(router, null, path, Permission.OPERATOR, context -> {
            context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
            end(context, Answer.refused(405, "this path takes " + String.join(", ", allowed)));
        }));
        Routes.add(
                router,
                null,
                "/*",
                Permission.OPERATOR,
                context -> end(context, Answer.refused(404, "there is nothing at this path")));
    }

    private void end(RoutingContext context, Answer answer) {
        if (isOperator(context.request())) {
            Answers.write(context.response(), answer);
        } else {
            refuse(context);
        }
    }

    boolean isOperator(HttpServerRequest request) {
        List<String> values = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        boolean known = values.size() == 1
                && values.get(0).regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && operator.matches(values.get(0).substring(SCHEME.length()).strip());
        return known && Connections.of(request.connection()).isOf(OWNER);
    }

    private static boolean hasReadableQuery(HttpServerRequest request) {
        try {
            return request.params().size() >= 0;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    private void refuse(RoutingContext context) {
        loginFailed.run();
        Connections.of(context.request().connection()).fails(context.request());
        Answers.write(
                context.response(),
                Answer.refused(401, "the control listener takes the operator's token as Authorization: Bearer"));
    }

    private void read(RoutingContext context, Function<Buffer, Future<Answer>> handler) {
        collect(
                context,
                bodyBytes,
                body -> settle(context, Future.succeededFuture(body).compose(handler)));
    }

    private static void collect(RoutingContext context, int mostBytes, Consumer<Buffer> handler) {
        HttpServerRequest request = context.request();
        Buffer body = Buffer.buffer();
        request.exceptionHandler(broken -> {});
        request.handler(chunk -> {
            if (body.length() + chunk.length() <= mostBytes) {
                body.appendBuffer(chunk);
            } else {
                // what still comes is read and forgotten, so that the client gets to read the refusal
                request.handler(rest -> {}).endHandler(end -> {});
                Answers.write(
                        context.response(), Answer.refused(413, "the body may have at most " + mostBytes + " bytes"));
            }
        });
        request.endHandler(end -> handler.accept(body));
    }

    private static void settle(RoutingContext context, Future<Answer> answer) {
        answer.onComplete(result -> Answers.write(
                context.response(),
                result.succeeded() ? result.result() : Answers.fault(result.cause(), context.response())));
    }
}
