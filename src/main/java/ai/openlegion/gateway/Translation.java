package ai.openlegion.gateway;

import ai.openlegion.catalogue.Model;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.json.StrictJson;
import ai.openlegion.proxy.CallRequest;

/// What becomes of a request on its way to a model's provider.
sealed interface Translation {

    /// The largest body that is said in another dialect, in bytes: all of it is made anew, before any money is held.
    int MAX_BYTES = 8 * 1024 * 1024;

    /// The most values and names in it: each becomes an object, however few bytes it is written in.
    int MAX_VALUES = 200_000;

    /// A smaller body, in bytes, cannot hold too many values.
    int ALWAYS_FEW = 128 * 1024;

    /// It can be asked.
    record Ready(Candidate candidate) implements Translation {}

    /// It cannot be said in the provider's dialect.
    ///
    /// @param field the member at fault
    record Impossible(String field, String message) implements Translation {}

    /// There is more in it than is said in another dialect.
    record TooLarge(String message) implements Translation {}

    /// Says the request as the model's provider understands it.
    static Translation of(Model model, Door door, CallRequest request) {
        byte[] body = request.bytes();
        boolean same = model.dialectFor(door.dialect()) == door.dialect();
        if (!same && body.length > ALWAYS_FEW) {
            String limit = body.length > MAX_BYTES
                    ? MAX_BYTES + " bytes"
                    : StrictJson.values(body) > MAX_VALUES ? MAX_VALUES + " JSON values and names" : null;
            if (limit != null) {
                return new TooLarge("A body of more than " + limit + " cannot be said in the dialect of " + model.id()
                        + "; ask for it at the door of that dialect");
            }
        }
        try {
            return new Ready(Candidate.of(model, door, request));
        } catch (Untranslatable untranslatable) {
            return new Impossible(
                    untranslatable.field(),
                    untranslatable.field() + " cannot be asked of " + model.id() + ": " + untranslatable.text());
        }
    }
}
