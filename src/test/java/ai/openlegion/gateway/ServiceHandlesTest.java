package ai.openlegion.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Service;
import ai.openlegion.gateway.ServiceCall.Asked;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.vertx.core.MultiMap;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Handles in requests to services: what is found, and what is put in their places.
class ServiceHandlesTest {

    private static final String KEY = "a+b&c=d%41/\u00fc #?~$CRED{other}";

    private final Service service = new Service(
            "svc",
            URI.create("http://127.0.0.1:1"),
            null,
            null,
            0,
            List.of("header:x-key", "query:key", "query:a b"),
            Map.of());
    private final Vault vault = Vault.of(Map.of("key", Secret.of(KEY), "other", Secret.of("never-brought-along")));

    private static Asked asked(String target, String... headers) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < headers.length; i += 2) {
            map.add(headers[i], headers[i + 1]);
        }
        return new Asked("svc", "GET", target, map, new byte[0]);
    }

    private ServiceHandles.Filled filled(Asked asked) {
        return ServiceHandles.of(service, asked).fill(service, asked, vault);
    }

    @Test
    void a_value_is_put_in_once_and_not_read_again() {
        assertThat(filled(asked("/x", "X-Key", "Token $CRED{KEY} and $CRED{key}."))
                        .headers()
                        .get("x-key"))
                .isEqualTo("Token " + KEY + " and " + KEY + ".");
        assertThat(filled(asked("/x?q=1&key=%24CRED%7Bkey%7D&z")).target())
                .isEqualTo("/x?q=1&key="
                        + URLEncoder.encode(KEY, StandardCharsets.UTF_8).replace("+", "%20") + "&z");
        assertThat(filled(asked("/x?k%65y=a+b$CRED{key}")).target())
                .as("a name however it is written")
                .isEqualTo("/x?k%65y=a%20b"
                        + URLEncoder.encode(KEY, StandardCharsets.UTF_8).replace("+", "%20"));
        assertThat(filled(asked("/x?a+b=$CRED{other}")).target()).isEqualTo("/x?a+b=never-brought-along");
    }

    @Test
    void in_other_places_a_handle_is_a_text_like_any_other() {
        Asked asked = asked(
                "/$CRED{key}?q=$CRED{key}&Key=$CRED{key}&x;key=$CRED{key}&$CRED{key}=1&key",
                "X-Other",
                "$CRED{key}",
                "$CRED{key}",
                "1");

        assertThat(ServiceHandles.of(service, asked).names()).isEmpty();
        assertThat(filled(asked).target()).isEqualTo(asked.target());
        assertThat(filled(asked).headers().get("x-other")).isEqualTo("$CRED{key}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$CRED{}",
                "$CRED{key",
                "$CRED{ke y}",
                "$CRED{key\u00fc}",
                "$CRED{$CRED{key}}",
                "ok $CRED{key} not $CRED{a-b}",
                "$CRED{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}"
            })
    void a_malformed_handle_is_said_so(String value) {
        assertThat(ServiceHandles.of(service, asked("/x", "x-key", value)).flaw())
                .isNotNull();
        String query = "/x?key=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
        assertThat(ServiceHandles.of(service, asked(query)).flaw()).isNotNull();
    }

    @Test
    void a_query_that_cannot_be_decoded_is_said_so_only_where_it_would_have_to_be() {
        assertThat(ServiceHandles.of(service, asked("/x?key=%zz")).flaw()).isNotNull();
        assertThat(ServiceHandles.of(service, asked("/x?q=%zz&%zz=$CRED{key}")).flaw())
                .isNull();
    }

    @Test
    void a_value_that_no_header_can_carry_is_known_before() {
        assertThat(misfit(asked("/x", "x-key", "$CRED{key}"))).contains("no header can carry");
        assertThat(misfit(asked("/x?key=$CRED{key}"))).isNull();
        assertThat(misfit(asked("/x", "x-key", "$CRED{other}"))).isNull();
    }

    private @Nullable String misfit(Asked asked) {
        return ServiceHandles.of(service, asked).misfit(service, asked, vault);
    }

    @Test
    void no_more_than_sixteen_are_replaced() {
        Asked sixteen = asked("/x?key=" + "$CRED{other}".repeat(8), "x-key", "$CRED{other}".repeat(8));
        Asked more = asked("/x?key=" + "$CRED{other}".repeat(8), "x-key", "$CRED{other}".repeat(9));

        assertThat(ServiceHandles.of(service, sixteen).flaw()).isNull();
        assertThat(filled(sixteen).headers().get("x-key")).isEqualTo("never-brought-along".repeat(8));
        assertThat(ServiceHandles.of(service, more).flaw()).contains("at most 16");
        assertThat(ServiceHandles.of(service, asked("/x", "x-other", "$CRED{other}".repeat(99)))
                        .flaw())
                .as("in other places they are no handles")
                .isNull();
    }

    @Test
    void what_they_stand_for_has_room_for_32_KiB_as_it_is_sent() {
        Vault large = Vault.of(Map.of("plain", Secret.of("a".repeat(8_192)), "marks", Secret.of("%".repeat(8_192))));
        for (Map.Entry<Asked, Boolean> each : Map.of(
                        asked("/x", "x-key", "$CRED{plain}".repeat(4)), true,
                        asked("/x", "x-key", "$CRED{plain}".repeat(9)), false,
                        asked("/x?key=$CRED{plain}", "x-key", "$CRED{plain}".repeat(4)), false,
                        asked("/x?key=$CRED{marks}", "x-key", "$CRED{marks}"), true,
                        asked("/x?key=$CRED{marks}$CRED{marks}"), false)
                .entrySet()) {
            String misfit = ServiceHandles.of(service, each.getKey()).misfit(service, each.getKey(), large);
            assertThat(misfit == null).as("%s %s", each.getKey(), misfit).isEqualTo(each.getValue());
        }
    }

    /// What a server decodes is what the agent wrote, with the values in the handles' places.
    @Test
    void any_query_decodes_to_what_was_meant() {
        long seed = 20261122;
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            var written = new StringBuilder();
            var meant = new StringBuilder();
            for (int i = random.nextInt(6); i >= 0; i--) {
                String piece = switch (random.nextInt(3)) {
                    case 0 -> "$CRED{other}";
                    case 1 -> "$CRED{key}";
                    default -> noise(random); // open: any other number
                };
                written.append(piece);
                meant.append(piece.replace("$CRED{key}", KEY.replace("$CRED{other}", "\0"))
                        .replace("$CRED{other}", "never-brought-along")
                        .replace("\0", "$CRED{other}"));
            }
            Asked asked = asked("/x?key=" + URLEncoder.encode(written.toString(), StandardCharsets.UTF_8));
            String value = filled(asked).target().substring("/x?key=".length());
            assertThat(URLDecoder.decode(value, StandardCharsets.UTF_8))
                    .as("seed %d round %d %s", seed, round, written)
                    .isEqualTo(meant.toString());
        }
    }

    private static String noise(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append("ab+ %&=#/?}\u00fc$C".charAt(random.nextInt(14)));
        }
        return text.toString();
    }
}
