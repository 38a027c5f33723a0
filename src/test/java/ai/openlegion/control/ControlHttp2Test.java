package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.budget.Budget;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ControlHttp2Test {

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void starts() throws Exception {
        rig = new ControlRig(folder);
    }

    @AfterEach
    void stops() throws Exception {
        rig.close();
    }

    private record Seen(HttpVersion version, int status, String body) {}

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clear_text_http_2_is_spoken_by_upgrade_and_by_prior_knowledge(boolean upgrade) throws Exception {
        Seen seen = get("/control/status", HostAndPort.create("localhost", rig.port()), upgrade, true);

        assertThat(seen.version()).isEqualTo(HttpVersion.HTTP_2);
        assertThat(seen.status()).isEqualTo(200);
        assertThat(seen.body()).startsWith("{\"version\"");
    }

    @Test
    void a_foreign_authority_is_refused_like_a_foreign_host() throws Exception {
        for (HostAndPort foreign :
                new HostAndPort[] {HostAndPort.create("evil.example", rig.port()), HostAndPort.create("localhost", 1)
                }) {
            assertThat(get("/healthz", foreign, false, true).status()).isEqualTo(403);
        }
        assertThat(get("/healthz", HostAndPort.create("127.0.0.1", rig.port()), false, false)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void the_token_is_needed_as_well() throws Exception {
        assertThat(get("/control/status", HostAndPort.create("localhost", rig.port()), false, false)
                        .status())
                .isEqualTo(401);
    }

    @Test
    void a_body_sent_along_with_an_upgrade_arrives() throws Exception {
        try (java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rig.port() + "/control/budgets/researcher"))
                            .header("Authorization", "Bearer " + ControlRig.OPERATOR_TOKEN)
                            .PUT(BodyPublishers.ofString("{\"daily_usd\": 1}"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
        }
        assertThat(rig.asked)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("requestId")
                .containsExactly(new Budget.SetLimits(ControlRig.RESEARCHER, 1_000_000_000_000L, null, "req_1"));
    }

    private Seen get(String path, HostAndPort authority, boolean upgrade, boolean authorized) throws Exception {
        HttpClient client = rig.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(upgrade));
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost("127.0.0.1")
                .setPort(rig.port())
                .setURI(path);
        Future<Seen> seen = client.request(options)
                .compose(request -> {
                    request.authority(authority);
                    if (authorized) {
                        request.putHeader("authorization", "Bearer " + ControlRig.OPERATOR_TOKEN);
                    }
                    return request.send();
                })
                .compose(response ->
                        response.body().map(body -> new Seen(response.version(), response.statusCode(), text(body))));
        return ControlRig.await(seen);
    }

    private static String text(Buffer body) {
        return body.toString();
    }
}
