package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/// A streamed answer: server-sent events, one HTTP chunk a frame.
final class EventSink implements Sink {

    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream; charset=utf-8");

    private final ChatRequest request;
    private final Answer answer;
    private final Frames frames;
    private final HttpServerResponse response;
    private final boolean dressed;

    EventSink(ChatRequest request, Answer answer, Frames frames, HttpServerResponse response) {
        this.request = request;
        this.answer = answer;
        this.frames = frames;
        this.response = response;
        dressed = request.script().dressed();
    }

    @Override
    public void open() {
        response.setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM);
        for (int choice = 0; choice < request.choices(); choice++) {
            write(frames.role(choice));
        }
    }

    @Override
    public void token(int choice, int i, long generated) {
        write(
                dressed && request.script().has("usage_each")
                        ? frames.tokenWithUsage(answer, choice, i, Usage.claimed(request, generated))
                        : frames.token(answer, choice, i));
    }

    @Override
    public void finish(long generated) {
        for (int choice = 0; choice < request.choices(); choice++) {
            write(frames.finish(choice, answer.finishReason()));
        }
        if (request.usageAsked() && !"none".equals(request.script().text("lie_usage"))) {
            write(frames.usage(Usage.claimed(request, generated)));
        }
        if (!request.script().has("no_done")) {
            write(Frames.DONE);
        }
        response.end();
    }

    @Override
    public void stop() {
        response.end();
    }

    @Override
    public void fail() {
        write(Frames.error("The server had an error while processing your request"));
        response.end();
    }

    @Override
    public void drop() {
        Buffer frame = frames.token(answer, 0, answer.opening().size());
        response.write(frame.getBuffer(0, frame.length() / 2)).onComplete(_ -> response.reset());
    }

    @Override
    public boolean full() {
        return response.writeQueueFull();
    }

    private void write(Buffer frame) {
        if (!dressed) {
            response.write(frame);
            return;
        }
        Buffer dress = dress(frame.toString());
        int step = Math.max(1, request.script().number("split", Integer.MAX_VALUE));
        for (int from = 0; from < dress.length(); ) {
            int to = (int) Math.min(dress.length(), (long) from + step);
            response.write(dress.getBuffer(from, to));
            from = to;
        }
    }

    private Buffer dress(String frame) {
        String text = frame;
        if (request.script().has("multiline") && text.contains("\"object\":")) {
            text = text.replaceFirst("\"object\":", "\ndata: \"object\":");
        }
        if (request.script().has("comments")) {
            text = ": still here\n\nevent: chunk\nid: 7\nretry: 1000\n" + text;
        }
        return Buffer.buffer(request.script().has("crlf") ? text.replace("\n", "\r\n") : text);
    }
}
