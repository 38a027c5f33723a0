package ai.openlegion.simulator;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;

/// One answer being generated: paces it, counts each token as it is made, and breaks it where the script says so.
///
/// Confined to the event loop of its connection.
final class Generation {

    private static final int NEVER = Integer.MAX_VALUE;

    /// How many tokens one event-loop turn may make, so that a very long answer starves no other.
    private static final int TURN = 4096;

    private final Vertx vertx;
    private final Script script;
    private final Tally tally;
    private final Sink sink;
    private final HttpServerResponse response;
    private final int choices;
    private final long total;
    private final int breakAfter;
    private long generated;
    private long timer = -1;
    private boolean gone;
    private boolean over;
    private boolean ended;

    Generation(Vertx vertx, Ask ask, Answer answer, Sink sink, HttpServerResponse response, Tally tally) {
        this.vertx = vertx;
        this.sink = sink;
        this.response = response;
        this.tally = tally;
        script = ask.script();
        choices = ask.choices();
        total = (long) answer.tokens() * choices;
        breakAfter = Math.min(
                script.number("hang_after", NEVER),
                Math.min(script.number("drop_after", NEVER), script.number("error_after", NEVER)));
        tally.opened(ask.promptTokens());
    }

    void start() {
        response.closeHandler(_ -> left());
        response.exceptionHandler(_ -> left());
        int first = script.number("first", 0);
        if (first > 0) {
            vertx.setTimer(first, _ -> begin());
        } else {
            begin();
        }
    }

    private void begin() {
        if (over) {
            return;
        }
        if (!gone) {
            sink.open();
        }
        if (script.paceMillis() == 0) {
            response.drainHandler(_ -> speak());
            speak();
        } else {
            timer = vertx.setPeriodic(script.paceMillis(), _ -> tick());
        }
    }

    /// All at once, as far as the client reads.
    private void speak() {
        for (int made = 0; !over && (gone || !sink.full()); made++) {
            if (made == TURN) {
                vertx.runOnContext(_ -> speak());
                return;
            }
            next();
        }
    }

    /// One token of every choice.
    private void tick() {
        for (int choice = 0; choice < choices && !over && (gone || !sink.full()); choice++) {
            next();
        }
    }

    private void next() {
        if (generated == breakAfter) {
            breakOff();
        } else if (generated == total) {
            end();
            if (!gone) {
                if (script.has("no_terminal")) {
                    sink.stop();
                } else {
                    sink.finish(generated);
                }
            }
        } else {
            long token = generated++;
            tally.generated(1);
            if (!gone) {
                sink.token((int) (token % choices), (int) (token / choices), generated);
            }
        }
    }

    private void breakOff() {
        if (script.has("hang_after") && !gone) {
            stopTicking();
            over = true;
            return;
        }
        end();
        if (!gone && script.has("drop_after")) {
            sink.drop();
        } else if (!gone) {
            sink.fail();
        }
    }

    private void left() {
        if (gone || ended) {
            return;
        }
        gone = true;
        if (over || !script.has("keeps_going")) {
            end();
        } else if (script.paceMillis() == 0) {
            speak();
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        over = true;
        stopTicking();
        tally.closed(gone);
    }

    private void stopTicking() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
    }
}
