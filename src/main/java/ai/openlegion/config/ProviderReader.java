package ai.openlegion.config;

import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Provider;
import java.net.URI;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The reading of `providers:`, where an entry adds a provider or changes the keys it names of a shipped one.
final class ProviderReader {

    static final List<String> DIALECTS =
            Arrays.stream(Dialect.values()).map(Dialect::key).toList();
    private static final List<String> AUTHS =
            Arrays.stream(Auth.values()).map(Auth::key).toList();
    private static final List<String> MAX_TOKENS_FIELDS =
            List.of("max_tokens", "max_completion_tokens", "max_output_tokens");

    private final Map<String, Provider> providers = new LinkedHashMap<>();
    private final List<String> warnings;

    ProviderReader(List<String> warnings) {
        this.warnings = warnings;
    }

    /// The providers read so far, in the order of the files.
    Map<String, Provider> providers() {
        return providers;
    }

    /// Reads a `providers:` mapping over what was read before.
    void read(Tree section) {
        section.sections().forEach((name, entry) -> {
            if (!Names.PROVIDER.matcher(name).matches()) {
                entry.problem("must be a name of letters, digits, dots, - and _");
            }
            read(name, entry).ifPresent(provider -> providers.put(name, provider));
            entry.end();
        });
    }

    private Optional<Provider> read(String name, Tree entry) {
        @Nullable Provider shipped = providers.get(name);
        boolean isNew = shipped == null;
        Optional<Dialect> dialect = (isNew ? required(entry, "dialect", DIALECTS) : entry.choice("dialect", DIALECTS))
                .flatMap(Dialect::of)
                .or(() -> Optional.ofNullable(shipped).map(Provider::dialect));
        if (isNew) {
            var _ = entry.requiredKey("base_url");
        }
        Optional<URI> baseUrl = BaseUrl.read(entry, "base_url")
                .or(() -> Optional.ofNullable(shipped).map(Provider::baseUrl));
        boolean stops = entry.flag("stops_on_disconnect", shipped != null && shipped.stopsOnDisconnect());
        Set<Dialect> also = also(entry, dialect, shipped == null ? Set.of() : shipped.also());
        Optional<String> field = entry.choice("max_tokens_field", MAX_TOKENS_FIELDS);
        var _ = entry.text("source");
        var _ = entry.text("checked");
        Optional<String> ownCredential = credential(entry);
        Optional<Auth> ownAuth = entry.choice("auth", AUTHS).flatMap(Auth::of);
        if (dialect.isEmpty() || baseUrl.isEmpty()) {
            return Optional.empty();
        }
        @Nullable String credential = ownCredential.orElse(shipped == null ? null : shipped.credential());
        if (ownAuth.equals(Optional.of(Auth.NONE))) {
            if (ownCredential.isPresent()) {
                entry.problem("credential", "has no use with auth: none");
            }
            credential = null;
        }
        Auth auth = auth(ownAuth.orElse(shipped == null ? null : shipped.auth()), credential, dialect.get());
        if (credential == null && ownAuth.isPresent() && ownAuth.get() != Auth.NONE) {
            entry.problem("auth", "needs a credential to send");
        }
        if (credential != null && BaseUrl.isExposed(baseUrl.get())) {
            warnings.add(entry.remark(
                    "base_url", "is plain http to another machine: its credential can be read on the way"));
        }
        String maxTokensField =
                field.orElse(shipped == null ? dialect.get().usualMaxTokensField() : shipped.maxTokensField());
        return Optional.of(
                new Provider(name, dialect.get(), also, baseUrl.get(), auth, credential, stops, maxTokensField));
    }

    private static Optional<String> required(Tree entry, String key, List<String> words) {
        return entry.requiredKey(key) ? entry.choice(key, words) : Optional.empty();
    }

    private static Set<Dialect> also(Tree entry, Optional<Dialect> first, Set<Dialect> shipped) {
        List<Tree.Text> texts = entry.texts("also");
        if (!entry.has("also")) {
            return shipped;
        }
        Set<Dialect> also = EnumSet.noneOf(Dialect.class);
        for (Tree.Text text : texts) {
            Optional<Dialect> further = Dialect.of(text.value());
            if (further.isEmpty()) {
                entry.problem(text, "must be " + Tree.oneOf(DIALECTS) + Nearest.hint(text.value(), DIALECTS));
            } else if (further.equals(first) || !also.add(further.get())) {
                entry.problem(text, "is named twice, under dialect or here");
            }
        }
        return also;
    }

    /// The vault's name of a credential, lower-cased.
    static Optional<String> credential(Tree entry) {
        return entry.text("credential").flatMap(name -> {
            if (Names.CREDENTIAL.matcher(name).matches()) {
                return Optional.of(name.toLowerCase(Locale.ROOT));
            }
            entry.problem(
                    "credential",
                    "must be the name of a credential, of letters, digits and _; its value goes into .env as"
                            + " OPENLEGION_CRED_<NAME>");
            return Optional.empty();
        });
    }

    private static Auth auth(@Nullable Auth named, @Nullable String credential, Dialect dialect) {
        if (credential == null) {
            return Auth.NONE;
        }
        return named == null || named == Auth.NONE ? usualAuth(dialect) : named;
    }

    private static Auth usualAuth(Dialect dialect) {
        return switch (dialect) {
            case OPENAI, RESPONSES -> Auth.BEARER;
            case ANTHROPIC -> Auth.X_API_KEY;
        };
    }
}
