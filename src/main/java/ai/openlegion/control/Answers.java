package ai.openlegion.control;

import ai.openlegion.bus.BusException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// The one place where answers and faults become responses.
final class Answers {

    private static final Logger LOG = System.getLogger("openlegion.control");

    private Answers() {}

    static void write(HttpServerResponse response, Answer answer) {
        if (response.ended() || response.closed()) {
            return;
        }
        if (answer.status() == 401) {
            response.putHeader("www-authenticate", "Bearer");
        }
        response.setStatusCode(answer.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, answer.type())
                .end(answer.body())
                .onFailure(gone -> LOG.log(Level.DEBUG, "client left before its answer"));
    }

    /// The id this response carries.
    static String requestId(HttpServerResponse response) {
        return String.valueOf(response.headers().get("x-request-id"));
    }

    /// The store does not answer: what a route says that reads or writes it.
    static Answer storeUnavailable() {
        return Answer.refused(503, "the store cannot answer now; see /healthz");
    }

    /// A query failed; the log has the cause.
    static Answer refusedByStore(Throwable cause, HttpServerResponse response) {
        LOG.log(Level.WARNING, "query failed request_id=" + requestId(response) + " cause=" + cause.getMessage());
        return storeUnavailable();
    }

    /// A fault in words that give nothing away; the log has the rest.
    static Answer fault(@Nullable Throwable cause, HttpServerResponse response) {
        String requestId = requestId(response);
        if (cause instanceof BusException unanswered) {
            LOG.log(Level.WARNING, "no answer request_id=" + requestId + " reason=" + unanswered.getMessage());
            return Answer.refused(503, "the part of the mesh that knows this does not answer; see the log");
        }
        LOG.log(Level.ERROR, "request failed request_id=" + requestId, cause);
        return Answer.refused(500, "the mesh failed at this request; see the log under its request id");
    }
}
