package ai.openlegion.control;

import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.KeyUse;
import ai.openlegion.vault.CredentialRules;
import ai.openlegion.vault.CredentialStore;
import ai.openlegion.vault.CredentialStore.Fault;
import ai.openlegion.vault.CredentialStore.Outcome;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Stored;
import ai.openlegion.vault.Vault;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The operator's orders to the vault and what is told of them: the same whether the mesh runs, and they come over
/// HTTP, or not.
public final class VaultDesk {

    private final CredentialStore credentials;
    private final Supplier<Fleet> fleet;

    public VaultDesk(CredentialStore credentials, Supplier<Fleet> fleet) {
        this.credentials = credentials;
        this.fleet = fleet;
    }

    /// What became of an order.
    ///
    /// @param status as of HTTP
    /// @param body JSON; of a refusal with `detail`. It holds no value
    /// @param resource and decision as the audit has them
    public record Told(int status, String body, String resource, String decision) {}

    /// Every name with its source and its use; no value.
    public Told list() {
        Vault vault = fleet.get().vault();
        Map<String, List<KeyUse>> uses = KeyUse.all(fleet.get());
        return told(200, "", "allowed", json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("credentials");
            for (String name : vault.allNames()) {
                write(json, name, vault, uses.getOrDefault(name, List.of()));
            }
            json.writeEndArray();
            json.writeArrayFieldStart("unreadable");
            for (Fault fault : credentials.faults()) {
                json.writeStartObject();
                json.writeStringField("name", fault.name());
                json.writeStringField("stored_by", fault.storedBy());
                json.writeStringField("why", fault.why());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("master_key", credentials.keyPlace());
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, String name, Vault vault, List<KeyUse> uses) throws IOException {
        Optional<Vault.Source> source = vault.source(name);
        Optional<Stored> stored = vault.stored(name);
        boolean holds = source.isPresent() && isStored(source.get());
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("source", source.map(Vault.Source::word).orElse(""));
        if (stored.isPresent()) {
            json.writeStringField("stored_by", stored.get().by());
            json.writeStringField(
                    "stored_at",
                    Instant.ofEpochMilli(stored.get().storedMillis()).toString());
            json.writeBooleanField("hidden", !holds);
        }
        json.writeArrayFieldStart("used_by");
        for (KeyUse use : uses) {
            json.writeString(use.kind().word() + " " + use.holder());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static boolean isStored(Vault.Source source) {
        return source == Vault.Source.OPERATOR || source == Vault.Source.AGENT;
    }

    /// Stores a value under a name.
    ///
    /// @param value null where none was given
    public Future<Told> set(String name, @Nullable String value) {
        Optional<String> known = CredentialRules.name(name);
        Optional<String> flaw = value == null ? Optional.of("value must be a string") : CredentialRules.flaw(value);
        if (known.isEmpty()) {
            return refused(400, "", "bad name", CredentialRules.nameRule());
        }
        if (value == null || flaw.isPresent()) {
            return refused(value == null ? 422 : 400, known.get(), "bad value", flaw.orElse(""));
        }
        return credentials
                .set(known.get(), Secret.of(value))
                .map(outcome -> told(known.get(), outcome, json -> {
                    json.writeStringField("name", known.get());
                    json.writeBooleanField("stored", true);
                    json.writeBooleanField("replaced", outcome instanceof Outcome.Done done && done.replaced());
                }));
    }

    /// Forgets what is stored under a name.
    public Future<Told> remove(String name) {
        // what somebody wrote into the database under another name than there can be is called what it is
        boolean isFault =
                credentials.faults().stream().anyMatch(fault -> fault.name().equals(name));
        Optional<String> known = isFault ? Optional.of(name) : CredentialRules.name(name);
        if (known.isEmpty()) {
            return refused(400, "", "bad name", CredentialRules.nameRule());
        }
        return credentials
                .remove(known.get())
                .map(outcome -> told(known.get(), outcome, json -> {
                    json.writeStringField("name", known.get());
                    json.writeBooleanField("removed", true);
                    Optional<Vault.Source> still = fleet.get().vault().source(known.get());
                    if (still.isPresent()) {
                        json.writeStringField("still_set_by", still.get().word());
                    }
                }));
    }

    /// Puts everything that is stored under a new master key.
    public Future<Told> rotate() {
        return credentials
                .rotate()
                .map(outcome -> told("master key", outcome, json -> {
                    if (outcome instanceof Outcome.Rotated rotated) {
                        json.writeBooleanField("rotated", true);
                        json.writeStringField("key_id", rotated.keyId());
                        json.writeNumberField("credentials", rotated.count());
                    }
                }));
    }

    private Told told(String resource, Outcome outcome, Answer.Document members) {
        return switch (outcome) {
            case Outcome.Done done -> done(resource, members);
            case Outcome.Rotated rotated -> done(resource + " " + rotated.keyId(), members);
            case Outcome.Given given -> {
                String where = given.source() == Vault.Source.ENVIRONMENT ? "the environment" : ".env";
                yield refusal(
                        409,
                        resource,
                        "set by " + where,
                        resource + " is set by " + where + ", which wins over what is stored: change it there");
            }
            case Outcome.Held held -> refusal(409, resource, "held", "another one holds this name");
            case Outcome.TooMany many ->
                refusal(
                        409,
                        resource,
                        "too many",
                        "there are " + many.limit() + " stored credentials already, the most there may be");
            case Outcome.Unknown unknown ->
                refusal(404, resource, "unknown", "nothing is stored under the name " + resource);
            case Outcome.Busy busy -> refusal(503, resource, "busy", "the change before is not done yet");
            case Outcome.KeyInEnvironment key ->
                refusal(
                        409,
                        resource,
                        "in the environment",
                        "the master key is the environment's: start again with the new one in OPENLEGION_VAULT_KEY and"
                                + " the old one in OPENLEGION_VAULT_KEY_OLD, and what is stored is put under the new"
                                + " one");
            case Outcome.Faulty faulty -> refusal(409, resource, "something stored does not open", faulty.why());
            case Outcome.Unavailable unavailable ->
                refusal(503, resource, "unavailable", "the vault cannot be changed now: " + unavailable.why());
        };
    }

    private static Told done(String resource, Answer.Document members) {
        return told(200, resource, "allowed", json -> {
            json.writeStartObject();
            members.write(json);
            json.writeEndObject();
        });
    }

    private static Future<Told> refused(int status, String resource, String why, String detail) {
        return Future.succeededFuture(refusal(status, resource, why, detail));
    }

    private static Told refusal(int status, String resource, String why, String detail) {
        return told(status, resource, "refused: " + why, json -> {
            json.writeStartObject();
            json.writeStringField("detail", detail);
            json.writeEndObject();
        });
    }

    private static Told told(int status, String resource, String decision, Answer.Document document) {
        return new Told(status, Answer.encode(document).toString(StandardCharsets.UTF_8), resource, decision);
    }
}
