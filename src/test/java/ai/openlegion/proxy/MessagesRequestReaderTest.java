package ai.openlegion.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.proxy.CallRequest.Scan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the Anthropic door accepts, refuses by name, and takes as the bound of the input.
class MessagesRequestReaderTest {

    private static CallRequest valid(String json) {
        Scan scan = CallRequest.scanMessages(json.getBytes(UTF_8));
        assertThat(scan).as(json).isInstanceOf(Scan.Valid.class);
        return ((Scan.Valid) scan).request();
    }

    private static CallRequest with(String members) {
        return valid("{\"model\":\"m\",\"max_tokens\":5,\"messages\":[]," + members + "}");
    }

    private static Scan.Malformed malformed(String json) {
        Scan scan = CallRequest.scanMessages(json.getBytes(UTF_8));
        assertThat(scan).as(json).isInstanceOf(Scan.Malformed.class);
        return (Scan.Malformed) scan;
    }

    private static CallRequest saying(String... blocks) {
        return valid("{\"messages\":[{\"role\":\"user\",\"content\":[" + String.join(",", blocks) + "]}]}");
    }

    @Test
    void a_body_is_read_for_what_governs_the_call() {
        CallRequest request = valid("""
                {"model":"anthropic/claude-x","max_tokens":1024,"stream":true,"agent_id":"scout",
                "thinking":{"type":"enabled","budget_tokens":1000},"system":[{"type":"text","text":"Be kind",
                "cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"Hi"},
                {"role":"assistant","content":[{"type":"text","text":"Hello"}]}],
                "tools":[{"name":"t","input_schema":{"type":"object"}}],"x_new":{"a":[1]}}""");
        assertThat(request.model()).isEqualTo("anthropic/claude-x");
        assertThat(request.statedMaximum()).isEqualTo(1024);
        assertThat(request.thinkingBudget()).isEqualTo(1000);
        assertThat(request.agentId()).isEqualTo("scout");
        assertThat(request.stream()).isTrue();
        assertThat(request.includeUsage()).isTrue();
        assertThat(request.hasImages()).isFalse();
        assertThat(request.longCache()).isFalse();
        assertThat(request.messageCount).isEqualTo(2);
        assertThat(request.toolCount).isEqualTo(1);
    }

