package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.gateway.Idempotency.Known;
import ai.openlegion.proxy.Codecs;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/// What a call is told whose `Idempotency-Key` has come before.
final class Repetition {

    private static final String HEADER = "idempotency-key";

    private Repetition() {}

    /// What is wrong with the call's key; null for nothing, and where it has none.
    static @Nullable Refusal flaw(Call call) {
        String key = call.requestHeaders.get(HEADER);
        return key == null || Idempotency.isKey(key)
                ? null
                : Refusal.of(
                        Refusal.Kind.MALFORMED,
                        "Idempotency-Key must be 1 to 255 printable ASCII characters",
                        "Idempotency-Key");
    }

    /// What the body is known by; null where the call has no key.
    static byte @Nullable [] hash(Call call, byte[] body) {
        return call.requestHeaders.contains(HEADER) ? Idempotency.hash(body) : null;
    }

    /// Whether the call is answered by what is known of its key; if not, the key is its own from now on.
    static boolean answers(Call call, byte[] hash) {
        String text = call.requestHeaders.get(HEADER);
        var key = new Idempotency.Key(call.caller.agent(), call.path, text == null ? "" : text);
        switch (call.loop.idempotency().begin(key, hash)) {
            case Known.Fresh fresh -> {
                call.isKeyed(fresh.call());
                return false;
            }
            case Known.Busy _ ->
                call.fail(
                        Refusal.later(Refusal.Kind.IN_PROGRESS, "The call with this Idempotency-Key is under way", 1),
                        "refused");
            case Known.Mismatch _ ->
                call.fail(
                        Refusal.of(
                                Refusal.Kind.INVALID,
                                "This Idempotency-Key has come with another body; send another key",
                                "Idempotency-Key"),
                        "refused");
            case Known.Answered answered -> repeat(call, answered);
        }
        return true;
    }

    private static void repeat(Call call, Known.Answered answered) {
        call.endsFree("repeated");
        var response = call.response;
        if (response.ended() || response.closed()) {
            return;
        }
        call.headers();
        response.putHeader("idempotent-replayed", "true");
        Refusal refusal = answered.outcome().refusal();
        byte[] answer = answered.answer();
        if (answer != null) {
            var _ = response.putHeader("content-type", Shapes.JSON)
                    .putHeader("x-openlegion-cost-usd", "0")
                    .end(Buffer.buffer(answer));
        } else if (answered.outcome().streamed()) {
            Dialect dialect = call.door.dialect();
            ClientStream stream =
                    call.door.stream(new StreamOut(), Codecs.of(dialect).reader(false), dialect, call.chat());
            var _ = response.putHeader("content-type", Shapes.EVENTS).end(Buffer.buffer(stream.failure(0, refusal)));
        } else {
            call.door.refuse(response, call.head.requestId(), refusal);
        }
    }
}
