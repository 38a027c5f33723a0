package ai.openlegion.webhook;

import ai.openlegion.bus.Bus;
import ai.openlegion.bus.BusException;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Hook;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.store.Database;
import ai.openlegion.vault.Secret;
import ai.openlegion.webhook.Webhooks.Outcome;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The verticle that checks signed calls and does what their hooks say; one instance.
///
/// A signature is used up durably before its call does anything, so no crash lets a call count twice; one that dies in
/// between did nothing, and its sender signs anew. Where nothing came of a call for certain, its signature is freed, so
/// that the sender may simply send it again; where that is in doubt it stays used up, and a call that is signed anew
/// may be the second of its kind.
public final class WebhookVerticle extends VerticleBase {

    /// More than 500 signed calls a second over the eleven minutes they are remembered at most; some 60 MB.
    private static final int REMEMBERED = 400_000;

    private static final long PRUNE_MILLIS = 10_000;
    private static final int ITEM_ID_DIGITS = 12;
    private static final Logger LOG = System.getLogger("openlegion.webhook");

    private final Bus bus;
    private final Supplier<Fleet> fleet;
    private final InstantSource clock;
    private final Signatures signatures;

    /// @param fleet the snapshot whose hooks and secrets count now
    public WebhookVerticle(Bus bus, Database database, Supplier<Fleet> fleet, InstantSource clock) {
        this(bus, database, fleet, clock, REMEMBERED);
    }

    WebhookVerticle(Bus bus, Database database, Supplier<Fleet> fleet, InstantSource clock, int remembered) {
        this.bus = bus;
        this.fleet = fleet;
        this.clock = clock;
        signatures = new Signatures(database, remembered);
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(
                PRUNE_MILLIS,
                _ -> signatures
                        .prune(clock.millis())
                        .onFailure(cause -> LOG.log(Level.WARNING, "old signatures left in the store", cause)));
        return signatures
                .load(clock.millis())
                .compose(_ ->
                        Future.all(bus.serve(Webhooks.RECEIVE, this::receive), bus.serve(Webhooks.CHECK, this::check)));
    }

    private Future<Outcome> receive(Webhooks.Received call) {
        Fleet now = fleet.get();
        Optional<Hook> hook = find(now, call);
        Optional<Secret> secret = hook.flatMap(found -> now.vault().get(found.secret()));
        if (secret.isEmpty()) {
            return Future.succeededFuture(new Webhooks.NoSuchHook());
        }
        return switch (Signing.check(secret.get(), call.proof(), call.body(), clock.millis())) {
            case Signing.Wrong(String why) -> Future.succeededFuture(new Webhooks.Rejected(why));
            case Signing.Right(String signature, long signedMillis) ->
                once(signature, signedMillis, () -> dispatch(hook.get(), signature, call.body()));
        };
    }

    private static Optional<Hook> find(Fleet fleet, Webhooks.Received call) {
        return switch (call.target()) {
            case HOOK -> Optional.ofNullable(fleet.hooks().get(call.name())).filter(hook -> hook.agent() != null);
            case WORKFLOW ->
                fleet.hooks().values().stream()
                        .filter(hook -> call.name().equals(hook.workflow()))
                        .findFirst();
        };
    }

    private Future<Outcome> check(Webhooks.Question question) {
        Fleet now = fleet.get();
        Webhooks.Rejected last = new Webhooks.Rejected("the question is not signed by a workflow's hook");
        Set<String> workflows = new HashSet<>();
        Signing.Right right = null;
        for (Hook hook : now.hooks().values()) {
            String workflow = hook.workflow();
            Optional<Secret> secret = now.vault().get(hook.secret());
            if (workflow == null || secret.isEmpty()) {
                continue;
            }
            switch (Signing.check(secret.get(), question.proof(), new byte[0], clock.millis())) {
                case Signing.Right signed -> {
                    right = signed;
                    workflows.add(workflow);
                }
                case Signing.Wrong(String why) -> last = new Webhooks.Rejected(why);
            }
        }
        return right == null
                ? Future.succeededFuture(last)
                : once(
                        right.signature(),
                        right.signedMillis(),
                        () -> Future.succeededFuture(new Webhooks.Signed(workflows)));
    }