    @Test
    void only_the_model_and_the_maximum_change_on_the_way() {
        String body =
                "{ \"model\" : \"anthropic/claude-x\", \"max_tokens\":9,\n \"stream\":true, \"system\": \"\\u00e9\","
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}], \"x\":1.50 }";
        assertThat(BodyRewrite.upstreamBody(valid(body), "claude-x", 4, "max_tokens", true)
                        .toString())
                .isEqualTo(body.replace("anthropic/claude-x", "claude-x").replace(":9,", ":4,"));
    }

    @Test
    void every_byte_of_text_counts_and_an_images_bytes_do_not() {
        long nothing = saying().inputTokenBound();
        long block = saying("{\"type\":\"text\",\"text\":\"\"}").inputTokenBound() - nothing;
        assertThat(saying("{\"type\":\"text\",\"text\":\"" + "é".repeat(50) + "\"}")
                        .inputTokenBound())
                .isEqualTo(nothing + block + 100);
        CallRequest image = saying("""
                {"source":{"type":"base64","media_type":"image/png","data":"%s"},"type":"image"}""".formatted("A".repeat(4000)));
        assertThat(image.hasImages()).isTrue();
        assertThat(image.inputTokenBound()).isLessThan(nothing + 100);
        assertThat(saying("{\"type\":\"text\",\"text\":\"\",\"source\":{\"x\":\"" + "A".repeat(4000) + "\"}}")
                        .inputTokenBound())
                .isGreaterThan(nothing + 4000);
        assertThat(saying("{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x/y.png\"}}")
                        .hasImages())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"b\",\"input\":{\"type\":\"document\",\"k\":[%s]}}",
                "{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":\"%s\"}",
                "{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}",
                "{\"type\":\"thinking\",\"thinking\":\"%s\",\"signature\":\"s\"}",
                "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"%s\"}",
                "{\"type\":\"redacted_thinking\",\"data\":\"%s\"}",
                "{\"type\":\"search_result\",\"source\":\"%s\",\"title\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}",
                "{\"type\":\"search_result\",\"source\":\"s\",\"title\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}",
                "{\"type\":\"text\",\"text\":\"\",\"x_new\":{\"y\":[%s]}}"
            })
    void whatever_a_block_says_counts(String block) {
        String said = block.contains("[%s]") ? "1".repeat(300) : "z".repeat(300);
        assertThat(saying(block.formatted(said)).inputTokenBound()
                        - saying(block.formatted("1")).inputTokenBound())
                .isGreaterThanOrEqualTo(299);
    }

    @Test
    void a_reference_to_a_tool_counts_its_definition_again() {
        String tools =
                "\"tools\":[{\"name\":\"big\",\"defer_loading\":true,\"description\":\"" + "d".repeat(900) + "\"}]";
        String without = "{\"messages\":[{\"content\":[%s]}]," + tools + "}";
        String reference =
                "{\"type\":\"tool_result\",\"content\":[{\"type\":\"tool_reference\",\"tool_name\":\"big\"}]}";
        assertThat(valid(without.formatted(reference + "," + reference)).inputTokenBound()
                        - valid(without.formatted("")).inputTokenBound())
                .isGreaterThan(1800);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "document",
                "container_upload",
                "web_search_tool_result",
                "web_fetch_tool_result",
                "code_execution_tool_result",
                "server_tool_use",
                "mcp_tool_use",
                "mcp_tool_result",
                "compaction",
                "fallback",
                "something_new"
            })
    void a_block_without_a_price_is_refused(String type) {
        String block = "{\"x\":{\"type\":\"text\"},\"type\":\"" + type + "\"}";
        for (String content : new String[] {block, "{\"type\":\"tool_result\",\"content\":[" + block + "]}"}) {
            Scan.Malformed refused = malformed("{\"messages\":[{\"content\":[" + content + "]}]}");
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.param()).isEqualTo("messages");
            assertThat(refused.message()).contains("no price here").contains(type);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":{}}",
                "{\"messages\":[1]}",
                "{\"messages\":[{\"content\":1}]}",
                "{\"messages\":[{\"content\":{\"type\":\"text\"}}]}",
                "{\"messages\":[{\"content\":[\"a\"]}]}",
                "{\"messages\":[{\"content\":[{\"text\":\"a\"}]}]}",
                "{\"messages\":[{\"content\":[{\"type\":7}]}]}",
                "{\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"content\":[{\"type\":\"thinking\"}]}]}]}",
                "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}]}",
                "{\"messages\":[{\"content\":[{\"type\":\"image\"}]}]}"
            })
    void messages_of_another_shape_are_refused(String body) {
        assertThat(malformed(body).param()).isEqualTo("messages");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "{}", "[\"a\"]", "[{\"type\":\"image\",\"source\":{\"type\":\"url\"}}]", "null"})
    void a_system_prompt_is_text(String system) {
        assertThat(malformed("{\"system\":" + system + "}").param()).isEqualTo("system");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"a\"}",
                "{\"type\":null,\"name\":\"a\"}",
                "{\"type\":\"custom\",\"name\":\"a\"}",
                "{\"type\":\"bash_20250124\",\"name\":\"bash\"}",
                "{\"type\":\"text_editor_20250728\",\"name\":\"e\"}",
                "{\"type\":\"computer_20251124\",\"name\":\"computer\"}",
                "{\"type\":\"memory_20250818\",\"name\":\"memory\"}"
            })
    void tools_that_the_caller_runs_are_accepted(String tool) {
        CallRequest request = with("\"tools\":[" + tool + "]");
        assertThat(request.toolCount).isEqualTo(1);
        assertThat(request.inputTokenBound()).isGreaterThan(tool.contains("_20") ? 2560 : 512);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "web_search_20250305", "web_fetch_20250910", "code_execution_20250825",
                        "tool_search_tool_bm25_20251119",
                "advisor_20260301", "mcp_toolset", "computer_toolset_20260801", "browser_toolset_20260801",
                "bash_code_execution_20250825", "new_20990101", ""
            })
    void tools_that_the_provider_runs_are_refused(String type) {
        Scan.Malformed refused = malformed("{\"tools\":[{\"name\":\"a\",\"type\":\"" + type + "\"}]}");
        assertThat(refused.param()).isEqualTo("tools");
        assertThat(refused.message()).contains(type).contains("no price here");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "service_tier | \"priority\"",
                "service_tier | 1",
                "speed | \"fast\"",
                "inference_geo | \"us\"",
                "mcp_servers | []",
                "container | \"c\"",
                "fallbacks | \"default\"",
                "n | 2",
                "max_tokens | 0",
                "max_tokens | -1",
                "max_tokens | 1.5",
                "max_tokens | \"9\"",
                "thinking | {\"budget_tokens\":-1}",
                "cache_control | {\"type\":\"ephemeral\",\"ttl\":\"2h\"}",
                "cache_control | {\"ttl\":60}",
                "cache_control | \"1h\"",
                "context_management | {\"edits\":[{\"type\":\"compact_20260112\"}]}",
                "context_management | {\"edits\":[{\"type\":\"clear_thinking_20251015\"},{\"type\":7}]}",
                "context_management | {\"other\":1}",
                "stream | 1",
                "tools | {}",
                "tools | [1]",
                "model | 7",
                "agent_id | 7",
                "MCP_Servers | 1",
                "Speed | 1",
                "System | 1",
                "max_Tokens | 1"
            })
    void what_changes_the_price_is_refused_by_name(String name, String value) {
        Scan.Malformed refused = malformed("{\"" + name + "\":" + value + "}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.param()).isEqualTo(name);
        assertThat(refused.message()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"service_tier\":\"auto\"",
                "\"service_tier\":\"standard_only\"",
                "\"service_tier\":null",
                "\"speed\":\"standard\"",
                "\"speed\":null,\"inference_geo\":null,\"mcp_servers\":null,\"container\":null",
                "\"n\":1",
                "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"5m\"}",
                "\"cache_control\":null",
                "\"context_management\":{\"edits\":[{\"type\":\"clear_tool_uses_20250919\",\"keep\":{\"type\":\"tool_uses\",\"value\":3}}]}",
                "\"context_management\":null",
                "\"tools\":null",
                "\"output_config\":{\"effort\":\"high\"}",
                "\"thinking\":{\"type\":\"adaptive\"}"
            })
    void what_costs_the_same_is_accepted(String members) {
        assertThat(with(members).longCache()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"Type\":\"image\"}]}]",
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"Source\":{}}]}]",
                "\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"Content\":[]}]",
                "\"tools\":[{\"name\":\"a\",\"Type\":\"web_search_20250305\"}]"
            })
    void a_key_inside_that_some_servers_take_for_another_is_refused(String member) {
        Scan scan = CallRequest.scanMessages(("{\"model\":\"m\"," + member + "}").getBytes(UTF_8));
        assertThat(((Scan.Malformed) scan).message()).contains("only in case");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"cache_control\":%s",
                "\"system\":[{\"type\":\"text\",\"text\":\"a\",\"cache_control\":%s}]",
                "\"tools\":[{\"name\":\"a\",\"cache_control\":%s}]"
            })
    void a_cache_for_an_hour_is_noticed_anywhere(String members) {
        String message = "{\"role\":\"user\",\"content\":\"x\",\"cache_control\":{\"ttl\":\"1h\"}}";
        assertThat(valid("{\"model\":\"m\",\"messages\":[" + message + "]}").longCache())
                .isTrue();
        assertThat(with(members.formatted("{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"))
                        .longCache())
                .isTrue();
        assertThat(with(members.formatted("{\"type\":\"ephemeral\"}")).longCache())
                .isFalse();
        String block = "{\"type\":\"text\",\"text\":\"a\",\"cache_control\":{\"ttl\":\"1h\"}}";
        assertThat(saying(block).longCache()).isTrue();
        assertThat(saying("{\"type\":\"tool_result\",\"content\":[" + block + "]}")
                        .longCache())
                .isTrue();
        assertThat(saying("{\"type\":\"tool_use\",\"input\":{\"cache_control\":{\"ttl\":\"1h\"}}}")
                        .longCache())
                .isFalse();
    }
}
