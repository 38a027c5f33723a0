package ai.openlegion.simulator;

import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/// A streamed message of Anthropic's: one content block after another.
final class MessagesEvents implements Sink {

    private final Ask ask;
    private final Answer answer;
    private final EventWriter out;
    private final boolean hidesThinking;
    private int block = -1;
    private Part.@Nullable Kind open;

    MessagesEvents(Ask ask, Answer answer, HttpServerResponse response) {
        this.ask = ask;
        this.answer = answer;
        hidesThinking = MessagesWording.hidesThinking(ask);
        out = new EventWriter(ask.script(), response);
    }

    @Override
    public void open() {
        out.open();
        out.write(MessagesFrames.start(ask));
    }

    @Override
    public void token(int choice, int i, long generated) {
        if (open == Part.Kind.TEXT && answer.isWord(i)) {
            out.write(MessagesFrames.token(answer, block, i));
            return;
        }
        Delta delta = answer.delta(i);
        if (Part.begins(delta, open)) {
            close();
            begin(delta);
        }
        boolean says = !(delta instanceof Delta.ToolStart || delta instanceof Delta.Redacted);
        if (says && !(delta instanceof Delta.Reasoning && hidesThinking)) {
            out.write(MessagesFrames.token(answer, block, i));
        }
    }

    @Override
    public void finish(long generated) {
        close();
        out.write(MessagesFrames.finish(ask, answer.finish(), generated));
        out.write(MessagesFrames.STOP);
        out.end();
    }

    @Override
    public void stop() {
        out.end();
    }

    @Override
    public void fail() {
        String type = ask.script().has("error_code") ? ask.script().text("error_code") : "overloaded_error";
        out.write(MessagesFrames.error(type, "Overloaded"));
        out.end();
    }

    @Override
    public void drop() {
        out.drop(MessagesFrames.token(
                answer, Math.max(0, block), answer.opening().size()));
    }

    @Override
    public boolean full() {
        return out.full();
    }

    private void begin(Delta first) {
        block++;
        open = Part.kind(first);
        out.write(MessagesFrames.blockStart(block, first));
        if (block == 0) {
            out.write(MessagesFrames.PING);
        }
        if (first instanceof Delta.ToolStart) {
            out.write(MessagesFrames.inputStart(block));
        }
    }

    private void close() {
        if (open == Part.Kind.REASONING) {
            out.write(MessagesFrames.signature(block));
        }
        if (open != null) {
            out.write(MessagesFrames.blockStop(block));
        }
        open = null;
    }
}
