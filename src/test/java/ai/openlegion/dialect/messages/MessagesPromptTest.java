package ai.openlegion.dialect.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Part.Seal;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests, from Anthropic's words into the middle and back.
class MessagesPromptTest {

    private static final MessagesCodec CODEC = MessagesCodec.INSTANCE;
    private static final String MODEL = "claude-opus-5";

    private static Prompt read(String body) throws Untranslatable {
        return CODEC.readPrompt(PlainJson.readObject(body));
    }

    private static Prompt saying(List<Turn> turns) {
        return new Prompt(turns, List.of(), null, null, null, null, null, List.of(), null, null, null, null);
    }

    private static Prompt wanting(@Nullable Thinking thinking, @Nullable Format format, @Nullable BigDecimal heat) {
        return new Prompt(
                List.of(user("hi")), List.of(), null, null, heat, null, null, List.of(), thinking, format, "low", "u1");
    }

    private static Turn user(String text) {
        return new Turn(Role.USER, List.of(new Part.Text(text)));
    }

    private static String written(Prompt prompt, String model) throws Untranslatable {
        return PlainJson.write(CODEC.writePrompt(prompt, model, false));
    }

    private static String messages(Turn... turns) throws Untranslatable {
        String body = written(saying(List.of(turns)), MODEL);
        return body.substring(body.indexOf(',') + 1, body.length() - 1);
    }

    private static Turn turn(Role role, Part... parts) {
        return new Turn(role, List.of(parts));
    }