    private Future<Outcome> once(String signature, long signedMillis, Supplier<Future<Outcome>> then) {
        return signatures.use(signature, signedMillis).compose(use -> switch (use) {
            case FIRST -> then.get();
            case AGAIN -> Future.succeededFuture(new Webhooks.Rejected("the signature was used before"));
            case FULL -> Future.succeededFuture(new Webhooks.TooMany());
            case UNAVAILABLE -> Future.succeededFuture(new Webhooks.Unavailable());
        });
    }

    private Future<Outcome> dispatch(Hook hook, String signature, byte[] body) {
        String json = Members.value(body);
        String input =
                json != null ? json : "{\"raw\":" + Members.quoted(new String(body, StandardCharsets.UTF_8)) + "}";
        AgentId agent = hook.agent();
        String workflow = hook.workflow();
        if (agent != null) {
            return send(hook, agent, signature, input);
        }
        return workflow == null ? Future.succeededFuture(new Webhooks.NoSuchHook()) : run(workflow, signature, input);
    }

    /// The signature is freed only where it is certain that nothing was stored; of no answer, or of one that leaves it
    /// open, nobody can tell. The item's id is the signature's: what is in an inbox shows which call brought it.
    private Future<Outcome> send(Hook hook, AgentId agent, String signature, String body) {
        String payload = "{\"hook\":" + Members.quoted(hook.id()) + ",\"body\":" + body + "}";
        String id = "msg_" + signature.substring(0, ITEM_ID_DIGITS);
        Messaging.Send message =
                new Messaging.Send(Messaging.Kind.MESSAGE, "mesh", agent, id, "webhook", payload, null, null, 0);
        return bus.ask(Messaging.SEND, message)
                .<Outcome>compose(sent -> switch (sent) {
                    case Messaging.Stored(String item, long _) -> Future.succeededFuture(new Webhooks.Accepted(item));
                    case Messaging.UnknownRecipient _ -> nothing(signature, new Webhooks.NoSuchHook());
                    case Messaging.InboxFull _ -> nothing(signature, new Webhooks.InboxFull());
                    case Messaging.Unavailable _ -> Future.succeededFuture(new Webhooks.Unavailable());
                })
                .recover(failure -> unanswered(failure, signature, new Webhooks.Unavailable()));
    }

    /// A run costs money: its signature is freed only where it is certain that none was started. Of a call that can
    /// never start one it stays used up, since there is nothing to be gained by sending it again.
    private Future<Outcome> run(String workflow, String signature, String body) {
        String input = body.startsWith("{") ? body : "{\"body\":" + body + "}";
        if (input.getBytes(StandardCharsets.UTF_8).length > Workflows.MOST_INPUT_BYTES) {
            return Future.succeededFuture(new Webhooks.TooLarge(Workflows.MOST_INPUT_BYTES));
        }
        return bus.ask(Workflows.RUN, new Workflows.Run(workflow, input, "webhook"))
                .<Outcome>compose(outcome -> switch (outcome) {
                    case Workflows.Started(String run) -> Future.succeededFuture(new Webhooks.Started(run));
                    case Workflows.Unknown _ -> nothing(signature, new Webhooks.NoSuchHook());
                    case Workflows.Refused(String why) -> Future.succeededFuture(new Webhooks.Invalid(why));
                    case Workflows.TooMany _ -> nothing(signature, new Webhooks.TooManyRuns());
                    case Workflows.Unavailable _ -> Future.succeededFuture(new Webhooks.NotStarted());
                })
                .recover(failure -> unanswered(failure, signature, new Webhooks.NotStarted()));
    }

    private Future<Outcome> nothing(String signature, Outcome outcome) {
        return signatures.free(signature).map(_ -> outcome);
    }

    /* Only what was served nowhere was done by nobody. */
    private Future<Outcome> unanswered(Throwable failure, String signature, Outcome outcome) {
        if (failure instanceof BusException fault) {
            return fault.reason() == BusException.Reason.NO_HANDLER
                    ? nothing(signature, outcome)
                    : Future.succeededFuture(outcome);
        }
        return Future.failedFuture(failure);
    }
}
