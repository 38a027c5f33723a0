package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.catalogue.Service;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.KeyUse;
import ai.openlegion.gateway.ServiceCall.Asked;
import ai.openlegion.identity.AgentId;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.vertx.core.MultiMap;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The handles `$CRED{name}` of a request to a service: an agent writes them where the service's configuration allows
/// it, and the mesh puts the credentials in their places as it sends the request, not before.
///
/// What a credential holds is not read again, so none brings another along.
///
/// @param names of the credentials, lower-cased, in order; in other places a handle is a text like any other
/// @param flaw what is wrong with one; null where nothing is
record ServiceHandles(Set<String> names, @Nullable String flaw) {

    /// Of a request that has none.
    static final ServiceHandles NONE = new ServiceHandles(Set.of(), null);

    /// So many of a request are replaced; nobody needs more, and each is a use to decide on and to record.
    private static final int MOST = 16;

    /// So many characters all the credentials of a request take, escaped where that is needed: what waits for a
    /// connection holds them, and no server reads a longer head.
    private static final int MOST_CHARS = 32 * 1024;

    /// So many characters of names are in one entry of the audit, which also says for whom.
    private static final int NAMED_CHARS = AuditEntry.TEXT_CHARS - 128;

    private static final String BEGIN = "$CRED{";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1,128}");

    /// What no header can carry, and no query but escaped.
    private static final Pattern PLAIN = Pattern.compile("[ -~]*");

    private static final String UNFIT = "A credential has characters that no header can carry";

    /// A request as it goes out.
    record Filled(String target, MultiMap headers) {}

    /// What comes into the places of handles.
    private interface Values {
        String of(String name, boolean inQuery);
    }

    /// What went wrong with a handle.
    private static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    /// Those of a request.
    static ServiceHandles of(Service service, Asked asked) {
        if (service.handles().isEmpty()) {
            return NONE;
        }
        Set<String> names = new TreeSet<>();
        int[] count = {0};
        try {
            var _ = fill(service, asked, (name, _) -> {
                names.add(name);
                if (++count[0] > MOST) {
                    throw new Malformed("A request has at most " + MOST + " handles");
                }
                return "";
            });
        } catch (Malformed malformed) {
            return new ServiceHandles(Set.of(), malformed.getMessage());
        }
        return names.isEmpty() ? NONE : new ServiceHandles(names, null);
    }

    /// Why an agent may not send them; null where it may.
    Outcome decide(Fleet fleet, AgentId agent) {
        for (String name : names) {
            if (fleet.policy().decide(agent, Operation.CREDENTIAL, name) instanceof Decision.Denied denied) {
                return new Outcome.Denied(name, denied);
            }
            KeyUse use = KeyUse.of(fleet, name).orElse(null);
            if (use != null) {
                String message =
                        "Agent " + agent + " cannot " + Operation.CREDENTIAL.verb() + " " + name + ": it is " + use;
                return new Outcome.Denied(name, new Decision.Denied("keys of the mesh", fleet.revision(), message));
            }
            if (fleet.vault().forHandle(name).isEmpty()) {
                return new Outcome.Unknown(name);
            }
        }
        return new Outcome.Granted();
    }

    /// What was decided about the handles of a request.
    sealed interface Outcome {
        /// All of them may be sent.
        record Granted() implements Outcome {}

        /// The agent may not use this one.
        record Denied(String name, Decision.Denied decision) implements Outcome {}

        /// There is no such credential.
        record Unknown(String name) implements Outcome {}
    }

    /// The use of some of them, as one entry of the audit says it.
    ///
    /// @param credentials their names, with a comma between them
    /// @param rules that cover them, each once
    record Use(String credentials, String rules) {}

    /// The use of all, in as few entries as have room for their names.
    List<Use> uses(Fleet fleet, AgentId agent) {
        List<Use> uses = new ArrayList<>();
        Set<String> credentials = new LinkedHashSet<>();
        Set<String> rules = new LinkedHashSet<>();
        int chars = 0;
        for (String name : names) {
            chars += name.length() + 2;
            if (chars > NAMED_CHARS) {
                uses.add(use(credentials, rules));
                credentials.clear();
                rules.clear();
                chars = name.length() + 2;
            }
            credentials.add(name);
            rules.add(fleet.policy().decide(agent, Operation.CREDENTIAL, name).rule());
        }
        if (!credentials.isEmpty()) {
            uses.add(use(credentials, rules));
        }
        return uses;
    }

    private static Use use(Set<String> credentials, Set<String> rules) {
        return new Use(String.join(", ", credentials), String.join(", ", rules));
    }

    /// Whether each still stands for what it stood for.
    boolean areSame(Vault before, Vault now) {
        return names.stream().allMatch(name -> before.forHandle(name).equals(now.forHandle(name)));
    }

    /// Why the credentials they stand for cannot be sent, because of how long they are or of the characters in them;
    /// null where they can. Nothing is put together for it.
    @Nullable
    String misfit(Service service, Asked asked, Vault vault) {
        if (names.isEmpty()) {
            return null;
        }
        for (Map.Entry<String, String> header : asked.headers()) {
            if (allows(service, header) && !PLAIN.matcher(header.getValue()).matches()) {
                return UNFIT;
            }
        }
        int[] room = {MOST_CHARS};
        try {
            var _ = fill(service, asked, (name, inQuery) -> {
                String value = value(vault, name);
                if (!inQuery && !PLAIN.matcher(value).matches()) {
                    throw new Malformed(UNFIT);
                }
                room[0] -= inQuery && value.length() <= room[0] ? escaped(value).length() : value.length();
                if (room[0] < 0) {
                    throw new Malformed("The credentials of a request have at most " + MOST_CHARS
                            + " characters together, as they are sent");
                }
                return "";
            });
        } catch (Malformed malformed) {
            return malformed.getMessage();
        }
        return null;
    }

    /// The request with the credentials in it.
    Filled fill(Service service, Asked asked, Vault vault) {
        return names.isEmpty()
                ? new Filled(asked.target(), asked.headers())
                : fill(service, asked, (name, _) -> value(vault, name));
    }

    private static String value(Vault vault, String name) {
        return vault.forHandle(name).map(Secret::reveal).orElse("");
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static Filled fill(Service service, Asked asked, Values values) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (Map.Entry<String, String> header : asked.headers()) {
            boolean allowed = allows(service, header);
            headers.add(header.getKey(), allowed ? replaced(header.getValue(), false, values) : header.getValue());
        }
        return new Filled(target(service, asked.target(), values), headers);
    }

    private static boolean allows(Service service, Map.Entry<String, String> header) {
        return service.handles().contains(Service.HEADER_PLACE + header.getKey().toLowerCase(Locale.ROOT));
    }

    private static String target(Service service, String target, Values values) {
        int question = target.indexOf('?');
        if (question < 0) {
            return target;
        }
        var query = new StringBuilder(target.substring(0, question));
        char before = '?';
        for (String parameter : target.substring(question + 1).split("&", -1)) {
            query.append(before).append(parameter(service, parameter, values));
            before = '&';
        }
        return query.toString();
    }

    private static String parameter(Service service, String parameter, Values values) {
        int equals = parameter.indexOf('=');
        String name = equals < 0 ? null : decoded(parameter.substring(0, equals));
        if (name == null || !service.handles().contains(Service.QUERY_PLACE + name)) {
            return parameter;
        }
        String value = decoded(parameter.substring(equals + 1));
        if (value == null) {
            throw new Malformed("The query parameter " + name + " has an escape that is none");
        }
        return value.contains(BEGIN)
                ? parameter.substring(0, equals + 1) + escaped(replaced(value, true, values))
                : parameter;
    }

    private static @Nullable String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private static String replaced(String text, boolean inQuery, Values values) {
        int begin = text.indexOf(BEGIN);
        if (begin < 0) {
            return text;
        }
        var filled = new StringBuilder();
        int at = 0;
        while (begin >= 0) {
            int end = text.indexOf('}', begin);
            String name = end < 0 ? "" : text.substring(begin + BEGIN.length(), end);
            if (!NAME.matcher(name).matches()) {
                throw new Malformed("A handle is $CRED{name}, with 1 to 128 letters, digits and _ in the name");
            }
            filled.append(text, at, begin).append(values.of(name.toLowerCase(Locale.ROOT), inQuery));
            at = end + 1;
            begin = text.indexOf(BEGIN, at);
        }
        return filled.append(text, at, text.length()).toString();
    }
}
