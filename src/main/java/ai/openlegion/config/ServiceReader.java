package ai.openlegion.config;

import ai.openlegion.catalogue.Service;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The reading of `services:`; their names are what `allowed_apis` may list besides `llm`.
final class ServiceReader {

    /// Headers that say how the request is framed or where it goes: a credential in one of them would break it.
    private static final Set<String> FRAMING = Set.of(
            "host",
            "connection",
            "content-length",
            "content-type",
            "content-encoding",
            "accept-encoding",
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "keep-alive");

    /// Headers in which agents show their tokens.
    private static final Set<String> IDENTITY =
            Set.of("authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "cookie", "cookie2");

    /// Further headers of an agent's request that no service gets: the way here, another path or method than was
    /// decided
    /// on, and parts of an answer.
    private static final Set<String> NOT_SENT = Set.of(
            "proxy-connection",
            "proxy-authenticate",
            "http2-settings",
            "forwarded",
            "via",
            "x-real-ip",
            "x-original-url",
            "x-original-uri",
            "x-rewrite-url",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "range",
            "if-range");

    /// `GET /res/v1/web/search`, where a query may follow.
    private static final Pattern ACTION =
            Pattern.compile("(" + String.join("|", Service.METHODS) + ") (/[!$-;=?-~]{0,1000})");

    private final Map<String, String> taken;
    private final List<String> warnings;
    private final Map<String, Service> services = new LinkedHashMap<>();

    /// @param taken which credentials are in use, by name, and why nothing else may use them; told those of the
    /// services
    ServiceReader(Map<String, String> taken, List<String> warnings) {
        this.taken = taken;
        this.warnings = warnings;
    }

    /// The services of a `services:` mapping by name; those with a mistake are there by name too, so that nothing that
    /// names them looks wrong.
    Set<String> read(Tree section) {
        section.sections().forEach((name, entry) -> {
            if (!Names.SERVICE.matcher(name).matches()) {
                entry.problem("must be a name of letters, digits, - and _");
            } else if (name.equals("llm")) {
                entry.problem("llm is the name of the models; choose another");
            }
            service(name, entry).ifPresent(service -> services.put(name, service));
            entry.end();
        });
        return section.names();
    }

    /// Those without a mistake.
    Map<String, Service> services() {
        return services;
    }

    private Optional<Service> service(String name, Tree entry) {
        Optional<URI> baseUrl = entry.requiredKey("base_url") ? BaseUrl.read(entry, "base_url") : Optional.empty();
        Optional<String> header = header(entry);
        Optional<String> credential = ProviderReader.credential(entry);
        credential.ifPresent(key -> take(name, key, entry));
        if (header.isPresent() && !entry.has("credential")) {
            entry.problem("header", "needs a credential to send");
        }
        Optional<Long> price =
                entry.requiredKey("usd_per_call") ? LimitsReader.amount(entry, "usd_per_call") : Optional.empty();
        List<Tree.Text> handles = entry.texts("handles");
        List<String> places = handles.stream()
                .flatMap(handle -> place(handle, header, entry).stream())
                .toList();
        Map<String, Service.Action> actions = actions(entry.section("actions"));
        if (baseUrl.isEmpty() || price.isEmpty()) {
            return Optional.empty();
        }
        if ((credential.isPresent() || !places.isEmpty()) && BaseUrl.isExposed(baseUrl.get())) {
            warnings.add(
                    entry.remark("base_url", "is plain http to another machine: credentials can be read on the way"));
        }
        @Nullable String named = header.orElse(null);
        @Nullable String key = credential.orElse(null);
        return Optional.of(new Service(name, baseUrl.get(), named, key, price.get(), places, actions));
    }

    private static Optional<String> header(Tree entry) {
        return entry.text("header").flatMap(header -> {
            String lower = header.toLowerCase(Locale.ROOT);
            if (!Names.HEADER.matcher(header).matches()) {
                entry.problem("header", "must be the name of an HTTP header");
            } else if (FRAMING.contains(lower)) {
                entry.problem("header", "cannot carry a credential: it says how the request is sent");
            } else {
                return Optional.of(lower);
            }
            return Optional.empty();
        });
    }

    /// A key is usable only by the one thing it belongs to.
    private void take(String name, String credential, Tree entry) {
        String why = taken.get(credential);
        if (why == null) {
            taken.put(
                    credential,
                    "is the key of service " + Tree.shown(name)
                            + ", and service keys are usable only by their service");
        } else {
            entry.problem("credential", why);
        }
    }

    /// A place for handles; a header's name in lower case.
    private static Optional<String> place(Tree.Text handle, Optional<String> credentialHeader, Tree entry) {
        String place = handle.value();
        if (place.startsWith(Service.QUERY_PLACE) && place.length() > Service.QUERY_PLACE.length()) {
            return Optional.of(place);
        }
        String name = place.startsWith(Service.HEADER_PLACE) ? place.substring(Service.HEADER_PLACE.length()) : "";
        String lower = name.toLowerCase(Locale.ROOT);
        if (!Names.HEADER.matcher(name).matches()) {
            entry.problem(handle, "must be header:<name> or query:<name>");
        } else if (FRAMING.contains(lower) || isNeverSent(lower)) {
            entry.problem(handle, "cannot hold a handle: this header of an agent's request is not sent on");
        } else if (lower.equals(credentialHeader.orElse("authorization"))) {
            entry.problem(handle, "cannot hold a handle: this header carries the service's own credential");
        } else {
            return Optional.of(Service.HEADER_PLACE + lower);
        }
        return Optional.empty();
    }

    private static boolean isNeverSent(String header) {
        return IDENTITY.contains(header)
                || NOT_SENT.contains(header)
                || header.startsWith("x-forwarded-")
                || header.startsWith("x-openlegion-");
    }

    private static Map<String, Service.Action> actions(Tree section) {
        Map<String, Service.Action> actions = new LinkedHashMap<>();
        for (String name : section.names()) {
            if (!name.equals(Service.ANY_ACTION) && !Names.SERVICE.matcher(name).matches()) {
                section.problem(name, "must be a name of letters, digits, - and _, or * for every other action");
            }
            section.text(name).ifPresent(text -> {
                Matcher action = ACTION.matcher(text);
                if (action.matches()) {
                    actions.put(name, new Service.Action(action.group(1), action.group(2)));
                } else {
                    section.problem(
                            name,
                            "must be a method and a path below base_url, such as GET /res/v1/web/search; a method is "
                                    + Tree.oneOf(Service.METHODS));
                }
            });
        }
        return actions;
    }
}
