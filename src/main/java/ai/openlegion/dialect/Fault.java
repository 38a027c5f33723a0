package ai.openlegion.dialect;

import org.jspecify.annotations.Nullable;

/// An error in no vendor's words: a provider's, read by its codec, or the mesh's own.
///
/// @param status the HTTP status
/// @param message for the caller; no secret stands in it
/// @param code the finer word, such as `model_not_found` or `context_length_exceeded`; the vendor's own where it gave
/// one
/// @param param the request's member at fault
/// @param details what the mesh adds as `openlegion`: a JSON object
public record Fault(
        Kind kind,
        int status,
        String message,
        @Nullable String code,
        @Nullable String param,
        @Nullable String details) {

    /// What went wrong, as far as every vendor has a word for it.
    public enum Kind {
        /// The request is not valid.
        INVALID,
        /// No credential, or a wrong one.
        UNAUTHENTICATED,
        /// The credential does not allow it.
        DENIED,
        /// No such model, path or thing.
        NOT_FOUND,
        /// The request is too large.
        TOO_LARGE,
        /// The prompt does not fit into the model.
        CONTEXT_LENGTH,
        /// No money left.
        BILLING,
        /// Too many requests.
        RATE_LIMITED,
        /// Too much to do for now.
        OVERLOADED,
        /// It took too long.
        TIMEOUT,
        /// Something broke.
        SERVER
    }
}
