package ai.openlegion.gateway;

import io.vertx.core.AsyncResult;
import io.vertx.core.http.HttpClientResponse;
import java.util.function.Consumer;

/// What a service answers to one call: its status settles the call, then its body goes to who takes it.
final class ServiceExchange {

    private static final int LONGEST_ID = 256;

    private final ServiceCall call;
    private final Consumer<HttpClientResponse> taker;

    /// @param taker of the answer's body, after the call is settled
    ServiceExchange(ServiceCall call, Consumer<HttpClientResponse> taker) {
        this.call = call;
        this.taker = taker;
    }

    void answered(AsyncResult<HttpClientResponse> result) {
        call.guarded(() -> read(result));
    }

    private void read(AsyncResult<HttpClientResponse> result) {
        if (call.isEnded()) {
            return;
        }
        if (result.failed()) {
            call.fail(Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The service closed the connection"), "failed");
            return;
        }
        HttpClientResponse response = result.result();
        int status = response.statusCode();
        call.answered(isDone(status));
        String id = response.getHeader("x-request-id");
        if (id != null && id.length() <= LONGEST_ID) {
            call.upstreamRequestId = call.scan().redact(id);
        }
        if ((status == 401 || status == 403) && call.called().credential() != null) {
            call.fail(
                    Refusal.of(
                            Refusal.Kind.PROVIDER_AUTH,
                            "The service refused the mesh's own credential; the operator has to look at it"),
                    "failed");
            return;
        }
        String encoding = response.getHeader("content-encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            // it was asked for none, and what is compressed cannot be searched for credentials
            call.fail(
                    Refusal.of(
                            Refusal.Kind.PROVIDER_BROKEN, "The service answered in an encoding that is not asked for"),
                    "failed");
            return;
        }
        taker.accept(response);
    }

    /// Whether the service did what was asked; a redirect did nothing yet, and an error nothing that it may charge for.
    static boolean isDone(int status) {
        return (status >= 200 && status < 300) || status == 304;
    }

    /// The refusal of an answer in which a credential stands.
    static Refusal leaked() {
        return Refusal.leaked("service");
    }

    /// The refusal of an answer that breaks off.
    static Refusal brokenOff() {
        return Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The service's answer ended before it was whole");
    }
}
