package ai.openlegion.runtime.sandbox;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// What the tools answer about sandboxes: an array of objects, perhaps within the member `vms` or `sandboxes`,
/// each
/// with a `name` and a `status`. Anything else is refused, because it might hide a sandbox.
final class Listing {

    private Listing() {}

    /// The status of each sandbox, in lower case, by name.
    ///
    /// @throws IOException when the text is not of that shape
    static Map<String, String> read(String text) throws IOException {
        Object root;
        try {
            root = Json.decodeValue(text);
        } catch (DecodeException noJson) {
            throw new IOException("its answer is no JSON");
        }
        if (root instanceof JsonObject object) {
            root = object.containsKey("vms") ? object.getValue("vms") : object.getValue("sandboxes");
        }
        if (!(root instanceof JsonArray array)) {
            throw new IOException("its answer holds no list of sandboxes");
        }
        Map<String, String> found = new HashMap<>();
        for (Object item : array) {
            if (!(item instanceof JsonObject sandbox)
                    || !(sandbox.getValue("name") instanceof String name)
                    || !(sandbox.getValue("status") instanceof String status)) {
                throw new IOException("its answer lists a sandbox without a name and a status");
            }
            found.put(name, status.toLowerCase(Locale.ROOT));
        }
        return found;
    }
}
