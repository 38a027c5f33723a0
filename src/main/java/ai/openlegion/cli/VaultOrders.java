package ai.openlegion.cli;

import ai.openlegion.host.OfflineVault;
import ai.openlegion.host.StartException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/// The vault of a home, asked over HTTP while a mesh runs on it, and directly while none does.
final class VaultOrders {
    private static final String PATH = "/control/vault";

    private final OpenLegion root;

    VaultOrders(OpenLegion root) {
        this.root = root;
    }

    /// What the vault answered: JSON, and whether a mesh did.
    record Answer(String body, boolean isLive) {
        JsonObject json() throws CommandFailure {
            try {
                return new JsonObject(body);
            } catch (DecodeException garbled) {
                throw CommandFailure.failed("the answer is not JSON");
            }
        }
    }

    Answer list() throws CommandFailure {
        return order("GET", "", new JsonObject(), OfflineVault::list);
    }

    Answer set(String name, String value) throws CommandFailure {
        return order(
                "PUT",
                "/" + MeshClient.encoded(name),
                new JsonObject().put("value", value),
                vault -> vault.set(name, value));
    }

    Answer remove(String name) throws CommandFailure {
        return order("DELETE", "/" + MeshClient.encoded(name), new JsonObject(), vault -> vault.remove(name));
    }

    Answer rotate() throws CommandFailure {
        return order("POST", "/rotate", new JsonObject(), OfflineVault::rotate);
    }

    /// The same order to the home itself.
    private interface Direct {
        OfflineVault.Told to(OfflineVault vault) throws StartException;
    }

    private Answer order(String method, String path, JsonObject body, Direct direct) throws CommandFailure {
        Ready ready = Ready.read(root.home());
        if (ready != null && ready.alive()) {
            try (MeshClient mesh = MeshClient.of(root.home())) {
                return new Answer(
                        mesh.demand(method, PATH + path, body.isEmpty() ? null : body)
                                .body(),
                        true);
            }
        }
        OfflineVault.Told told;
        try {
            told = direct.to(new OfflineVault(root.home(), root.environment()));
        } catch (StartException refused) {
            String message = String.valueOf(refused.getMessage());
            throw refused.exitCode() == 2 ? CommandFailure.misused(message) : CommandFailure.failed(message);
        }
        Answer answer = new Answer(told.body(), false);
        if (told.status() >= 300) {
            String message = "the vault refused: " + answer.json().getString("detail", "no reason given");
            throw told.status() == 400 || told.status() == 422
                    ? CommandFailure.misused(message)
                    : CommandFailure.failed(message);
        }
        return answer;
    }
}
