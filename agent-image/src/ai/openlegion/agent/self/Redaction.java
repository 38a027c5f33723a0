package ai.openlegion.agent.self;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Takes the agent's tokens out of what it gives to the model and to its files and results.
///
/// A command runs as the same user as the agent and can read the tokens, and it can write them so that nobody would know
/// them again. This keeps them from spreading by accident: what a token allows is decided, and ended, by the mesh.
public final class Redaction {

    private static final String STARS = "***";
    private static final int LEAST_CHARS = 12;

    private final List<String> secrets;

    public Redaction(Settings settings) {
        // a shorter one is no secret, and common words hold it
        secrets = List.of(settings.meshToken(), settings.inboundToken()).stream()
                .filter(secret -> secret.length() >= LEAST_CHARS)
                .toList();
    }

    /// The text with stars in place of each token.
    public String of(String text) {
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, STARS);
        }
        return clean;
    }

    /// A JSON value with each text in it redacted, names of members too.
    public Object ofValue(Object value) {
        return switch (value) {
            case String text -> of(text);
            case Map<?, ?> members -> {
                Map<String, Object> clean = new LinkedHashMap<>();
                members.forEach((name, member) -> clean.put(of(String.valueOf(name)), ofValue(member)));
                yield clean;
            }
            case List<?> items -> items.stream().map(this::ofValue).toList();
            default -> // open: numbers, truth values and null hold no token
                value;
        };
    }
}
