package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.proxy.BodyRewrite;
import ai.openlegion.proxy.CallRequest.Scan;
import ai.openlegion.proxy.Codecs;
import ai.openlegion.vault.Secret;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// `POST /v1/messages/count_tokens`: asked of a provider that counts, estimated for any other.
///
/// Counting is free, so nothing is held; who may not make the call may not have it counted either.
final class CountTokens {

    private static final String SUB_PATH = "/count_tokens";
    private static final int MAX_ANSWER_BYTES = 64 * 1024;

    /// Bytes of text a token, where there is no time to count: what the vendors give as a rule of thumb.
    private static final int BYTES_PER_TOKEN = 4;

    private final Loop loop;

    CountTokens(Loop loop) {
        this.loop = loop;
    }

    void count(Call call, byte[] body, @Nullable String claimedAgent) {
        if (body.length <= Admission.MAX_SCANNED_ON_LOOP) {
            scanned(call, call.door.scan(body), claimedAgent);
            return;
        }
        loop.vertx()
                .executeBlocking(() -> call.door.scan(body), false)
                .onComplete(
                        scan -> call.guarded(() -> {
                            if (!call.response.closed()) {
                                scanned(call, scan, claimedAgent);
                            }
                        }),
                        _ -> refuse(call, Refusal.unrecorded()));
    }

    private void scanned(Call call, Scan scan, @Nullable String claimedAgent) {
        switch (scan) {
            case Scan.Malformed bad -> refuse(call, Refusal.of(Refusal.Kind.MALFORMED, bad.message(), bad.param()));
            case Scan.Valid valid -> {
                call.request = valid.request();
                Refusal refusal = Permits.permit(call, claimedAgent);
                if (refusal != null) {
                    refuse(call, refusal);
                } else if (call.chosen().dialectFor(Dialect.ANTHROPIC) == Dialect.ANTHROPIC) {
                    ask(call);
                } else {
                    estimate(call);
                }
            }
        }
    }

    private void ask(Call call) {
        Model model = call.chosen();
        String credential = model.provider().credential();
        Secret key =
                credential == null ? null : call.fleet.vault().get(credential).orElse(null);
        if (credential != null && key == null) {
            refuse(
                    call,
                    Refusal.of(
                            Refusal.Kind.PROVIDER_AUTH,
                            "No credential is configured for provider "
                                    + model.provider().name()));
            return;
        }
        new Question(call).ask(model.provider(), key, BodyRewrite.named(call.chat(), model.upstreamName()));
    }

    /// What a provider is asked, for as long as the client waits and no longer than a first token may take.
    private final class Question {

        private final Call call;
        private final long patience;
        private @Nullable HttpClientRequest asked;
        private boolean over;

        Question(Call call) {
            this.call = call;
            patience = loop.vertx()
                    .setTimer(
                            loop.limits().firstTokenTimeoutSeconds() * 1000L,
                            _ -> ends(Refusal.of(Refusal.Kind.TIMED_OUT, "The provider did not answer in time")));
            call.response.exceptionHandler(_ -> abandon());
            call.response.closeHandler(_ -> abandon());
        }

        void ask(Provider provider, @Nullable Secret key, Buffer body) {
            String path = Codecs.of(Dialect.ANTHROPIC).path() + SUB_PATH;
            loop.upstream()
                    .ask(provider, path, key)
                    .onComplete(
                            request -> call.guarded(() -> send(request, body)),
                            _ -> ends(broken("The provider cannot be reached")));
        }

        private void send(HttpClientRequest request, Buffer body) {
            if (over || call.isEnded()) {
                var _ = request.reset();
                return;
            }
            asked = request;
            String credential = call.chosen().provider().credential();
            if (!call.fleet.vault().hasSame(credential, loop.fleets().current().vault())) {
                ends(Refusal.keyChanged());
                return;
            }
            VendorHeaders.copy(call.requestHeaders, request.headers(), Dialect.ANTHROPIC, true);
            request.send(body)
                    .onComplete(
                            response -> call.guarded(() -> read(response)),
                            _ -> ends(broken("The provider did not answer")));
        }

