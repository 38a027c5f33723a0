package ai.openlegion.gateway;

import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Fault;
import ai.openlegion.proxy.Codecs;
import ai.openlegion.proxy.EmbeddingsAnswer;
import ai.openlegion.proxy.WholeAnswer;
import io.netty.buffer.Unpooled;
import io.vertx.core.AsyncResult;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a provider answers to one call: a stream, a whole answer, or an error that is passed on or explained.
final class Exchange {

    /// The longest error document that is passed on, in bytes.
    private static final int MAX_ERROR_BYTES = 64 * 1024;

    /// The longest whole answer, in bytes.
    private static final int MAX_ANSWER_BYTES = 64 * 1024 * 1024;

    /// A larger whole answer, in bytes, is read off the event loop: some 5 ms of work.
    private static final int MAX_READ_ON_LOOP = 1024 * 1024;

    private final Call call;
    private final Attempt attempt;
    private final HttpVersion version;
    private final boolean streams;
    private @Nullable StreamedAnswer streamed;

    Exchange(Call call, HttpVersion version, boolean streams) {
        this.call = call;
        attempt = call.attempt();
        this.version = version;
        this.streams = streams;
    }

    /// The client gets keep-alives from now on, also before the provider's first byte.
    void expectStream() {
        streamed = new StreamedAnswer(call, version);
        call.streams(streamed);
    }

    void answered(AsyncResult<HttpClientResponse> result) {
        call.guarded(() -> read(result));
    }

    private void read(AsyncResult<HttpClientResponse> result) {
        if (call.isOver(attempt)) {
            return;
        }
        if (result.failed()) {
            broken("The provider closed the connection");
            return;
        }
        HttpClientResponse response = result.result();
        call.heard();
        copyHeaders(response.headers());
        String type = response.getHeader("content-type");
        // what is compressed was not asked for and cannot be read, and a stream of it must not pass for comments
        boolean isPlain = "identity".equalsIgnoreCase(response.headers().get("content-encoding"))
                || !response.headers().contains("content-encoding");
        String kind = type == null || !isPlain ? "" : type.toLowerCase(Locale.ROOT);
        if (response.statusCode() != 200) {
            if (response.statusCode() >= 300) {
                attempt.refused();
            }
            Failure why = Failure.of(
                    response.statusCode(),
                    response.getHeader("retry-after"),
                    call.loop.clock().instant());
            collectError(response, kind, why);
        } else if (streamed != null && kind.startsWith(Shapes.EVENTS)) {
            streamed.pump(response);
        } else if (!streams && kind.startsWith(Shapes.JSON)) {
            collect(response, MAX_ANSWER_BYTES, this::whole);
        } else {
            broken("The provider answered in a format that is not asked for");
        }
    }

    /// What a status says about the model is known without its document: one that is too long, or breaks off, is left
    /// out.
    private void collectError(HttpClientResponse response, String kind, @Nullable Failure why) {
        int status = response.statusCode();
        var body = new Pieces();
        response.exceptionHandler(_ -> refused(status, "", new byte[0], why));
        response.handler(chunk -> {
            if (call.isOver(attempt)) {
                return;
            }
            call.heard();
            if (body.length() + chunk.length() > MAX_ERROR_BYTES) {
                refused(status, "", new byte[0], why);
            } else {
                body.add(chunk);
            }
        });
        response.endHandler(_ -> {
            call.upstreamEnded(attempt);
            if (!call.isOver(attempt)) {
                call.guarded(() -> refused(status, kind, body.whole(), why));
            }
        });
    }

