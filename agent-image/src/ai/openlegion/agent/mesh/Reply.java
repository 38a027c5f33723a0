package ai.openlegion.agent.mesh;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;

/// What the mesh answered, read whole.
///
/// @param status the HTTP status
/// @param body at most as many bytes as the caller allowed
public record Reply(int status, HttpHeaders headers, byte[] body) {

    public boolean isOk() {
        return status >= 200 && status < 300;
    }

    /// The body as JSON, empty if it is none.
    public Optional<Object> json() {
        try {
            return Optional.of(Json.parse(body));
        } catch (JsonException other) {
            return Optional.empty();
        }
    }

    /// The members of the body, none if it is no object.
    public Members members() {
        return json().flatMap(Members::of).orElseGet(() -> new Members(Map.of()));
    }

    public Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    /// Why the mesh refused, in its own words, in whichever of its shapes.
    public String reason() {
        Members members = members();
        return members.text("detail")
                .or(() -> members.object("error").text("message"))
                .or(() -> members.text("error"))
                .orElse("the mesh answered " + status);
    }
}
