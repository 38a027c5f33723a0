package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.KeyUse;
import ai.openlegion.routes.Permission;
import ai.openlegion.vault.CredentialRules;
import ai.openlegion.vault.CredentialStore;
import ai.openlegion.vault.CredentialStore.Outcome;
import ai.openlegion.vault.Secret;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `/mesh/vault`: what an agent may know of credentials, which are names, and the storing of its own. No route answers
/// with a value.
final class VaultRoutes {

    private static final Logger LOG = System.getLogger("openlegion.fabric");

    private static final String PATH = "/mesh/vault/";
    private static final String STATUS = PATH + "status/";
    private static final String GONE = "No credential's value leaves the mesh. Name it by its handle, $CRED{name}, in a"
            + " request to a service, in a header or query parameter that the service's handles: name; the mesh puts"
            + " the value in as it sends";

    private final CredentialStore credentials;

    VaultRoutes(CredentialStore credentials) {
        this.credentials = credentials;
    }

    void add(Router router, Crossings crossings) {
        Permission use = Permission.of(Operation.CREDENTIAL);
        crossings.json(router, HttpMethod.POST, PATH + "store", use, Crossing.VAULT, this::store);
        crossings.plain(router, HttpMethod.GET, PATH + "list", use, Crossing.VAULT, VaultRoutes::list);
        crossings.plain(router, HttpMethod.GET, STATUS + "*", use, Crossing.VAULT, VaultRoutes::status);
        crossings.bodied(
                router, HttpMethod.POST, PATH + "resolve", use, Crossing.VAULT, Input.BODY_BYTES, VaultRoutes::resolve);
    }

    private void store(Visit visit, Input input) {
        String asked = input.name("name", CredentialRules.NAME_CHARS);
        Optional<String> name = CredentialRules.name(asked);
        if (name.isEmpty()) {
            input.flawed(400, CredentialRules.nameRule());
        }
        if (!input.has("value")) {
            input.flawed(422, "value must be a string");
        }
        String value = input.text("value", "", CredentialRules.VALUE_BYTES);
        CredentialRules.flaw(value).ifPresent(flaw -> input.flawed(400, flaw));
        if (!isSound(visit, input) || name.isEmpty() || !isTheirs(visit, name.get(), "vault.store")) {
            return;
        }
        keep(visit, name.get(), Secret.of(value));
    }

    private void keep(Visit visit, String name, Secret value) {
        if (visit.may(Operation.CREDENTIAL, name, "vault.store")) {
            visit.settle(
                    credentials.store(visit.fleet().payer(visit.agent()), name, value),
                    outcome -> stored(visit, name, outcome));
        }
    }

    private static void stored(Visit visit, String name, Outcome outcome) {
        switch (outcome) {
            case Outcome.Done done ->
                visit.ok(json -> {
                    json.writeStartObject();
                    json.writeBooleanField("stored", true);
                    json.writeStringField("handle", "$CRED{" + name + "}");
                    json.writeEndObject();
                });
            case Outcome.Given given -> refused(visit, name, "set by the operator", "The operator set this credential");
            case Outcome.Held held ->
                refused(
                        visit,
                        name,
                        held.byOperator() ? "set by the operator" : "stored by another agent",
                        held.byOperator()
                                ? "The operator set this credential"
                                : "Another agent stored this credential");
            case Outcome.TooMany many ->
                refused(
                        visit,
                        name,
                        "too many",
                        many.ofAgent()
                                ? "The agent has stored " + many.limit() + " credentials, the most it may"
                                : "Agents have stored " + many.limit() + " credentials, the most they may");
            case Outcome.Busy busy -> {
                visit.undone("vault.store", name, "another change of the agent is under way");
                visit.later(503, "The agent's change before is not done yet", 1);
            }
            case Outcome.Faulty faulty -> unavailable(visit, name, faulty.why());
            case Outcome.Unavailable unavailable -> unavailable(visit, name, unavailable.why());
            case Outcome.Unknown unknown -> unavailable(visit, name, "unknown");
            case Outcome.Rotated rotated -> unavailable(visit, name, "rotated");
            case Outcome.KeyInEnvironment key -> unavailable(visit, name, "key");
        }
    }

    private static void refused(Visit visit, String name, String why, String detail) {
        visit.undone("vault.store", name, why);
        visit.refuse(409, detail);
    }

    /// The reason may name files of the mesh's host: it is for the log, not for the agent.
    private static void unavailable(Visit visit, String name, String why) {
        LOG.log(Level.WARNING, "credential not stored request_id=" + visit.requestId() + " reason=" + why);
        visit.undone("vault.store", name, "unavailable");
        visit.unavailable();
    }

    private static void list(Visit visit, Input input) {
        Fleet fleet = visit.fleet();
        Policy policy = fleet.policy();
        if (policy.grants(visit.agent()).allowedCredentials().isEmpty()
                && !visit.mayLook(Operation.CREDENTIAL, "", "vault.list")) {
            return;
        }
        Set<String> taken = KeyUse.all(fleet).keySet();
        List<String> names = fleet.vault().allNames().stream()
                .filter(name -> !taken.contains(name) && !KeyUse.isProviderShaped(fleet, name))
                .filter(name -> policy.decide(visit.agent(), Operation.CREDENTIAL, name) instanceof Decision.Allowed)
                .toList();
        visit.ok(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("credentials");
            for (String name : names) {
                json.writeString(name);
            }
            json.writeEndArray();
            json.writeNumberField("count", names.size());
            json.writeEndObject();
        });
    }

    private static void status(Visit visit, Input input) {
        String path = visit.path();
        Optional<String> name =
                path.startsWith(STATUS) ? CredentialRules.name(path.substring(STATUS.length())) : Optional.empty();
        if (name.isEmpty()) {
            visit.refuse(400, CredentialRules.nameRule());
        } else if (isTheirs(visit, name.get(), "vault.status")) {
            boolean exists = visit.fleet().vault().forHandle(name.get()).isPresent();
            visit.ok(json -> {
                json.writeStartObject();
                json.writeStringField("name", name.get());
                json.writeBooleanField("exists", exists);
                json.writeEndObject();
            });
        }
    }

    private static void resolve(Visit visit, byte[] body) {
        visit.undone("vault.resolve", "", "no value leaves the mesh");
        visit.refuse(410, GONE);
    }

    /// Whether the agent's entry covers the name, and it is nobody's key; where not, that is audited and answered.
    private static boolean isTheirs(Visit visit, String name, String action) {
        if (!visit.mayLook(Operation.CREDENTIAL, name, action)) {
            return false;
        }
        Optional<KeyUse> use = KeyUse.of(visit.fleet(), name);
        use.ifPresent(holder -> visit.deny(denied(visit, name, ": it is " + holder), action, name));
        return use.isEmpty();
    }

    private static Decision.Denied denied(Visit visit, String name, String why) {
        return new Decision.Denied(
                "keys of the mesh",
                visit.fleet().revision(),
                "Agent " + visit.agent() + " cannot " + Operation.CREDENTIAL.verb() + " " + name + why);
    }
}