    private void collect(HttpClientResponse response, int limit, Consumer<byte[]> then) {
        var body = new Pieces();
        HeldBytes.Share room = call.loop.answers().share(call.caller.agent());
        attempt.collects(room);
        response.exceptionHandler(_ -> broken("The provider's answer ended before it was whole"));
        response.handler(chunk -> {
            if (call.isOver(attempt)) {
                return;
            }
            call.heard();
            if (body.length() + chunk.length() > limit) {
                failed(null, Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The provider's answer is too long"));
            } else if (!room.take(chunk.length())) {
                failed(null, crowded());
            } else {
                body.add(chunk);
            }
        });
        response.endHandler(_ -> {
            call.upstreamEnded(attempt);
            if (!call.isOver(attempt)) {
                call.guarded(() -> then.accept(body.whole()));
            }
        });
    }

    /// There is no room for more of whole answers.
    static Refusal crowded() {
        return Refusal.later(Refusal.Kind.UNAVAILABLE, "Too many large answers wait", 1);
    }

    private void whole(byte[] body) {
        var check = new LeakCheck(call.fleet.vault());
        if (call.door instanceof EmbedDoor door) {
            read(body, check, () -> EmbeddingsAnswer.read(body), "holds no embeddings", (answer, leaks) -> {
                Door.Receipt receipt = call.settleByUsage(answer.usage(), 0, 0);
                tell(body, leaks, check, () -> door.answer(body, answer, receipt), receipt);
            });
            return;
        }
        Dialect spoken = attempt.candidate().spoken();
        boolean retells = call.door.retells(spoken);
        read(
                body,
                check,
                () -> WholeAnswer.read(body, attempt.candidate().reader(true), retells, check),
                "is no answer of its dialect",
                (answer, leaks) -> answered(body, answer, spoken, leaks, check));
    }

    private void answered(byte[] body, WholeAnswer answer, Dialect spoken, boolean leaks, LeakCheck check) {
        if (!answer.isAnswer()) {
            failed(Failure.of(answer.fault()), Refusal.reported(answer.fault(), spoken, call.fleet.vault()));
            return;
        }
        Door.Receipt receipt = call.settleByUsage(answer.usage(), answer.lowerBound(), answer.upperBound());
        tell(body, leaks, check, () -> call.door.answer(body, answer, receipt, spoken), receipt);
    }

    /// Makes something of a whole answer's bytes.
    private interface Reading<T> {
        T read() throws IOException;
    }

    /// Takes what was made of a whole answer, and whether a credential stands in it.
    private interface Taker<T> {
        void take(T answer, boolean leaks);
    }

    /// What was made of a whole answer off the event loop.
    private record Made<T>(T answer, boolean leaks) {}

    /// Reads and searches a whole answer; a large one off the event loop, which others wait for.
    private <T> void read(byte[] body, LeakCheck check, Reading<T> reading, String flaw, Taker<T> then) {
        if (body.length > MAX_READ_ON_LOOP) {
            call.loop
                    .vertx()
                    .executeBlocking(() -> new Made<>(reading.read(), check.finds(body)), false)
                    .onComplete(done -> call.guarded(() -> {
                        if (call.isOver(attempt)) {
                            return;
                        }
                        if (done.succeeded()) {
                            then.take(done.result().answer(), done.result().leaks());
                        } else {
                            broken("The provider's answer " + flaw);
                        }
                    }));
            return;
        }
        T answer;
        try {
            answer = reading.read();
        } catch (IOException other) {
            broken("The provider's answer " + flaw);
            return;
        }
        then.take(answer, check.finds(body));
    }

    /// Ends the call with an answer that is settled, unless it holds a credential.
    ///
    /// @param leaks whether one stands in the provider's own document
    /// @param told what the client gets of it
    private void tell(byte[] body, boolean leaks, LeakCheck check, Supplier<byte[]> told, Door.Receipt receipt) {
        byte[] answer = leaks ? null : told.get();
        if (answer == null || (!Arrays.equals(answer, body) && check.finds(answer))) {
            call.fail(Refusal.leaked("provider"), "blocked");
            return;
        }
        call.sendsWhole(answer);
        call.finish();
        call.headers();
        var _ = call.response
                .putHeader("content-type", Shapes.JSON)
                .putHeader("x-openlegion-cost-usd", Usd.decimal(receipt.costPico()))
                .end(BufferInternal.buffer(Unpooled.wrappedBuffer(answer)))
                .onComplete(_ -> attempt.isTold());
    }

    private void broken(String message) {
        failed(Failure.BROKEN, Refusal.of(Refusal.Kind.PROVIDER_BROKEN, message));
    }

    private void failed(@Nullable Failure why, Refusal refusal) {
        call.failed(attempt, why, refusal);
    }

    private void refused(int status, String type, byte[] body, @Nullable Failure why) {
        if (status == 401 || status == 403) {
            failed(why, Refusal.providerAuth());
            return;
        }
        if (status < 400) {
            broken("The provider answered with status " + status);
            return;
        }
        if (!type.startsWith(Shapes.JSON)) {
            String message = "The provider answered with status " + status;
            failed(why, new Refusal(Refusal.Kind.PROVIDER_STATUS, status, message, null, null, -1, null));
            return;
        }
        String text = call.fleet
                .vault()
                .struckOut(new String(body, StandardCharsets.UTF_8))
                .orElse(null);
        if (text == null) {
            failed(why, Refusal.leaked("provider"));
            return;
        }
        byte[] redacted = text.getBytes(StandardCharsets.UTF_8);
        Dialect spoken = attempt.candidate().spoken();
        Fault fault = Codecs.of(spoken).readError(status, redacted);
        failed(
                why,
                Refusal.passedOn(
                        new Refusal.UpstreamError(redacted, spoken, fault),
                        "The provider answered with status " + status + ": "
                                + text.substring(0, Math.min(text.length(), 2_000))));
    }

    private String harmless(String value) {
        String clean = call.fleet.vault().redact(value); // all of it: what is cut off may be a credential's end
        return clean.length() <= 256 ? clean : clean.substring(0, 256);
    }

    /// Only these of a provider's headers reach the agent (`gateway.md`); everything else may say who we are to it.
    private void copyHeaders(MultiMap headers) {
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean passes = switch (name) {
                case "request-id" -> {
                    if (call.head.upstreamRequestId().isEmpty()) {
                        call.head.upstreamRequestId(harmless(header.getValue())); // Anthropic's name for it
                    }
                    yield true;
                }
                case "retry-after", "retry-after-ms", "x-should-retry" -> true;
                case "x-request-id" -> {
                    call.head.upstreamRequestId(harmless(header.getValue()));
                    yield false;
                }
                default -> isRateLimit(name); // open: any header
            };
            if (passes) {
                // after a first keep-alive the head is out, and what the provider says here comes too late
                call.head.passesOn(name, harmless(header.getValue()));
            }
        }
    }

    private static boolean isRateLimit(String header) {
        return header.startsWith("x-ratelimit-") || header.startsWith("anthropic-ratelimit-");
    }
}
