package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/// An unstreamed answer: one JSON body, written when all of it is generated.
final class WholeSink implements Sink {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final Ask ask;
    private final Answer answer;
    private final Wording wording;
    private final HttpServerResponse response;
    private int said;

    WholeSink(Ask ask, Answer answer, Wording wording, HttpServerResponse response) {
        this.ask = ask;
        this.answer = answer;
        this.wording = wording;
        this.response = response;
    }

    @Override
    public void open() {}

    @Override
    public void token(int choice, int i, long generated) {
        said = i + 1;
    }

    @Override
    public void finish(long generated) {
        send(body(answer.finish(), generated));
    }

    @Override
    public void stop() {
        send(body(null, (long) said * ask.choices()));
    }

    @Override
    public void fail() {
        response.setStatusCode(500);
        String message = "The server had an error";
        send(wording.error(500, message, "server_error", null, "req_sim").toBuffer());
    }

    @Override
    public void drop() {
        Buffer body = body(null, said);
        response.putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
                .write(body.getBuffer(0, body.length() / 2))
                .onComplete(_ -> response.reset());
    }

    @Override
    public boolean full() {
        return false;
    }

    private void send(Buffer body) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, JSON);
        if (ask.script().has("gzip")) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip").end(EventWriter.zipped(body));
        } else {
            response.end(body);
        }
    }

    private Buffer body(@Nullable Finish finish, long generated) {
        return wording.whole(ask, answer, finish, said, generated).toBuffer();
    }
}
