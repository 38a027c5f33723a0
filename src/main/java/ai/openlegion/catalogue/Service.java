package ai.openlegion.catalogue;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An API besides the models that the mesh calls for agents, with a credential of its own and a price a call.
///
/// @param name what `allowed_apis` lists; it has no slash, so no model has it
/// @param baseUrl http or https, without a trailing slash; every path is appended to it
/// @param header in lower case, that carries the bare credential; null = `Authorization: Bearer`
/// @param credential the vault name of its key; null where it needs none
/// @param picoPerCall what one call costs, in pico-USD
/// @param handles the places where handles of credentials are replaced: `header:` and a name in lower case, or `query:`
/// and the name of a parameter
/// @param actions what `/mesh/api` may name instead of a method and a path; [#ANY_ACTION] stands for every other word
public record Service(
        String name,
        URI baseUrl,
        @Nullable String header,
        @Nullable String credential,
        long picoPerCall,
        List<String> handles,
        Map<String, Action> actions) {

    /// The action that stands for every word that no other one is named by.
    public static final String ANY_ACTION = "*";

    /// Begins a place among the headers.
    public static final String HEADER_PLACE = "header:";

    /// Begins a place among the parameters of the query.
    public static final String QUERY_PLACE = "query:";

    /// The methods that a service can be called with.
    public static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /// A named call.
    ///
    /// @param method one of [#METHODS]
    /// @param path below the base URL, from its slash, with or without a query
    public record Action(String method, String path) {}

    /// @throws IllegalArgumentException when the price is negative
    public Service {
        if (picoPerCall < 0) {
            throw new IllegalArgumentException("service " + name + ": a negative price");
        }
        handles = List.copyOf(handles);
        actions = Map.copyOf(actions);
    }

    /// The header that carries the credential, in lower case.
    public String credentialHeader() {
        return header == null ? "authorization" : header;
    }
}
