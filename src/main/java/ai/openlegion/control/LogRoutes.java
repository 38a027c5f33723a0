package ai.openlegion.control;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime.LogStream;
import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.OptionalLong;

/// What an agent writes to its standard streams, byte by byte as it wrote it, at the reader's pace.
final class LogRoutes {

    private static final Logger LOG = System.getLogger("openlegion.control");

    private static final String ACTION = "agent.logs";

    private static final int USUAL_LINES = 100;
    private static final int MOST_LINES = 10_000;

    private final FleetRegistry fleets;
    private final OperatorLog log;
    private final AgentLogs logs;
    private final int most;
    private int open;

    /// @param most streams open at once; a further one is 503
    LogRoutes(FleetRegistry fleets, OperatorLog log, AgentLogs logs, int most) {
        this.fleets = fleets;
        this.log = log;
        this.logs = logs;
        this.most = most;
    }

    void add(OperatorRoutes routes) {
        routes.raw(HttpMethod.GET, "/control/agents/:agent/logs", this::read);
    }

    private void read(RoutingContext context) {
        HttpServerResponse response = context.response();
        AgentId id = AgentRoutes.named(context, fleets);
        Agent agent = id == null ? null : fleets.current().agents().get(id);
        if (id == null || agent == null) {
            String name = String.valueOf(context.pathParam("agent"));
            log.record(context, ACTION, name, "refused: unknown agent");
            Answers.write(response, AgentRoutes.unknown(name));
            return;
        }
        String tailText = context.request().getParam("tail");
        OptionalLong tail = tailText == null ? OptionalLong.of(USUAL_LINES) : Numbers.parse(tailText, 0, MOST_LINES);
        if (tail.isEmpty()) {
            Answers.write(response, Answer.refused(400, "tail must be a number of lines from 0 to " + MOST_LINES));
            return;
        }
        if (agent.runtime() == RuntimeKind.EXTERNAL) {
            log.record(context, ACTION, id.value(), "refused: external");
            Answers.write(response, Answer.refused(409, id + " is external: the mesh does not see what it writes"));
            return;
        }
        if (open >= most) {
            response.putHeader("retry-after", "5");
            Answers.write(response, Answer.refused(503, "too many logs are being read"));
            return;
        }
        Answer refusal = log.refusal();
        if (refusal != null) {
            Answers.write(response, refusal);
            return;
        }
        open++;
        // what an agent wrote may hold what its tasks were about, so who read it is recorded
        log.record(context, ACTION, id.value(), "allowed");
        boolean follows = "true".equals(context.request().getParam("follow"));
        logs.open(id, (int) tail.getAsLong(), follows).onComplete(opened -> {
            if (opened.failed()) {
                open--;
                Answers.write(response, refused(opened.cause(), response));
            } else {
                pass(opened.result(), response);
            }
        });
    }

    private void pass(LogStream stream, HttpServerResponse response) {
        if (response.closed()) {
            open--;
            stream.close();
            return;
        }
        response.setChunked(true).putHeader("content-type", "text/plain; charset=utf-8");
        response.closeHandler(gone -> stream.close());
        // the head goes out before the first line: who follows a silent agent sees that it does
        response.writeHead()
                .compose(written -> stream.pipeTo(response))
                .onFailure(broken -> LOG.log(Level.DEBUG, "log ended: {0}", broken.getMessage()))
                .onComplete(ended -> {
                    open--;
                    stream.close();
                });
    }

    private static Answer refused(Throwable cause, HttpServerResponse response) {
        return cause instanceof RuntimeFault fault
                ? Answer.refused(
                        fault.kind() == RuntimeFault.Kind.UNAVAILABLE ? 503 : 409, String.valueOf(fault.getMessage()))
                : Answers.fault(cause, response);
    }
}
