package ai.openlegion.gateway;

import ai.openlegion.catalogue.Model;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.proxy.CallRequest;

/// What becomes of a request on its way to a model's provider.
sealed interface Translation {

    /// It can be asked.
    record Ready(Candidate candidate) implements Translation {}

    /// It cannot be said in the provider's dialect.
    ///
    /// @param field the member at fault
    record Impossible(String field, String message) implements Translation {}

    /// Says the request as the model's provider understands it.
    static Translation of(Model model, Door door, CallRequest request) {
        try {
            return new Ready(Candidate.of(model, door, request));
        } catch (Untranslatable untranslatable) {
            return new Impossible(
                    untranslatable.field(),
                    untranslatable.field() + " cannot be asked of " + model.id() + ": " + untranslatable.text());
        }
    }
}
