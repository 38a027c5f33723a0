package ai.openlegion.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.proxy.CallRequest.Scan;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallRequestTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private static CallRequest valid(String json) {
        Scan scan = CallRequest.scan(json.getBytes(UTF_8));
        assertThat(scan).isInstanceOf(Scan.Valid.class);
        return ((Scan.Valid) scan).request();
    }

    private static Scan.Malformed malformed(byte[] json) {
        Scan scan = CallRequest.scan(json);
        assertThat(scan).as(new String(json, UTF_8)).isInstanceOf(Scan.Malformed.class);
        return (Scan.Malformed) scan;
    }

    private static String rewritten(String json, long max, boolean stream) {
        return BodyRewrite.upstreamBody(valid(json), "small", max, "max_tokens", stream)
                .toString();
    }

    @Test
    void only_the_model_the_maximum_and_the_usage_flag_change() {
        String body = "{ \"model\" : \"sim/small\",\n " + MESSAGES
                + ", \"x_vendor\": {\"b\":1, \"a\":[1.50, \"\\u00e9\"]},\"max_tokens\":500, \"stream\":true }";
        assertThat(rewritten(body, 40, true))
                .isEqualTo("{\"stream_options\":{\"include_usage\":true},"
                        + body.substring(1)
                                .replace("\"sim/small\"", "\"small\"")
                                .replace(":500", ":40"));
    }

    @Test
    void a_body_that_needs_no_change_is_the_same_bytes() {
        String body = "{\"model\":\"small\"," + MESSAGES
                + ",\"max_tokens\":7,\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
        assertThat(rewritten(body, 7, true)).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_tokens", "max_completion_tokens", "max_output_tokens"})
    void the_maximum_goes_out_once_and_in_the_providers_own_spelling(String spelling) {
        String stated = "{\"model\":\"small\",\"" + spelling + "\":900," + MESSAGES + "}";
        assertThat(rewritten(stated, 12, false))
                .contains("\"max_tokens\":12")
                .doesNotContain("900")
                .doesNotContain("max_completion_tokens")
                .doesNotContain("max_output_tokens");
        String enveloped = "{\"service\":\"llm\",\"action\":\"chat\",\"params\":" + stated + "}";
        var request = ((Scan.Valid) CallRequest.scanEnvelope(enveloped.getBytes(UTF_8))).request();
        assertThat(BodyRewrite.upstreamBody(request, "small", 12, "max_completion_tokens", false)
                        .toString())
                .contains("\"max_completion_tokens\":12")
                .doesNotContain("900");
    }

    @Test
    void a_maximum_that_is_not_stated_is_added() {
        assertThat(rewritten("{\"model\":\"small\"," + MESSAGES + "}", 12, false))
                .startsWith("{\"max_tokens\":12,");
        assertThat(rewritten("{\"model\":\"small\",\"max_tokens\":null," + MESSAGES + "}", 12, false))
                .contains("\"max_tokens\":12,");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Max_Tokens", "MODEL", "Messages", "N", "max_token\u017f", "Web_Search_Options", "Api_Base"})
    void a_key_that_some_servers_take_for_another_is_refused(String key) {
        assertThat(malformed(("{\"model\":\"m\",\"" + key + "\":1}").getBytes(UTF_8))
                        .param())
                .isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'messages':[{'role':'user','content':[{'type':'image_url','Image_url':{'url':'u'}}]}]",
                "'messages':[{'role':'user','content':[{'type':'text','text':'x','Type':'image_url'}]}]",
                "'messages':[{'role':'user','content':'x','Content':[{'type':'image_url'}]}]",
                "'messages':[{'role':'user','content':'x','Audio':{'id':'a'}}]",
                "'tools':[{'type':'function','Type':'web_search'}]",
                "'cache_control':{'type':'ephemeral','TTL':'1h'}"
            })
    void a_key_inside_that_some_servers_take_for_another_is_refused(String member) {
        String json = ("{'model':'m'," + member + "}").replace('\'', '"');
        assertThat(malformed(json.getBytes(UTF_8)).message()).contains("only in case");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'cache_control':%s",
                "'messages':[{'role':'user','content':'x','cache_control':%s}]",
                "'messages':[{'role':'user','content':[{'type':'text','text':'x','cache_control':%s}]}]",
                "'tools':[{'type':'function','cache_control':%s}]",
                "'tools':[{'type':'function','function':{'name':'f','cache_control':%s}}]"
            })
    void a_cache_for_an_hour_is_noticed_anywhere(String member) {
        String json = ("{'model':'m'," + member + "}").replace('\'', '"');
        assertThat(valid(json.formatted("{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"))
                        .longCache())
                .isTrue();
        assertThat(valid(json.formatted("{\"type\":\"ephemeral\",\"ttl\":\"5m\"}"))
                        .longCache())
                .isFalse();
        assertThat(valid(json.formatted("{\"type\":\"ephemeral\"}")).longCache())
                .isFalse();
        assertThat(malformed(json.formatted("{\"ttl\":\"24h\"}").getBytes(UTF_8))
                        .param())
                .isEqualTo("cache_control");
    }

    @Test
    void a_parameter_of_a_tool_may_be_called_anything() {
        String schema = "{'type':'object','properties':{'cache_control':{'ttl':'1h'},'Type':{}}}".replace('\'', '"');
        assertThat(valid("{\"tools\":[{\"type\":\"function\",\"function\":{\"parameters\":" + schema + "}}]}")
                        .longCache())
                .isFalse();
    }

    @Test
    void a_usage_flag_the_client_set_otherwise_is_set_for_us() {
        assertThat(rewritten("{\"model\":\"small\",\"max_tokens\":1,\"stream_options\":{}," + MESSAGES + "}", 1, true))
                .contains("\"stream_options\":{\"include_usage\":true}");
        assertThat(rewritten(
                        "{\"model\":\"small\",\"max_tokens\":1,\"stream_options\":{\"include_usage\":false,\"z\":1},"
                                + MESSAGES + "}",
                        1,
                        true))
                .contains("{\"include_usage\":true,\"z\":1}");
        assertThat(rewritten(
                        "{\"model\":\"small\",\"max_tokens\":1,\"stream_options\":{\"z\":1}," + MESSAGES + "}",
                        1,
                        true))
                .contains("{\"include_usage\":true,\"z\":1}");
    }

    @Test
    void members_that_would_redirect_a_call_are_dropped() {
        String sent = rewritten(
                "{\"api_base\":\"http://evil\",\"model\":\"m\"," + MESSAGES
                        + ",\"extra_headers\":{\"a\":1},\"max_tokens\":5,\"api_key\":\"k\"}",
                5,
                false);
        assertThat(sent).isEqualTo("{\"model\":\"small\"," + MESSAGES + ",\"max_tokens\":5}");
    }

    @Test
    void the_envelope_passes_on_what_is_allowed_and_nothing_else() {
        String body = "{\"service\":\"llm\",\"action\":\"chat\",\"timeout\":5,\"params\":{\"model\":\"sim/small\","
                + MESSAGES + ",\"temperature\":0.7,\"api_base\":\"http://evil\",\"stream\":true,\"unknown\":1}}";
        var request = ((Scan.Valid) CallRequest.scanEnvelope(body.getBytes(UTF_8))).request();
        assertThat(request.service()).isEqualTo("llm");
        assertThat(request.timeoutMillis()).isEqualTo(5000);
        assertThat(BodyRewrite.upstreamBody(request, "small", 9, "max_tokens", false)
                        .toString())
                .isEqualTo("{\"max_tokens\":9,\"model\":\"small\"," + MESSAGES + ",\"temperature\":0.7}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "nonsense",
                "{\"model\":\"m\"",
                "{\"model\":\"m\",}",
                "{\"model\":\"m\"} x",
                "{\"model\":\"m\"}{}",
                "{\"model\":\"m\",\"model\":\"n\"}",
                "{\"messages\":[{\"role\":\"user\",\"role\":\"system\"}]}",
                "{\"a\":{\"\\u0062\":1,\"b\":2}}",
                "{'model':1}",
                "{\"n\":NaN}"
            })
    void what_is_not_one_strict_json_object_is_refused(String json) {
        assertThat(malformed(json.getBytes(UTF_8)).status()).isEqualTo(400);
    }

    @Test
    void nesting_encodings_and_broken_utf8_are_refused() {
        String deep = "{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
        assertThat(malformed(deep.getBytes(UTF_8)).message()).contains("64 levels");
        assertThat(CallRequest.scan(("{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}").getBytes(UTF_8)))
                .isInstanceOf(Scan.Valid.class);
        var _ = malformed("{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16LE));
        var _ = malformed("{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16));
        var _ = malformed(new byte[] {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'});
        var _ = malformed(new byte[] {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}'});
        var _ = malformed(
                new byte[] {'{', '"', (byte) 0xf5, (byte) 0x80, (byte) 0x80, (byte) 0x80, '"', ':', '1', '}'});
        var _ = malformed(new byte[] {'{', '"', (byte) 0xe2, (byte) 0x82});
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"max_tokens\":0;max_tokens",
                "\"max_tokens\":-5;max_tokens",
                "\"max_completion_tokens\":1.5;max_completion_tokens",
                "\"max_tokens\":\"9\";max_tokens",
                "\"n\":0;n",
                "\"n\":129;n",
                "\"n\":1000;n",
                "\"n\":99999999999999999999;n",
                "\"stream\":1;stream",
                "\"messages\":{};messages",
                "\"tools\":[{\"type\":\"web_search\"}];tools",
                "\"tools\":[{\"type\":{}}];tools",
                "\"tools\":[{\"google_search\":{}}];tools",
                "\"web_search\":true;web_search",
                "\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"image_url\"}}];messages",
                "\"service_tier\":\"priority\";service_tier",
                "\"web_search_options\":{};web_search_options",
                "\"modalities\":[\"text\",\"audio\"];modalities",
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}];messages",
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":{\"a\":1}}]}];messages",
                "\"model\":5;model"
            })
    void what_has_no_bound_or_a_wrong_type_is_refused_by_name(String member, String param) {
        assertThat(malformed(("{" + member + "}").getBytes(UTF_8)).param()).isEqualTo(param);
    }

    @Test
    void a_thinking_budget_is_read_in_either_spelling() {
        assertThat(valid("{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}}")
                        .thinkingBudget())
                .isEqualTo(2000);
        assertThat(valid("{\"reasoning\":{\"max_tokens\":2000}}").thinkingBudget())
                .isEqualTo(2000);
        assertThat(valid("{\"reasoning\":{\"effort\":\"high\"}}").thinkingBudget())
                .isZero();
    }

    @Test
    void a_huge_maximum_is_a_maximum() {
        assertThat(valid("{\"max_tokens\":99999999999999999999999}").statedMaximum())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void the_input_bound_covers_every_byte_of_text() {
        String text = "ünïcödé 🌍 ".repeat(200);
        var request = valid("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
        assertThat(request.inputTokenBound()).isGreaterThanOrEqualTo(text.getBytes(UTF_8).length);
        var escaped = valid(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + "\\u00e9".repeat(100) + "\"}]}");
        assertThat(escaped.inputTokenBound()).isBetween(200L, 300L);
        var tools = valid("{\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}");
        assertThat(tools.inputTokenBound()).isGreaterThan(512);
    }

    @Test
    void a_seal_of_ours_is_noticed_wherever_it_stands_and_nothing_else_is() {
        String sealed = "{\"model\":\"m\"," + MESSAGES + ",\"x\":[{\"signature\":\"ol1.openai.r..abc\"}]}";
        assertThat(valid(sealed).holdsSeal()).isTrue();
        assertThat(valid(sealed.replace("\"ol1.", "\" ol1.")).holdsSeal()).isFalse();
    }
}
