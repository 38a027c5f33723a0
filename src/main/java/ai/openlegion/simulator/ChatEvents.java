package ai.openlegion.simulator;

import io.vertx.core.http.HttpServerResponse;

/// A streamed chat completion.
final class ChatEvents implements Sink {

    private final Ask ask;
    private final Answer answer;
    private final ChatFrames frames;
    private final EventWriter out;

    ChatEvents(Ask ask, Answer answer, ChatFrames frames, HttpServerResponse response) {
        this.ask = ask;
        this.answer = answer;
        this.frames = frames;
        out = new EventWriter(ask.script(), response);
    }

    @Override
    public void open() {
        out.open();
        for (int choice = 0; choice < ask.choices(); choice++) {
            out.write(frames.role(choice));
        }
    }

    @Override
    public void token(int choice, int i, long generated) {
        out.write(
                ask.script().dressed() && ask.script().has("usage_each")
                        ? frames.tokenWithUsage(answer, choice, i, Usage.claimed(ask, generated))
                        : frames.token(answer, choice, i));
    }

    @Override
    public void finish(long generated) {
        for (int choice = 0; choice < ask.choices(); choice++) {
            out.write(frames.finish(choice, answer.finish()));
        }
        if (ask.usageAsked() && !"none".equals(ask.script().text("lie_usage"))) {
            out.write(frames.usage(Usage.claimed(ask, generated)));
        }
        if (!ask.script().has("no_done")) {
            out.write(ChatFrames.DONE);
        }
        out.end();
    }

    @Override
    public void stop() {
        out.end();
    }

    @Override
    public void fail() {
        String code = ask.script().has("error_code") ? ask.script().text("error_code") : null;
        out.write(ChatFrames.error("The server had an error while processing your request", "server_error", code));
        out.end();
    }

    @Override
    public void drop() {
        out.drop(frames.token(answer, 0, answer.opening().size()));
    }

    @Override
    public boolean full() {
        return out.full();
    }
}