        private void read(HttpClientResponse response) {
            if (over) {
                return;
            }
            var body = new Pieces();
            response.exceptionHandler(_ -> ends(broken("The provider's answer ended before it was whole")));
            response.handler(chunk -> {
                if (body.length() + chunk.length() > MAX_ANSWER_BYTES) {
                    ends(broken("The provider's answer is too long"));
                } else if (!over) {
                    body.add(chunk);
                }
            });
            response.endHandler(_ -> {
                asked = null; // its connection is free again
                if (!over) {
                    close();
                    call.guarded(() -> whole(call, response, body.whole()));
                }
            });
        }

        private void ends(Refusal refusal) {
            if (!over) {
                close();
                refuse(call, refusal);
            }
        }

        private void abandon() {
            close();
            call.abandon();
        }

        private void close() {
            over = true;
            var _ = loop.vertx().cancelTimer(patience);
            HttpClientRequest open = asked;
            asked = null;
            if (open != null) {
                var _ = open.reset();
            }
        }
    }

    private static void whole(Call call, HttpClientResponse response, byte[] body) {
        if (call.isEnded()) {
            return;
        }
        int status = response.statusCode();
        String type = response.getHeader("content-type");
        boolean json = type != null && type.toLowerCase(Locale.ROOT).startsWith(Shapes.JSON);
        String text = call.fleet
                .vault()
                .struckOut(new String(body, StandardCharsets.UTF_8))
                .orElse(null);
        if (status == 401 || status == 403) {
            refuse(call, Refusal.providerAuth());
        } else if (!json || status < 200 || (status >= 300 && status < 400)) {
            refuse(call, broken("The provider answered with status " + status + " and no JSON"));
        } else if (text == null || (status < 300 && call.fleet.vault().leaks(body, 0, body.length))) {
            call.fail(Refusal.leaked("provider"), "blocked");
        } else if (status >= 400) {
            byte[] redacted = text.getBytes(StandardCharsets.UTF_8);
            var fault = Codecs.of(Dialect.ANTHROPIC).readError(status, redacted);
            refuse(
                    call,
                    Refusal.passedOn(
                            new Refusal.UpstreamError(redacted, Dialect.ANTHROPIC, fault),
                            "The provider answered with status " + status));
        } else {
            answer(call, text);
        }
    }

    private void estimate(Call call) {
        long otherwise = (call.chat().inputTokenBound() + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
        String tokenizer =
                call.chosen().tokenizer() == null ? "o200k" : call.chosen().tokenizer();
        Future<Long> count = call.chat().bytes().length > TokenCounts.MAX_BYTES
                ? null
                : loop.tokenCounts()
                        .count(
                                loop.vertx(),
                                call.caller.agent(),
                                call.chat(),
                                tokenizer,
                                () -> !call.response.closed());
        if (count == null) {
            told(call, otherwise);
            return;
        }
        count.onComplete(
                tokens -> loop.context().runOnContext(_ -> call.guarded(() -> told(call, tokens))),
                _ -> loop.context().runOnContext(_ -> call.guarded(() -> told(call, otherwise))));
    }

    private static void told(Call call, long tokens) {
        answer(call, "{\"input_tokens\":" + tokens + "}");
    }

    private static void answer(Call call, String json) {
        if (call.isEnded() || call.response.closed()) {
            return;
        }
        call.endsFree("allowed");
        call.headers();
        var _ = call.response.putHeader("content-type", Shapes.JSON).end(Buffer.buffer(json));
    }

    private static Refusal broken(String message) {
        return Refusal.of(Refusal.Kind.PROVIDER_BROKEN, message);
    }

    private static void refuse(Call call, Refusal refusal) {
        call.fail(refusal, refusal.kind() == Refusal.Kind.DENIED ? "denied" : "refused");
    }
}
