package ai.openlegion.control;

import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Hook;
import ai.openlegion.webhook.Webhooks;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Pattern;

/// What the head of a call tells before its body is read: whether there is such a hook, and whether it is signed at
/// all.
final class WebhookHeads {

    /// A minute more than a timestamp may be off, so that what is stale here is stale where it is checked, too.
    private static final long FAR_MILLIS = Duration.ofMinutes(6).toMillis();

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final Pattern SIGNATURE = Pattern.compile("v1=[0-9a-fA-F]{64}");

    private final FleetRegistry fleets;
    private final InstantSource clock;

    WebhookHeads(FleetRegistry fleets, InstantSource clock) {
        this.fleets = fleets;
        this.clock = clock;
    }

    /// Whether a hook that has a secret takes calls under this name.
    boolean isKnown(Webhooks.Target target, String name) {
        Fleet fleet = fleets.current();
        return switch (target) {
            case HOOK -> {
                Hook hook = fleet.hooks().get(name);
                yield hook != null && hook.agent() != null && hasSecret(fleet, hook);
            }
            case WORKFLOW ->
                fleet.hooks().values().stream()
                        .anyMatch(hook -> name.equals(hook.workflow()) && hasSecret(fleet, hook));
        };
    }

    /// Whether some body could make this proof right: it has its form, and is not stale.
    boolean mayBeRight(Webhooks.Proof proof) {
        return SECONDS.matcher(proof.timestamp()).matches()
                && SIGNATURE.matcher(proof.signature()).matches()
                && Math.abs(clock.millis() - Long.parseLong(proof.timestamp()) * 1000) <= FAR_MILLIS;
    }

    private static boolean hasSecret(Fleet fleet, Hook hook) {
        return fleet.vault().get(hook.secret()).isPresent();
    }
}