    @Test
    void what_claude_code_sends_is_understood() throws Untranslatable {
        Prompt prompt = read("""
                {"model":"gpt-5","max_tokens":32000,"stream":true,
                "system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1"},
                 {"type":"text","text":"You are Claude Code","cache_control":{"type":"ephemeral","ttl":"1h","scope":"global"}}],
                "messages":[
                 {"role":"user","content":[{"type":"text","text":"<system-reminder>a</system-reminder>"},
                  {"type":"text","text":"List files","cache_control":{"type":"ephemeral"}}]},
                 {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"EqQB"},
                  {"type":"redacted_thinking","data":"ol1.openai-responses.o.cnNfMQ.enc"},
                  {"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"},"caller":{"type":"direct"}}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[
                  {"type":"text","text":"a.txt"},{"type":"tool_reference","tool_name":"Grep"},
                  {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}}]}]},
                 {"role":"system","content":"Be brief"}],
                "tools":[{"name":"Bash","description":"Run","input_schema":{"type":"object","properties":{}},"strict":true,
                 "eager_input_streaming":true,"cache_control":{"type":"ephemeral"}},
                 {"name":"Grep","input_schema":{"type":"object"},"defer_loading":true,"input_examples":[{}],"type":"custom"}],
                "tool_choice":{"type":"auto","disable_parallel_tool_use":true},
                "thinking":{"type":"adaptive","display":"summarized"},
                "output_config":{"effort":"high","task_budget":{"type":"tokens","total":1}},
                "context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
                "metadata":{"user_id":"{\\"session\\":1}"},"service_tier":"auto","stop_sequences":["END"],"temperature":1,
                "diagnostics":null,"container":null}""");
        assertThat(prompt.turns())
                .containsExactly(
                        turn(
                                Role.SYSTEM,
                                new Part.Text("x-anthropic-billing-header: cc_version=2.1"),
                                new Part.Text("You are Claude Code")),
                        turn(
                                Role.USER,
                                new Part.Text("<system-reminder>a</system-reminder>"),
                                new Part.Text("List files")),
                        turn(
                                Role.ASSISTANT,
                                new Part.Reasoning("hm", new Seal(Dialect.ANTHROPIC, null, "EqQB", true)),
                                new Part.Reasoning("", new Seal(Dialect.RESPONSES, "rs_1", "enc", false)),
                                new Part.ToolCall("toolu_1", "Bash", "{\"command\":\"ls\"}", false)),
                        turn(
                                Role.USER,
                                new Part.ToolResult(
                                        "toolu_1",
                                        List.of(
                                                new Part.Text("a.txt"),
                                                new Part.Text("The tool Grep is available."),
                                                new Part.Image("data:image/png;base64,iVBO", null)),
                                        true,
                                        false)),
                        turn(Role.SYSTEM, new Part.Text("Be brief")));
        assertThat(prompt.tools()).extracting(Tool::name).containsExactly("Bash", "Grep");
        assertThat(prompt.tools()).extracting(Tool::strict).containsExactly(true, null);
        assertThat(prompt.toolChoice()).isEqualTo(new ToolChoice.Auto());
        assertThat(prompt.parallelTools()).isFalse();
        assertThat(prompt.thinking()).isEqualTo(new Thinking("high", null, "auto"));
        assertThat(prompt.stops()).containsExactly("END");
        assertThat(prompt.endUser()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"x_new\":1}                                                     | x_new",
                "{\"fallback_credit_token\":\"t\"}                                 | fallback_credit_token",
                "{\"messages\":1}                                                  | messages",
                "{\"messages\":[1]}                                                | messages[0]",
                "{\"messages\":[{\"role\":\"tool\",\"content\":\"\"}]}             | messages[0].role",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"\",\"x\":1}]}     | messages[0].x",
                "{\"messages\":[{\"role\":\"user\",\"content\":7}]}                | messages[0].content",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\"}]}]} | messages[0].content[0].type",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\",\"x\":1}]}]} | messages[0].content[0].x",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"file\"}}]}]} | messages[0].content[0].source.type",
                "{\"tools\":[{\"type\":\"bash_20250124\",\"name\":\"bash\"}]}      | tools[0].type",
                "{\"tools\":[{\"name\":\"a\",\"input_schema\":{},\"x\":1}]}        | tools[0].x",
                "{\"tools\":[{\"name\":\"a\"}]}                                    | tools[0].input_schema",
                "{\"tool_choice\":{\"type\":\"x\"}}                                | tool_choice.type",
                "{\"thinking\":{\"type\":\"x\"}}                                   | thinking.type",
                "{\"output_config\":{\"x\":1}}                                     | output_config.x",
                "{\"output_config\":{\"format\":{\"type\":\"grammar\"}}}           | output_config.format.type",
                "{\"stop_sequences\":[1]}                                          | stop_sequences",
                "{\"temperature\":\"1\"}                                           | temperature"
            })
    void what_has_no_equal_is_named(String members, String field) {
        String body = members.contains("messages") ? members : "{\"messages\":[]," + members.substring(1);
        assertThatThrownBy(() -> read(body)).isInstanceOfSatisfying(Untranslatable.class, refused -> {
            assertThat(refused.field()).isEqualTo(field);
            assertThat(refused.text()).contains(field);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "{\"thinking\":{\"type\":\"disabled\"}}                                | none | -    | -",
                "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}}          | -    | 2048 | auto",
                "{\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"}}        | -    | -    | -",
                "{\"output_config\":{\"effort\":\"max\"}}                              | max  | -    | -"
            })
    void thinking_has_its_measure(
            String members, @Nullable String effort, @Nullable Long budget, @Nullable String summary)
            throws Untranslatable {
        assertThat(read("{\"messages\":[]," + members.substring(1)).thinking())
                .isEqualTo(new Thinking(effort, budget, summary));
    }

    @Test
    void turns_of_one_side_are_one_message_and_results_come_first() throws Untranslatable {
        assertThat(messages(
                        turn(Role.SYSTEM, new Part.Text("S")),
                        turn(Role.DEVELOPER, new Part.Text("D"), new Part.Text(" ")),
                        turn(Role.USER, new Part.Text("a"), new Part.Text("")),
                        turn(Role.ASSISTANT, new Part.Refusal("no"), new Part.ToolCall("call:1", "f", "", false)),
                        turn(Role.ASSISTANT, new Part.ToolCall("c2", "g", "{\"x\":[1.50]}", false)),
                        turn(Role.USER, new Part.Text("see")),
                        turn(Role.USER, new Part.ToolResult("call:1", List.of(new Part.Text("r")), true, false)),
                        turn(Role.USER, new Part.ToolResult("c2", List.of(), false, false))))
                .isEqualTo("\"system\":[{\"type\":\"text\",\"text\":\"S\"},{\"type\":\"text\",\"text\":\"D\"}],"
                        + "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]},"
                        + "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"no\"},"
                        + "{\"type\":\"tool_use\",\"id\":\"toolu_Y2FsbDox\",\"name\":\"f\",\"input\":{}},"
                        + "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"g\",\"input\":{\"x\":[1.50]}}]},"
                        + "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_Y2FsbDox\","
                        + "\"content\":[{\"type\":\"text\",\"text\":\"r\"}],\"is_error\":true},"
                        + "{\"type\":\"tool_result\",\"tool_use_id\":\"c2\",\"content\":[]},"
                        + "{\"type\":\"text\",\"text\":\"see\"}]}]");
    }

    @Test
    void late_instructions_keep_their_place() throws Untranslatable {
        List<Turn> turns = List.of(
                user("a"),
                turn(Role.SYSTEM, new Part.Text("L1")),
                turn(Role.ASSISTANT, new Part.Text("b")),
                turn(Role.SYSTEM, new Part.Text("L2")),
                user("c"),
                turn(Role.DEVELOPER, new Part.Text("L3")));
        assertThat(written(saying(turns), "claude-opus-4-8"))
                .contains(
                        "{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"L1\"}]},{\"role\":\"assistant\"")
                .contains(
                        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"L2\"},{\"type\":\"text\",\"text\":\"c\"}]}")
                .endsWith("{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"L3\"}]}]}");
        assertThat(written(saying(turns), "claude-sonnet-4-5-20250929"))
                .doesNotContain("\"system\"")
                .endsWith("{\"type\":\"text\",\"text\":\"c\"},{\"type\":\"text\",\"text\":\"L3\"}]}]}");
    }

    @Test
    void only_reasoning_that_anthropic_sealed_goes_back_to_it() throws Untranslatable {
        assertThat(messages(
                        user("a"),
                        turn(
                                Role.ASSISTANT,
                                new Part.Reasoning("plain", null),
                                new Part.Reasoning("theirs", new Seal(Dialect.RESPONSES, "rs", "e", true)),
                                new Part.Reasoning("", new Seal(Dialect.ANTHROPIC, null, "D", false)),
                                new Part.Reasoning("own", new Seal(Dialect.ANTHROPIC, null, "S", true)))))
                .endsWith("{\"role\":\"assistant\",\"content\":[{\"type\":\"redacted_thinking\",\"data\":\"D\"},"
                        + "{\"type\":\"thinking\",\"thinking\":\"own\",\"signature\":\"S\"}]}]");
    }

    @Test
    void images_are_sent_along_or_pointed_to() throws Untranslatable {
        assertThat(messages(turn(
                        Role.USER,
                        new Part.Image("https://x/y.png", "high"),
                        new Part.Image("data:image/jpeg;base64,AA==", null))))
                .contains("{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x/y.png\"}}")
                .contains(
                        "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/jpeg\",\"data\":\"AA==\"}}");
    }

    @Test
    void a_freeform_tool_goes_there_and_back() throws Untranslatable {
        var tool = new Tool("apply_patch", "Edit", null, null, true, Json.object("type", "grammar", "syntax", "lark"));
        var call = new Part.ToolCall("c1", "apply_patch", "*** Begin \"Patch\"\n", true);
        var prompt = new Prompt(
                List.of(
                        user("a"),
                        turn(Role.ASSISTANT, call),
                        turn(Role.USER, new Part.ToolResult("c1", List.of(new Part.Text("ok")), false, true))),
                List.of(tool),
                new ToolChoice.Named("apply_patch"),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                null);
        assertThat(written(prompt, MODEL))
                .contains("\"name\":\"apply_patch__ol1text\",\"input\":{\"input\":\"*** Begin \\\"Patch\\\"\\n\"}")
                .contains(
                        "\"name\":\"apply_patch__ol1text\",\"description\":\"Edit\",\"input_schema\":{\"type\":\"object\"")
                .contains("\\\"syntax\\\":\\\"lark\\\"")
                .contains("\"tool_choice\":{\"type\":\"tool\",\"name\":\"apply_patch__ol1text\"}");
        String stream = """
                data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"apply_patch__ol1text","input":{}}}

                data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{ \\"inp"}}

                data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"ut\\": \\"*** a\\\\"}}

                data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"n\\\\u00"}}

                data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"e9 \\u20ac\\\\\\"\\"}"}}

                data: {"type":"content_block_stop","index":0}""";
        assertThat(Told.ofStream(CODEC.reader(true, Set.of("apply_patch")), stream)
                        .shown())
                .containsExactly(
                        "ToolCalled[choice=0, part=0, id=t, name=apply_patch, freeform=true]",
                        "ARGUMENTS 0/0 *** a\\n\\u00e9 \\u20ac\\\"",
                        "PartEnded[choice=0, part=0]");
    }

    @Test
    void wishes_are_said_in_the_words_of_the_model() throws Untranslatable {
        assertThat(written(wanting(new Thinking("minimal", null, "auto"), null, null), "claude-opus-4-7"))
                .contains(
                        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"low\"}")
                .contains("\"metadata\":{\"user_id\":\"u1\"}");
        assertThat(written(wanting(new Thinking("high", null, null), null, null), "claude-sonnet-4-5"))
                .doesNotContain("thinking")
                .doesNotContain("effort");
        assertThat(written(wanting(new Thinking("none", null, null), null, null), MODEL))
                .contains("\"thinking\":{\"type\":\"disabled\"}");
        assertThat(written(wanting(new Thinking(null, 4096L, null), null, null), "claude-3-7-sonnet-20250219"))
                .contains("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":4096}");
        var schema = new Format.JsonSchema("n", "d", Json.object("type", "object"), true);
        assertThat(written(wanting(null, schema, BigDecimal.ONE), MODEL))
                .contains("\"temperature\":1")
                .contains("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}");
    }

    @Test
    void what_anthropic_has_no_words_for_is_named() {
        assertThatThrownBy(() -> written(wanting(null, new Format.JsonObject(), null), MODEL))
                .isInstanceOfSatisfying(
                        Untranslatable.class, e -> assertThat(e.field()).isEqualTo("response_format"));
        assertThatThrownBy(() -> written(wanting(null, null, new BigDecimal("1.1")), MODEL))
                .isInstanceOfSatisfying(
                        Untranslatable.class, e -> assertThat(e.field()).isEqualTo("temperature"));
        for (String arguments : List.of("[1]", "{\"a\":", "x")) {
            assertThatThrownBy(() -> messages(turn(Role.ASSISTANT, new Part.ToolCall("c9", "f", arguments, false))))
                    .isInstanceOfSatisfying(
                            Untranslatable.class, e -> assertThat(e.text()).contains("c9"));
        }
        for (Turn turn : List.of(
                turn(Role.USER, new Part.Image("ftp://x", null)),
                turn(Role.USER, new Part.Image("data:text/plain,a", null)),
                turn(Role.USER, new Part.Refusal("no")),
                turn(Role.ASSISTANT, new Part.Image("https://x", null)),
                turn(Role.SYSTEM, new Part.Image("https://x", null)),
                turn(Role.SYSTEM, new Part.Text("alone")),
                turn(Role.USER, new Part.Text(" ")))) {
            assertThatThrownBy(() -> messages(turn))
                    .isInstanceOfSatisfying(
                            Untranslatable.class, e -> assertThat(e.field()).isEqualTo("messages"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "claude-opus-4-8, 408", "claude-opus-4-20250514, 400", "claude-sonnet-4-5-20250929, 405",
                "claude-3-7-sonnet-20250219, 307",
        "claude-3-haiku-20240307, 300", "claude-opus-5, 500", "claude-sonnet-5.5, 505",
                "us.anthropic.claude-opus-4-6-v1:0, 406",
        "small, 0", "glm-4.7, 0", "claude-instant, 0"
    })
    void a_models_version_is_in_its_name(String name, int version) {
        assertThat(ClaudeModel.named(name).version()).isEqualTo(version);
    }

    @Test
    void a_prompt_reads_as_it_was_written() throws Untranslatable {
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            List<Turn> turns = new ArrayList<>();
            if (random.nextBoolean()) {
                turns.add(turn(Role.SYSTEM, new Part.Text("s" + seed)));
            }
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                turns.add(new Turn(i % 2 == 0 ? Role.USER : Role.ASSISTANT, parts(i % 2 == 0, random)));
            }
            var tool =
                    new Tool("t", "d", Json.object("type", "object"), random.nextBoolean() ? true : null, false, null);
            var prompt = new Prompt(
                    turns,
                    random.nextBoolean() ? List.of(tool) : List.of(),
                    random.nextBoolean() ? new ToolChoice.Required() : new ToolChoice.Named("t"),
                    random.nextBoolean() ? false : null,
                    new BigDecimal("0.7"),
                    random.nextBoolean() ? new BigDecimal("0.9") : null,
                    random.nextBoolean() ? new BigDecimal("40") : null,
                    random.nextBoolean() ? List.of("x", "y") : List.of(),
                    random.nextBoolean() ? new Thinking("low", null, "auto") : new Thinking(null, 1024L, "auto"),
                    random.nextBoolean()
                            ? new Format.JsonSchema("answer", null, Json.object("type", "object"), true)
                            : null,
                    null,
                    null);
            assertThat(read(written(prompt, MODEL))).as("seed " + seed).isEqualTo(prompt);
        }
    }

    private static List<Part> parts(boolean user, Random random) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            Part text = new Part.Text("é\"\\\n" + random.nextInt());
            parts.add(
                    switch (random.nextInt(3)) {
                        case 0 -> text;
                        case 1 ->
                            user
                                    ? new Part.Image("data:image/png;base64,AA" + i, null)
                                    : new Part.ToolCall("c" + i, "t", "{\"a\":[" + i + ",null]}", false);
                        default -> // open: the third
                            user ? text : new Part.Reasoning("r", new Seal(Dialect.ANTHROPIC, null, "s" + i, true));
                    });
        }
        return List.copyOf(parts);
    }
}
