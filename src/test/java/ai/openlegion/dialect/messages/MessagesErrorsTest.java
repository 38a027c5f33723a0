package ai.openlegion.dialect.messages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Fault.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Error documents, both ways.
class MessagesErrorsTest {

    private static final MessagesCodec CODEC = MessagesCodec.INSTANCE;

    private static Fault read(int status, String body) {
        return CODEC.readError(status, body.getBytes(UTF_8));
    }

    private static String written(Fault fault) {
        return new String(CODEC.writeError(fault, "req_1"), UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error, INVALID",
        "401, authentication_error, UNAUTHENTICATED",
        "402, billing_error, BILLING",
        "403, permission_error, DENIED",
        "404, not_found_error, NOT_FOUND",
        "413, request_too_large, TOO_LARGE",
        "429, rate_limit_error, RATE_LIMITED",
        "500, api_error, SERVER",
        "504, timeout_error, TIMEOUT",
        "529, overloaded_error, OVERLOADED"
    })
    void each_type_has_its_kind_and_back(int status, String type, Kind kind) {
        String document = "{\"type\":\"error\",\"error\":{\"type\":\"" + type
                + "\",\"message\":\"Why\"},\"request_id\":\"req_1\"}";
        assertThat(read(status, document)).isEqualTo(new Fault(kind, status, "Why", type, null, null));
        assertThat(written(new Fault(kind, status, "Why", null, null, null))).isEqualTo(document);
    }

    @ParameterizedTest
    @CsvSource({
        "400, INVALID", "401, UNAUTHENTICATED", "402, BILLING", "403, DENIED", "404, NOT_FOUND", "408, TIMEOUT",
        "413, TOO_LARGE", "422, INVALID", "429, RATE_LIMITED", "500, SERVER", "502, SERVER", "503, OVERLOADED",
        "504, TIMEOUT", "529, OVERLOADED"
    })
    void what_cannot_be_read_is_told_by_its_status(int status, Kind kind) {
        for (String body :
                new String[] {"", "<html>", "[]", "{\"error\":\"x\"}", "{\"error\":{\"type\":\"new_error\"}}"}) {
            assertThat(read(status, body).kind()).as(body).isEqualTo(kind);
            assertThat(read(status, body).message()).isNotBlank();
        }
    }

    @Test
    void a_prompt_that_does_not_fit_is_told_in_the_words_by_which_clients_know_it() {
        String told =
                "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}";
        assertThat(read(400, told).kind()).isEqualTo(Kind.CONTEXT_LENGTH);
        assertThat(written(
                        new Fault(Kind.CONTEXT_LENGTH, 400, "Too much", "context_length_exceeded", "messages", null)))
                .contains("\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: Too much\"");
    }

    @Test
    void the_member_at_fault_and_the_meshs_details_are_told() {
        assertThat(written(new Fault(Kind.INVALID, 400, "has no price here", null, "container", null)))
                .contains("\"message\":\"container: has no price here\"");
        assertThat(written(new Fault(
                        Kind.BILLING,
                        402,
                        "Enough",
                        null,
                        null,
                        "{\"reason\":\"budget_exceeded\",\"limit_usd\":2.50}")))
                .contains("\"message\":\"Enough\",\"openlegion\":{\"reason\":\"budget_exceeded\",\"limit_usd\":2.50}}");
    }
}
