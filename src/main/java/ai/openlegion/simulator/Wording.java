package ai.openlegion.simulator;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/// The words of one dialect: how it asks, answers and refuses.
sealed interface Wording permits ChatWording, MessagesWording, ResponsesWording {

    Api api();

    /// Reads a request. Throws [BadAsk] on one that the real provider would not take, and IllegalArgumentException or
    /// ClassCastException on nonsense.
    ///
    /// @param samples whether tasks of the sample workflows are known
    Ask read(HttpServerRequest request, String key, JsonObject body, boolean samples);

    /// Where a streamed answer goes.
    Sink events(Ask ask, Answer answer, HttpServerResponse response);

    /// The body of an unstreamed answer.
    ///
    /// @param finish null = it never came to its end
    /// @param said tokens of each choice
    JsonObject whole(Ask ask, Answer answer, @Nullable Finish finish, int said, long generated);

    /// The body of an error.
    JsonObject error(int status, String message, String type, @Nullable String code, String requestId);

    /// The header that carries a request's id.
    String requestIdHeader();

    /// The headers a real provider adds, and some that are nobody's business.
    void vendorHeaders(HttpServerResponse response);

    /// A request that is refused as the real provider would.
    final class BadAsk extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        private final @Nullable String code;

        BadAsk(String message, @Nullable String code) {
            super(message);
            this.code = code;
        }

        @Nullable
        String code() {
            return code;
        }
    }
}
