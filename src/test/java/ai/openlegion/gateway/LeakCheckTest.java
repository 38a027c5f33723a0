package ai.openlegion.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.dialect.messages.MessagesCodec;
import ai.openlegion.proxy.WholeAnswer;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Credentials in whole answers, however they are written.
class LeakCheckTest {

    private final Vault vault = Vault.of(Map.of("aws", Secret.of("AKIA/abc/0123456789")));

    private boolean finds(AnswerReader reader, String json) throws IOException {
        var check = new LeakCheck(vault);
        byte[] body = json.getBytes(UTF_8);
        assertThat(WholeAnswer.read(body, reader, true, check).isAnswer()).isTrue();
        return check.finds(body);
    }

    private boolean chatFinds(String content) throws IOException {
        return finds(ChatCodec.INSTANCE.reader(true), """
                {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":\
                {"role":"assistant","content":"%s"},"finish_reason":"stop"}]}""".formatted(content));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"key: AKIA/abc/0123456789", "key: AKIA\\/abc\\/0123456789", "AKI\\u0041/abc/012345678\\u0039."})
    void a_credential_is_found_behind_its_escapes(String content) throws IOException {
        assertThat(chatFinds(content)).isTrue();
    }

    @Test
    void an_answer_without_one_passes() throws IOException {
        assertThat(chatFinds("key:\\n AKIA/abc/ and 0123456789")).isFalse();
    }

    /// Told in one piece to clients of another dialect.
    @Test
    void a_credential_over_two_blocks_of_text_is_found() throws IOException {
        assertThat(finds(MessagesCodec.INSTANCE.reader(true), """
                {"type":"message","id":"m","model":"c","content":[{"type":"text","text":"AKIA/abc/01"},\
                {"type":"text","text":"23456789"}],"stop_reason":"end_turn"}""")).isTrue();
    }

    /// Inside a stream nothing looks at it again.
    @ParameterizedTest
    @ValueSource(strings = {"wrong key {\"k\":\"AKI\\u0041/abc/0123456789\"}", "wrong key AKIA/abc/0123456789"})
    void what_a_provider_reports_of_a_credential_is_not_told(String message) {
        Fault fault = new Fault(Fault.Kind.SERVER, 500, message, message, null, null);
        Refusal told = Refusal.reported(fault, Dialect.OPENAI, vault);

        assertThat(told.fault().message()).endsWith("***");
        assertThat(told.fault().code()).endsWith("***");
        assertThat(told.message()).endsWith("***");
    }

    @Test
    void what_is_told_is_searched_as_well() {
        assertThat(new LeakCheck(vault).finds("{\"content\":\"AKIA\\/abc\\/0123456789\"}".getBytes(UTF_8)))
                .isTrue();
    }
}
