package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Service;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `services:` of `mesh.yaml`.
class ServicesFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void a_service_is_what_its_entry_says() {
        files.mesh(HomeFiles.MESH + """
                services:
                  brave_search:
                    base_url: "https://api.search.brave.com/"
                    header: X-Subscription-Token
                    credential: BRAVE_search_api_key
                    usd_per_call: 0.005
                    handles: [header:X-Key, "query:key"]
                    actions: {search: "GET /res/v1/web/search", "*": "GET /res/v1/web/search?count=5"}
                  open: {base_url: "http://127.0.0.1:9000/svc", usd_per_call: 0}
                """);
        files.file(".env", "OPENLEGION_CRED_SIM_API_KEY=key\nOPENLEGION_CRED_BRAVE_SEARCH_API_KEY=key\n");
        Loaded loaded = files.load();
        assertThat(loaded.warnings()).isEmpty();
        assertThat(loaded.catalogue().service("brave_search"))
                .contains(new Service(
                        "brave_search",
                        URI.create("https://api.search.brave.com"),
                        "x-subscription-token",
                        "brave_search_api_key",
                        5_000_000_000L,
                        List.of("header:x-key", "query:key"),
                        Map.of(
                                "search",
                                new Service.Action("GET", "/res/v1/web/search"),
                                "*",
                                new Service.Action("GET", "/res/v1/web/search?count=5"))));
        assertThat(loaded.catalogue().service("open"))
                .contains(new Service(
                        "open", URI.create("http://127.0.0.1:9000/svc"), null, null, 0, List.of(), Map.of()));
        assertThat(loaded.catalogue().service("llm")).isEmpty();
    }

    /// A handle there would silently never be replaced.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Via",
                "Forwarded",
                "X-Forwarded-For",
                "X-OpenLegion-Agent",
                "X-HTTP-Method-Override",
                "X-Original-URL",
                "X-Real-IP",
                "HTTP2-Settings",
                "Range",
                "If-Range"
            })
    void a_header_that_is_not_sent_on_holds_no_handle(String header) {
        files.mesh(HomeFiles.MESH + """
                services:
                  svc: {base_url: "https://a.example", usd_per_call: 0, handles: ["header:%s"]}
                """.formatted(header));
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:5: services.svc.handles[0]: cannot hold a handle: this header of an agent's"
                                + " request is not sent on");
    }

    @Test
    void every_mistake_is_named_with_its_line_and_key() {
        files.mesh(HomeFiles.MESH + """
                services:
                  llm: {base_url: "https://a.example", usd_per_call: 0}
                  brave: {header: "X Y", handles: [header:X-Key, "cookie:x", "query:"], credential: b}
                  framed: {base_url: "https://a.example", usd_per_call: 0, header: Host, credential: c}
                  bare: {base_url: "https://a.example", usd_per_call: 0, header: X-Key}
                  kept: {base_url: "https://a.example", usd_per_call: 0, handles: [header:Cookie, header:X-A, header:Host]}
                  own: {base_url: "https://a.example", usd_per_call: 0, header: X-A, credential: d, handles: [header:x-a]}
                  acts:
                    base_url: "https://a.example"
                    usd_per_call: -1
                    actions:
                      "a b": "GET /x"
                      trace: "TRACE /x"
                      away: "GET https://b.example/x"
                      spaced: "GET /a b"
                  "a/b": {base_url: "https://a.example", usd_per_call: 0, price: 1}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:5: services.llm: llm is the name of the models; choose another",
                        "config/mesh.yaml:6: services.brave.base_url: is missing",
                        "config/mesh.yaml:6: services.brave.header: must be the name of an HTTP header",
                        "config/mesh.yaml:6: services.brave.usd_per_call: is missing",
                        "config/mesh.yaml:6: services.brave.handles[1]: must be header:<name> or query:<name>",
                        "config/mesh.yaml:6: services.brave.handles[2]: must be header:<name> or query:<name>",
                        "config/mesh.yaml:7: services.framed.header: cannot carry a credential: it says how the request"
                                + " is sent",
                        "config/mesh.yaml:8: services.bare.header: needs a credential to send",
                        "config/mesh.yaml:9: services.kept.handles[0]: cannot hold a handle: this header of an agent's"
                                + " request is not sent on",
                        "config/mesh.yaml:9: services.kept.handles[2]: cannot hold a handle: this header of an agent's"
                                + " request is not sent on",
                        "config/mesh.yaml:10: services.own.handles[0]: cannot hold a handle: this header carries the"
                                + " service's own credential",
                        "config/mesh.yaml:13: services.acts.usd_per_call: must be a number ≥ 0",
                        "config/mesh.yaml:15: services.acts.actions.a b: must be a name of letters, digits, - and _, or"
                                + " * for every other action",
                        "config/mesh.yaml:16: services.acts.actions.trace: " + ACTION,
                        "config/mesh.yaml:17: services.acts.actions.away: " + ACTION,
                        "config/mesh.yaml:18: services.acts.actions.spaced: " + ACTION,
                        "config/mesh.yaml:19: services.a/b: must be a name of letters, digits, - and _",
                        "config/mesh.yaml:19: services.a/b.price: unknown key; base_url, header, credential,"
                                + " usd_per_call, handles or actions may stand here");
    }

    private static final String ACTION =
            "must be a method and a path below base_url, such as GET /res/v1/web/search; a method is GET, HEAD, POST,"
                    + " PUT, PATCH, DELETE or OPTIONS";

    @Test
    void a_key_belongs_to_one_service_and_never_to_a_provider_too() {
        files.mesh(HomeFiles.MESH + """
                services:
                  thief: {base_url: "https://a.example", credential: SIM_API_KEY, usd_per_call: 0}
                  first: {base_url: "https://a.example", credential: shared, usd_per_call: 0}
                  second: {base_url: "https://b.example", credential: shared, usd_per_call: 0}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:5: services.thief.credential: is the key of provider sim, and provider keys are"
                                + " usable only by the LLM path",
                        "config/mesh.yaml:7: services.second.credential: is the key of service first, and service keys"
                                + " are usable only by their service");
    }

    @Test
    void a_service_without_its_key_and_one_whose_key_is_shown_to_the_network_are_warned_of() {
        files.mesh(HomeFiles.MESH + """
                services:
                  crm: {base_url: "http://crm.example", credential: crm_key, usd_per_call: 0.01}
                """);
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/mesh.yaml:5: services.crm.base_url: is plain http to another machine: credentials can"
                                + " be read on the way",
                        "service crm has no key: openlegion vault set crm_key, or OPENLEGION_CRED_CRM_KEY in .env or the environment");
    }
}
