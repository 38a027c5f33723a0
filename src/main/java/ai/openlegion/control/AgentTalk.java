package ai.openlegion.control;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One question to an agent and what comes back, on the control listener's event loop.
///
/// It ends once, in one of four ways: the answer is whole; the agent does something that no answer is; it is silent for
/// too long or answers for too long; the operator has left. In the last three the request to the agent is reset, so
/// that
/// an agent never works on for nobody.
final class AgentTalk {

    private static final Logger LOG = System.getLogger("openlegion.control");
    private static final int TOLD_CHARS = 300;

    /// What an agent may say no with that the operator should see as it is: money, a full queue, a bad message.
    private static final Set<Integer> PASSED = Set.of(402, 409, 422, 429, 503);

    private final Vertx vertx;
    private final AgentId agent;
    private final HttpServerResponse response;
    private final ControlSettings settings;
    private final Runnable onEnd;
    private final Buffer whole = Buffer.buffer();
    private final long total;
    private final long keepAlive;
    private long silence;
    private int received;
    private boolean streams;
    private boolean waitsForReader;
    private boolean ended;
    private @Nullable HttpClientRequest request;

    /// @param onEnd hears of the end, once
    AgentTalk(Vertx vertx, AgentId agent, HttpServerResponse response, ControlSettings settings, Runnable onEnd) {
        this.vertx = vertx;
        this.agent = agent;
        this.response = response;
        this.settings = settings;
        this.onEnd = onEnd;
        total = vertx.setTimer(settings.chatTotal().toMillis(), late -> fail(504, tooLong()));
        keepAlive = vertx.setPeriodic(settings.keepAlive().toMillis(), tick -> onTick());
        silence = vertx.setTimer(settings.chatSilence().toMillis(), late -> onSilence());
        response.closeHandler(gone -> end());
        response.exceptionHandler(broken -> end());
    }

    /// The request that is the question. It is reset when the talk ends early, also before it is sent.
    void carries(HttpClientRequest opened) {
        request = opened;
        if (ended) {
            reset();
        }
    }

    /// The question could not be sent, or has no answer.
    void broken(Throwable cause) {
        LOG.log(Level.DEBUG, "chat broke agent=" + agent, cause);
        fail(502, agent + " closed the connection without an answer that is HTTP");
    }

    /// The head of the agent's answer has come.
    void read(HttpClientResponse answer, boolean asStream) {
        if (ended) {
            return;
        }
        heard();
        answer.exceptionHandler(this::cut);
        if (asStream && answer.statusCode() == 200) {
            String type = answer.getHeader(HttpHeaders.CONTENT_TYPE);
            if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
                fail(502, agent + " answered with something that is no event stream");
                return;
            }
            stream(answer);
            return;
        }
        answer.handler(this::collect).endHandler(end -> answered(answer.statusCode()));
    }

    /// Ends the talk with a refusal: as the answer, or as the last event where a stream has begun.
    void fail(int status, String detail) {
        if (ended) {
            return;
        }
        boolean begun = streams;
        end();
        if (begun) {
            write(ChatEvents.error(detail));
            response.end().onFailure(gone -> LOG.log(Level.DEBUG, "operator left"));
        } else {
            Answers.write(response, Answer.refused(status, detail));
        }
    }

    private void collect(Buffer piece) {
        heard();
        if (!ended && grows(piece)) {
            whole.appendBuffer(piece);
        }
    }

    private void answered(int status) {
        Members said = Members.read(whole.getBytes()) instanceof Members.Read(Members members) ? members : null;
        if (status == 200 && said != null) {
            pass(said);
        } else if (status == 200) {
            fail(502, agent + " answered with something that is no JSON object");
        } else if (status == 401 || status == 403) {
            fail(502, agent + " does not know the mesh by its token: it answered " + status);
        } else {
            String why =
                    said == null ? null : said.string("detail") != null ? said.string("detail") : said.string("error");
            fail(
                    PASSED.contains(status) ? status : 502,
                    agent + " answered " + status + (why == null ? "" : ": " + told(why)));
        }
    }

    private void pass(Members said) {
        if (!ended) {
            end();
            Answers.write(response, new Answer(200, Buffer.buffer(said.whole())));
        }
    }

    private void stream(HttpClientResponse answer) {
        streams = true;
        ChatEvents events = new ChatEvents(settings.chatBytes(), this::write);
        response.setChunked(true)
                .putHeader("content-type", "text/event-stream")
                .setWriteQueueMaxSize(settings.chatUnread())
                .drainHandler(drained -> {
                    if (waitsForReader && !ended) {
                        waitsForReader = false;
                        heard();
                        answer.resume();
                    }
                });
        response.writeHead().onFailure(gone -> end());
        answer.handler(piece -> {
                    heard();
                    if (ended || !grows(piece)) {
                        return;
                    }
                    String flaw = events.take(piece);
                    if (flaw != null) {
                        fail(502, agent + " " + flaw);
                    } else if (events.isDone()) {
                        finish();
                    } else if (response.writeQueueFull()) {
                        waitsForReader = true;
                        answer.pause();
                    }
                })
                .endHandler(end -> fail(502, agent + " ended its answer before it was done"));
    }

    private void finish() {
        end();
        response.end().onFailure(gone -> LOG.log(Level.DEBUG, "operator left"));
    }

    private boolean grows(Buffer piece) {
        received += piece.length();
        if (received > settings.chatBytes()) {
            fail(502, agent + " answered with more than " + settings.chatBytes() + " bytes");
            return false;
        }
        return true;
    }

    private void cut(Throwable cause) {
        fail(502, agent + " broke its answer off");
    }

    private void write(Buffer bytes) {
        response.write(bytes).onFailure(gone -> LOG.log(Level.DEBUG, "operator left"));
    }

    private void onTick() {
        if (streams && !ended && !response.writeQueueFull()) {
            write(Buffer.buffer(": keep-alive\n\n"));
        }
    }

    /// A byte has come, or the agent may send again.
    private void heard() {
        if (!ended) {
            var _ = vertx.cancelTimer(silence);
            silence = vertx.setTimer(settings.chatSilence().toMillis(), late -> onSilence());
        }
    }

    private void onSilence() {
        if (waitsForReader) {
            // it is the operator who does not read, not the agent who does not speak
            fail(504, "nobody reads");
        } else {
            fail(504, agent + " has said nothing for " + settings.chatSilence().toSeconds() + " s");
        }
    }

    private String tooLong() {
        return agent + " has not come to an end within " + settings.chatTotal().toSeconds() + " s";
    }

    private void end() {
        if (!ended) {
            ended = true;
            var _ = vertx.cancelTimer(total);
            var _ = vertx.cancelTimer(silence);
            var _ = vertx.cancelTimer(keepAlive);
            reset();
            onEnd.run();
        }
    }

    private void reset() {
        if (request != null) {
            request.reset().onComplete(done -> {});
        }
    }

    private static String told(String text) {
        return text.length() <= TOLD_CHARS ? text : text.substring(0, TOLD_CHARS) + "…";
    }
}
