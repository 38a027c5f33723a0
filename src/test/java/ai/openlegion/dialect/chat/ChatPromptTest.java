package ai.openlegion.dialect.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatPromptTest {

    private static final String USER = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static Prompt read(String members) throws Untranslatable {
        return ChatCodec.INSTANCE.readPrompt(PlainJson.readObject("{\"model\":\"sim/small\"," + members + "}"));
    }

    private static List<Turn> turns(String... messages) throws Untranslatable {
        return read("\"messages\":[" + String.join(",", messages) + "]").turns();
    }

    private static String written(Prompt prompt) throws Untranslatable {
        return PlainJson.write(ChatCodec.INSTANCE.writePrompt(prompt, "small", false));
    }

    private static Prompt of(List<Turn> turns) {
        return new Prompt(turns, List.of(), null, null, null, null, null, List.of(), null, null, null, null);
    }

    @Test
    void a_conversation_with_tools_is_read() throws Untranslatable {
        assertThat(turns(
                        "{\"role\":\"system\",\"content\":\"Be brief\"}",
                        "{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"Be kind\"}]}",
                        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Look\"},{\"type\":\"image_url\","
                                + "\"image_url\":{\"url\":\"data:image/png;base64,AA==\",\"detail\":\"low\"}}]}",
                        "{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"hm\",\"refusal\":null,"
                                + "\"annotations\":[],\"audio\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"find\",\"arguments\":\"{\\\"q\\\":1}\"}},{\"id\":\"b\","
                                + "\"type\":\"custom\",\"custom\":{\"name\":\"sql\",\"input\":\"select\"}}]}",
                        "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"found\",\"name\":\"find\"}",
                        "{\"role\":\"tool\",\"tool_call_id\":\"b\",\"content\":[{\"type\":\"text\",\"text\":\"1\"}]}",
                        "{\"role\":\"user\",\"content\":\"And?\"}",
                        "{\"role\":\"assistant\",\"content\":null,\"refusal\":\"No\"}"))
                .containsExactly(
                        new Turn(Role.SYSTEM, List.of(new Part.Text("Be brief"))),
                        new Turn(Role.DEVELOPER, List.of(new Part.Text("Be kind"))),
                        new Turn(
                                Role.USER,
                                List.of(new Part.Text("Look"), new Part.Image("data:image/png;base64,AA==", "low"))),
                        new Turn(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.Reasoning("hm", null),
                                        new Part.ToolCall("a", "find", "{\"q\":1}", false),
                                        new Part.ToolCall("b", "sql", "select", true))),
                        new Turn(
                                Role.USER,
                                List.of(
                                        new Part.ToolResult("a", List.of(new Part.Text("found")), false, false),
                                        new Part.ToolResult("b", List.of(new Part.Text("1")), false, true))),
                        new Turn(Role.USER, List.of(new Part.Text("And?"))),
                        new Turn(Role.ASSISTANT, List.of(new Part.Refusal("No"))));
    }

    @Test
    void functions_of_old_become_tools() throws Untranslatable {
        Prompt prompt =
                read("\"functions\":[{\"name\":\"find\",\"parameters\":{}}],\"function_call\":{\"name\":\"find\"},"
                        + "\"messages\":[{\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"find\","
                        + "\"arguments\":\"\"}},{\"role\":\"function\",\"name\":\"find\",\"content\":\"x\"}]");
        assertThat(prompt.tools()).containsExactly(new Tool("find", null, Map.of(), null, false, null));
        assertThat(prompt.toolChoice()).isEqualTo(new ToolChoice.Named("find"));
        assertThat(prompt.turns())
                .containsExactly(
                        new Turn(Role.ASSISTANT, List.of(new Part.ToolCall("call_0", "find", "{}", false))),
                        new Turn(
                                Role.USER,
                                List.of(new Part.ToolResult("call_0", List.of(new Part.Text("x")), false, false))));
    }

    @Test
    void every_setting_with_a_meaning_elsewhere_is_read() throws Untranslatable {
        Prompt prompt = read(USER
                + ",\"temperature\":0.5,\"top_p\":1,\"top_k\":40,\"stop\":\"END\",\"verbosity\":\"low\","
                + "\"user\":\"u1\",\"safety_identifier\":\"s1\",\"reasoning_effort\":\"high\",\"parallel_tool_calls\":false,"
                + "\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                + "\"description\":\"d\",\"parameters\":{\"type\":\"object\"},\"strict\":true},\"cache_control\":"
                + "{\"type\":\"ephemeral\"}},{\"type\":\"custom\",\"custom\":{\"name\":\"c\",\"format\":{\"type\":"
                + "\"grammar\",\"grammar\":{\"syntax\":\"lark\",\"definition\":\"start: A\"}}}}],\"response_format\":"
                + "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"},"
                + "\"strict\":true}}");
        assertThat(prompt)
                .isEqualTo(new Prompt(
                        List.of(new Turn(Role.USER, List.of(new Part.Text("Hi")))),
                        List.of(
                                new Tool("f", "d", Map.of("type", "object"), true, false, null),
                                new Tool(
                                        "c",
                                        null,
                                        null,
                                        null,
                                        true,
                                        Map.of("syntax", "lark", "definition", "start: A"))),
                        new ToolChoice.Required(),
                        false,
                        new BigDecimal("0.5"),
                        BigDecimal.ONE,
                        new BigDecimal(40),
                        List.of("END"),
                        new Thinking("high", null, null),
                        new Format.JsonSchema("n", null, Map.of("type", "object"), true),
                        "low",
                        "s1"));
        assertThat(read(USER + ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}")
                        .thinking())
                .isEqualTo(new Thinking(null, 2048L, null));
        assertThat(read(USER + ",\"thinking\":{\"type\":\"disabled\"}").thinking())
                .isEqualTo(new Thinking("none", null, null));
        assertThat(read(USER + ",\"reasoning\":{\"effort\":\"low\"}").thinking())
                .isEqualTo(new Thinking("low", null, null));
        assertThat(read(USER + ",\"response_format\":{\"type\":\"json_object\"}")
                        .format())
                .isEqualTo(new Format.JsonObject());
        assertThat(read(USER + ",\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}")
                        .toolChoice())
                .isEqualTo(new ToolChoice.Named("c"));
    }

    @Test
    void hints_and_neutral_values_are_left_out() throws Untranslatable {
        assertThat(read(USER
                        + ",\"n\":1,\"stream\":true,\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false},"
                        + "\"max_tokens\":5,\"max_completion_tokens\":5,\"store\":true,\"metadata\":{\"a\":\"b\"},"
                        + "\"prompt_cache_key\":\"k\",\"service_tier\":\"default\",\"modalities\":[\"text\"],"
                        + "\"seed\":null,\"logprobs\":false,\"top_logprobs\":0,\"logit_bias\":{},"
                        + "\"frequency_penalty\":0.0,\"presence_penalty\":0,\"response_format\":{\"type\":\"text\"},"
                        + "\"stop\":null,\"tools\":null,\"tool_choice\":null,\"audio\":null,\"api_key\":\"x\""))
                .isEqualTo(of(List.of(new Turn(Role.USER, List.of(new Part.Text("Hi"))))));
    }

    @Test
    void what_cannot_be_said_elsewhere_is_refused_by_name() {
        refused("n", USER + ",\"n\":2");
        refused("seed", USER + ",\"seed\":0");
        refused("logprobs", USER + ",\"logprobs\":true");
        refused("top_logprobs", USER + ",\"top_logprobs\":3");
        refused("logit_bias", USER + ",\"logit_bias\":{\"50256\":-100}");
        refused("frequency_penalty", USER + ",\"frequency_penalty\":0.5");
        refused("presence_penalty", USER + ",\"presence_penalty\":-1");
        refused("chat_template_kwargs", USER + ",\"chat_template_kwargs\":{\"enable_thinking\":false}");
        refused("prediction", USER + ",\"prediction\":{\"type\":\"content\",\"content\":\"x\"}");
        refused("web_search_options", USER + ",\"web_search_options\":{\"search_context_size\":\"low\"}");
        refused("temperature", USER + ",\"temperature\":\"hot\"");
        refused("reasoning_effort", USER + ",\"reasoning_effort\":\"much\"");
        refused("thinking.type", USER + ",\"thinking\":{\"type\":\"perhaps\"}");
        refused("thinking.display", USER + ",\"thinking\":{\"type\":\"enabled\",\"display\":\"x\"}");
        refused("reasoning.exclude", USER + ",\"reasoning\":{\"exclude\":true}");
        refused("stop", USER + ",\"stop\":[1]");
        refused("tool_choice", USER + ",\"tool_choice\":\"sometimes\"");
        refused("tool_choice.type", USER + ",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{}}");
        refused("function_call", USER + ",\"function_call\":\"required\"");
        refused("tools[0].type", USER + ",\"tools\":[{\"type\":\"web_search\"}]");
        refused("tools[0].function", USER + ",\"tools\":[{\"type\":\"function\"}]");
        refused("tools[0].function.name", USER + ",\"tools\":[{\"type\":\"function\",\"function\":{}}]");
        refused(
                "tools[0].function.x",
                USER + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"x\":1}}]");
        refused(
                "tools[0].custom.format.type",
                USER + ",\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\",\"format\":{\"type\":\"y\"}}}]");
        refused("response_format.type", USER + ",\"response_format\":{\"type\":\"grammar\"}");
        refused("messages[0].role", "\"messages\":[{\"role\":\"critic\",\"content\":\"x\"}]");
        refused("messages[0].content", "\"messages\":[{\"role\":\"user\"}]");
        refused("messages[0].name", "\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"name\":\"Ann\"}]");
        refused("messages[0].name", "\"messages\":[{\"role\":\"function\",\"content\":\"x\",\"name\":\"f\"}]");
        refused("messages[0].tool_call_id", "\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]");
        refused("messages[0].audio", "\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"x\"}}]");
        refused("messages[0].prefix", "\"messages\":[{\"role\":\"assistant\",\"content\":\"x\",\"prefix\":true}]");
        refused(
                "messages[0].content[0].type",
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{}}]}]");
        refused(
                "messages[0].tool_calls[0].id",
                "\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{}}]}]");
        refused(
                "messages[0].tool_calls[0].function.arguments",
                "\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\","
                        + "\"function\":{\"name\":\"f\",\"arguments\":{}}}]}]");
    }

    private static void refused(String field, String members) {
        Untranslatable refusal = catchThrowableOfType(Untranslatable.class, () -> {
            var _ = read(members);
        });
        assertThat(refusal).as(members).isNotNull();
        assertThat(refusal.field()).as(members).isEqualTo(field);
        assertThat(refusal.text()).contains(field.substring(field.lastIndexOf('.') + 1));
    }

    @Test
    void a_prompt_is_written_as_every_vendor_takes_it() throws Untranslatable {
        var prompt = new Prompt(
                List.of(
                        new Turn(Role.DEVELOPER, List.of(new Part.Text("A"), new Part.Text("B"))),
                        new Turn(Role.USER, List.of(new Part.Text("Hi"))),
                        new Turn(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.Reasoning("hm", null),
                                        new Part.ToolCall("a", "f", "{}", false),
                                        new Part.ToolCall("b", "c", "select", true))),
                        new Turn(Role.ASSISTANT, List.of(new Part.Reasoning("cut short", null)))),
                List.of(
                        new Tool("f", "d", Map.of("type", "object"), true, false, null),
                        new Tool("c", null, null, null, true, Map.of("syntax", "lark"))),
                new ToolChoice.Named("c"),
                true,
                BigDecimal.ONE,
                null,
                null,
                List.of("x"),
                new Thinking("max", 9L, "auto"),
                new Format.JsonSchema("", null, Map.of(), null),
                "high",
                "u");
        assertThat(PlainJson.write(ChatCodec.INSTANCE.writePrompt(prompt, "small", true)))
                .isEqualTo(
                        "{\"model\":\"small\",\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":"
                                + "\"A\"},{\"type\":\"text\",\"text\":\"B\"}]},{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":"
                                + "\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":"
                                + "{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"type\":\"custom\",\"custom\":{\"name\":"
                                + "\"c\",\"input\":\"select\"}}]}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                                + "\"description\":\"d\",\"parameters\":{\"type\":\"object\"},\"strict\":true}},{\"type\":\"custom\","
                                + "\"custom\":{\"name\":\"c\",\"format\":{\"type\":\"grammar\",\"grammar\":{\"syntax\":\"lark\"}}}}],"
                                + "\"parallel_tool_calls\":true,\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}},"
                                + "\"temperature\":1,\"stop\":[\"x\"],\"reasoning_effort\":\"xhigh\",\"response_format\":{\"type\":"
                                + "\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"schema\":{}}},\"verbosity\":\"high\","
                                + "\"user\":\"u\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
    }

    @Test
    void results_follow_their_calls_and_their_images_follow_them() throws Untranslatable {
        var turn = new Turn(
                Role.USER,
                List.of(
                        new Part.Text("Go on"),
                        new Part.ToolResult(
                                "a",
                                List.of(new Part.Text("ok"), new Part.Image("http://x/1.png", null)),
                                false,
                                false),
                        new Part.ToolResult("b", List.of(new Part.Text("no such file")), true, false),
                        new Part.ToolResult("c", List.of(new Part.Text("Error: gone")), true, false),
                        new Part.ToolResult("d", List.of(), false, false)));
        assertThat(written(of(List.of(turn))))
                .isEqualTo("{\"model\":\"small\",\"messages\":["
                        + "{\"role\":\"tool\",\"content\":\"ok\",\"tool_call_id\":\"a\"},"
                        + "{\"role\":\"tool\",\"content\":\"Error: no such file\",\"tool_call_id\":\"b\"},"
                        + "{\"role\":\"tool\",\"content\":\"Error: gone\",\"tool_call_id\":\"c\"},"
                        + "{\"role\":\"tool\",\"content\":\"\",\"tool_call_id\":\"d\"},"
                        + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Image from the result of tool call a:\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://x/1.png\"}},"
                        + "{\"type\":\"text\",\"text\":\"Go on\"}]}]}");
    }

    @Test
    void what_chat_has_no_words_for_is_refused_by_name() {
        var base = of(List.of());
        var topK = new Prompt(
                base.turns(), List.of(), null, null, null, null, BigDecimal.TEN, List.of(), null, null, null, null);
        assertThat(catchThrowableOfType(Untranslatable.class, () -> written(topK))
                        .field())
                .isEqualTo("top_k");
        var shown = of(List.of(new Turn(Role.ASSISTANT, List.of(new Part.Image("http://x", null)))));
        assertThat(catchThrowableOfType(Untranslatable.class, () -> written(shown))
                        .field())
                .isEqualTo("messages");
        var told = of(List.of(new Turn(Role.SYSTEM, List.of(new Part.Image("http://x", null)))));
        assertThat(catchThrowableOfType(Untranslatable.class, () -> written(told))
                        .field())
                .isEqualTo("messages");
    }

    @Test
    void a_budget_of_thinking_becomes_an_effort() throws Untranslatable {
        for (var each :
                Map.of(1_024L, "low", 10_000L, "medium", 31_999L, "high").entrySet()) {
            var prompt = new Prompt(
                    List.of(),
                    List.of(),
                    new ToolChoice.Auto(),
                    true,
                    null,
                    null,
                    null,
                    List.of(),
                    new Thinking(null, each.getKey(), null),
                    null,
                    null,
                    null);
            assertThat(written(prompt))
                    .isEqualTo(
                            "{\"model\":\"small\",\"messages\":[],\"reasoning_effort\":\"" + each.getValue() + "\"}");
        }
    }

    @Test
    void a_wish_is_left_out_where_it_would_be_refused_and_a_long_user_is_shortened() throws Untranslatable {
        String claude = "{\"device_id\":\"" + "a".repeat(64) + "\",\"session_id\":\"x\"}";
        var prompt = new Prompt(
                List.of(),
                List.of(),
                null,
                null,
                null,
                null,
                null,
                List.of(),
                new Thinking("none", null, null),
                null,
                null,
                claude);
        assertThat(ChatCodec.INSTANCE.writePrompt(prompt, "openai/gpt-4o-mini", false))
                .doesNotContainKey("reasoning_effort");
        assertThat(ChatCodec.INSTANCE.writePrompt(prompt, "gpt-5-mini", false)).doesNotContainKey("reasoning_effort");
        Map<String, ?> body = ChatCodec.INSTANCE.writePrompt(prompt, "gpt-5.1", false);
        assertThat(body.get("reasoning_effort")).isEqualTo("none");
        assertThat(String.valueOf(body.get("user"))).matches("[0-9a-f]{64}");
    }
}
