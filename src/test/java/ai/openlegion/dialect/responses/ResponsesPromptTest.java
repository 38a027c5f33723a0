package ai.openlegion.dialect.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.dialect.messages.MessagesCodec;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponsesPromptTest {

    /// What Codex sends, as its sources build it: history without ids, hints of its own, a freeform tool.
    private static final String CODEX = """
            {"model":"gpt-5.3-codex","instructions":"You are Codex.","input":[
             {"type":"message","role":"developer","content":[{"type":"input_text","text":"sandbox: on"}]},
             {"type":"message","role":"user","content":[{"type":"input_text","text":"<environment/>"}]},
             {"type":"message","role":"user","content":[{"type":"input_text","text":"fix it"},
              {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
             {"type":"reasoning","summary":[{"type":"summary_text","text":"**Look**"}],"content":null,
              "encrypted_content":"gAAAAB"},
             {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Looking."}],
              "phase":"commentary"},
             {"type":"function_call","name":"exec_command","arguments":"{\\"cmd\\":\\"ls\\"}","call_id":"call_1"},
             {"type":"custom_tool_call","status":"completed","call_id":"call_2","name":"apply_patch","input":"*** B"},
             {"type":"function_call_output","call_id":"call_1","output":"a.txt"},
             {"type":"custom_tool_call_output","call_id":"call_2","output":[{"type":"input_text","text":"Done"}]}],
             "tools":[{"type":"function","name":"exec_command","description":"Runs","strict":false,
              "parameters":{"type":"object","properties":{"cmd":{"type":"string"}}}},
              {"type":"custom","name":"apply_patch","description":"Edits","format":{"type":"grammar",
              "syntax":"lark","definition":"start: x"}}],
             "tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"effort":"medium","summary":"auto"},
             "store":false,"stream":true,"include":["reasoning.encrypted_content"],"service_tier":null,
             "prompt_cache_key":"0199","text":{"verbosity":"low"},
             "client_metadata":{"x-codex-installation-id":"i"}}""";

    private static Prompt read(String json) {
        try {
            return ResponsesCodec.INSTANCE.readPrompt(PlainJson.readObject(json.replace('\'', '"')));
        } catch (Untranslatable refused) {
            throw new AssertionError(refused.field() + ": " + refused.text(), refused);
        }
    }

    private static Map<String, @Nullable Object> write(Prompt prompt) {
        try {
            return ResponsesCodec.INSTANCE.writePrompt(prompt, "gpt", true);
        } catch (Untranslatable refused) {
            throw new AssertionError(refused.field() + ": " + refused.text(), refused);
        }
    }

    private static Prompt of(Turn... turns) {
        return new Prompt(List.of(turns), List.of(), null, null, null, null, null, List.of(), null, null, null, null);
    }

    @Test
    void the_request_of_codex_is_understood() {
        Prompt prompt = read(CODEX);
        assertThat(prompt.turns())
                .containsExactly(
                        new Turn(Role.SYSTEM, List.of(new Part.Text("You are Codex."))),
                        new Turn(Role.DEVELOPER, List.of(new Part.Text("sandbox: on"))),
                        new Turn(Role.USER, List.of(new Part.Text("<environment/>"))),
                        new Turn(
                                Role.USER,
                                List.of(new Part.Text("fix it"), new Part.Image("data:image/png;base64,AAAA", null))),
                        new Turn(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.Reasoning(
                                                "**Look**", new Part.Seal(Dialect.RESPONSES, null, "gAAAAB", true)),
                                        new Part.Text("Looking."),
                                        new Part.ToolCall("call_1", "exec_command", "{\"cmd\":\"ls\"}", false),
                                        new Part.ToolCall("call_2", "apply_patch", "*** B", true))),
                        new Turn(
                                Role.USER,
                                List.of(
                                        new Part.ToolResult("call_1", List.of(new Part.Text("a.txt")), false, false),
                                        new Part.ToolResult("call_2", List.of(new Part.Text("Done")), false, true))));
        assertThat(prompt.tools())
                .extracting(Tool::name, Tool::freeform)
                .containsExactly(tuple("exec_command", false), tuple("apply_patch", true));
        assertThat(prompt.tools().get(1).grammar())
                .containsEntry("syntax", "lark")
                .doesNotContainKey("type");
        assertThat(prompt.toolChoice()).isEqualTo(new ToolChoice.Auto());
        assertThat(prompt.parallelTools()).isTrue();
        assertThat(prompt.thinking()).isEqualTo(new Thinking("medium", null, "auto"));
        assertThat(prompt.verbosity()).isEqualTo("low");
        assertThat(prompt.format()).isNull();
    }

    @Test
    void the_request_of_codex_comes_out_of_the_middle_as_it_went_in() {
        Map<String, @Nullable Object> body = write(read(CODEX));
        assertThat(read(PlainJson.write(body))).isEqualTo(read(CODEX));
        assertThat(body)
                .containsEntry("instructions", "You are Codex.")
                .containsEntry("store", false)
                .containsEntry("stream", true)
                .containsEntry("include", List.of("reasoning.encrypted_content"))
                .doesNotContainKeys("max_output_tokens", "stop", "user");
    }

    @Test
    void the_request_of_codex_can_be_said_in_every_dialect() throws Untranslatable {
        assertThat(PlainJson.write(ChatCodec.INSTANCE.writePrompt(read(CODEX), "small", true)))
                .contains("You are Codex.", "fix it", "exec_command", "*** B", "a.txt");
        assertThat(PlainJson.write(MessagesCodec.INSTANCE.writePrompt(read(CODEX), "claude-sonnet-4-5", true)))
                .contains("You are Codex.", "fix it", "exec_command", "*** B", "a.txt");
    }

    @Test
    void a_string_is_a_message_of_the_user() {
        assertThat(read("{'input':'hi'}").turns()).containsExactly(new Turn(Role.USER, List.of(new Part.Text("hi"))));
        assertThat(read("{'input':[{'role':'user','content':'hi'}]}").turns())
                .containsExactly(new Turn(Role.USER, List.of(new Part.Text("hi"))));
    }

    @Test
    void a_prompt_survives_being_written_and_read() {
        for (long seed = 0; seed < 300; seed++) {
            Prompt prompt = random(new Random(seed));
            assertThat(read(PlainJson.write(write(prompt))))
                    .as("seed %d: %s", seed, PlainJson.write(write(prompt)))
                    .isEqualTo(prompt);
        }
    }

    private static Prompt random(Random random) {
        List<Turn> turns = new ArrayList<>();
        if (random.nextBoolean()) {
            turns.add(new Turn(Role.SYSTEM, List.of(new Part.Text("Be \"brief\"."))));
        }
        turns.add(new Turn(random.nextBoolean() ? Role.DEVELOPER : Role.USER, content(random)));
        for (int i = random.nextInt(4); i > 0; i--) {
            turns.add(new Turn(Role.USER, content(random)));
            turns.add(new Turn(Role.ASSISTANT, answer(random)));
            turns.add(new Turn(
                    Role.USER,
                    List.of(
                            new Part.ToolResult("c1", content(random), false, false),
                            new Part.ToolResult("c2", List.of(new Part.Text("x")), false, true))));
        }
        Map<String, @Nullable Object> schema = PlainJson.readObject("{\"type\":\"object\",\"minimum\":1.50}");
        List<Tool> tools = random.nextBoolean()
                ? List.of()
                : List.of(
                        new Tool("f", "does", schema, random.nextBoolean(), false, null),
                        new Tool("g", null, null, null, true, grammar(random)));
        boolean named = random.nextBoolean();
        return new Prompt(
                turns,
                tools,
                tools.isEmpty() ? null : named ? new ToolChoice.Named("g") : new ToolChoice.Required(),
                random.nextBoolean() ? null : random.nextBoolean(),
                random.nextBoolean() ? null : new BigDecimal("0.70"),
                random.nextBoolean() ? null : new BigDecimal("0.9"),
                null,
                List.of(),
                random.nextBoolean() ? null : new Thinking(random.nextBoolean() ? "high" : null, null, "concise"),
                random.nextBoolean() ? null : new Format.JsonSchema("s", "d", schema, random.nextBoolean()),
                random.nextBoolean() ? null : "high",
                random.nextBoolean() ? null : "user-1");
    }

    private static @Nullable Map<String, @Nullable Object> grammar(Random random) {
        return random.nextBoolean() ? null : PlainJson.readObject("{\"syntax\":\"regex\",\"definition\":\"a+\"}");
    }

    private static List<Part> content(Random random) {
        List<Part> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            parts.add(random.nextInt(3) == 0 ? new Part.Image("https://x/y.png", "low") : new Part.Text("t" + i));
        }
        return parts;
    }

    private static List<Part> answer(Random random) {
        List<Part> parts = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            parts.add(
                    switch (random.nextInt(4)) {
                        case 0 -> new Part.Text("said " + i);
                        case 1 -> new Part.Refusal("no " + i);
                        case 2 ->
                            new Part.Reasoning(
                                    random.nextBoolean() ? "" : "hm",
                                    new Part.Seal(Dialect.RESPONSES, random.nextBoolean() ? null : "rs_1", "gA", true));
                        default -> // open: a number
                            new Part.ToolCall("c" + i, "f", "{}", random.nextBoolean());
                    });
        }
        return parts;
    }

    @Test
    void reasoning_that_another_provider_sealed_goes_back_to_it_alone() {
        var seal = new Part.Seal(Dialect.ANTHROPIC, null, "sig.with/dots", true);
        String sealed = AnswerWriter.sealed(seal);
        Prompt prompt = read("{'input':[{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text',"
                + "'text':'hm'}],'encrypted_content':" + sealed + "},{'role':'assistant','content':'a'}]}");
        assertThat(prompt.turns().getFirst().parts())
                .containsExactly(new Part.Reasoning("hm", seal), new Part.Text("a"));
        assertThat(PlainJson.write(write(prompt))).doesNotContain("reasoning").doesNotContain("sig.with");
    }

    @Test
    void reasoning_of_which_nothing_is_left_is_none() {
        assertThat(read("{'input':[{'type':'reasoning','id':'rs_1','summary':[]},{'role':'user','content':'x'}]}")
                        .turns())
                .hasSize(1);
    }

    @Test
    void a_failed_tool_and_a_function_that_is_not_strict_are_said_as_well_as_can_be() {
        Prompt prompt = new Prompt(
                List.of(new Turn(
                        Role.USER,
                        List.of(
                                new Part.ToolResult("c", List.of(), true, false),
                                new Part.ToolResult("d", List.of(new Part.Text("No such file")), true, false),
                                new Part.ToolResult("e", List.of(new Part.Text("error: 7")), true, true)))),
                List.of(new Tool("f", null, null, null, false, null)),
                new ToolChoice.Named("f"),
                null,
                null,
                null,
                null,
                List.of(),
                new Thinking(null, 8000L, null),
                new Format.JsonObject(),
                null,
                "x".repeat(65));
        assertThat(PlainJson.write(write(prompt)))
                .isEqualTo(("{'model':'gpt','input':[{'type':'function_call_output','call_id':'c','output':'Error'},"
                                        + "{'type':'function_call_output','call_id':'d','output':'Error: No such file'},"
                                        + "{'type':'custom_tool_call_output','call_id':'e','output':'error: 7'}],")
                                .replace('\'', '"')
                        + ("'tools':[{'type':'function','name':'f','parameters':null,'strict':false}],"
                                        + "'tool_choice':{'type':'function','name':'f'},"
                                        + "'text':{'format':{'type':'json_object'}},'reasoning':{'effort':'medium'},"
                                        + "'include':['reasoning.encrypted_content'],'store':false,'stream':true}")
                                .replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'store':true,'metadata':{'a':'b'},'truncation':'auto','stream_options':{'include_obfuscation':false}",
                "'prompt_cache_key':'k','prompt_cache_retention':'24h','prompt_cache_options':{'mode':'explicit'}",
                "'max_output_tokens':5,'max_tool_calls':3,'top_logprobs':0,'service_tier':'default'",
                "'previous_response_id':null,'conversation':null,'prompt':null,'background':false,'moderation':null",
                "'reasoning':{'context':'auto','mode':'standard','effort':null},'text':{'format':{'type':'text'}}"
            })
    void hints_are_left_out(String members) {
        assertThat(read("{'model':'m','input':'hi'," + members + "}"))
                .isEqualTo(of(new Turn(Role.USER, List.of(new Part.Text("hi")))));
    }

    @Test
    void the_newer_word_for_the_user_counts() {
        assertThat(read("{'input':'x','user':'a','safety_identifier':'b'}").endUser())
                .isEqualTo("b");
        assertThat(read("{'input':'x','user':'a'}").endUser()).isEqualTo("a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{}|input",
                "{'input':5}|input",
                "{'input':['x']}|input[0]",
                "{'input':'x','moderation':{'model':'m'}}|moderation",
                "{'input':'x','seed':1}|seed",
                "{'input':'x','top_logprobs':2}|top_logprobs",
                "{'input':'x','include':['message.output_text.logprobs']}|include[0]",
                "{'input':'x','temperature':'hot'}|temperature",
                "{'input':'x','instructions':['a']}|instructions",
                "{'input':'x','parallel_tool_calls':1}|parallel_tool_calls",
                "{'input':'x','tools':{}}|tools",
                "{'input':'x','tools':[{'type':'function','name':'f'},{'type':'local_shell'}]}|tools[1].type",
                "{'input':'x','tools':[{'type':'shell','environment':{'type':'local'}}]}|tools[0].type",
                "{'input':'x','tools':[{'type':'apply_patch'}]}|tools[0].type",
                "{'input':'x','tools':[{'type':'namespace','name':'n','tools':[]}]}|tools[0].type",
                "{'input':'x','tools':[{'type':'function'}]}|tools[0].name",
                "{'input':'x','tools':[{'type':'function','name':'f','x':1}]}|tools[0].x",
                "{'input':'x','tools':[{'type':'custom','name':'f','format':{'type':'xml'}}]}|tools[0].format.type",
                "{'input':'x','tool_choice':'maybe'}|tool_choice",
                "{'input':'x','tool_choice':{'type':'allowed_tools','tools':[]}}|tool_choice.type",
                "{'input':'x','tool_choice':{'type':'shell'}}|tool_choice.type",
                "{'input':'x','reasoning':{'depth':1}}|reasoning.depth",
                "{'input':'x','text':{'format':{'type':'json_schema','name':'n'}}}|text.format.schema",
                "{'input':'x','text':{'format':{'type':'xml'}}}|text.format.type",
                "{'input':'x','text':{'tone':'kind'}}|text.tone",
                "{'input':[{'type':'local_shell_call'}]}|input[0].type",
                "{'input':[{'type':'shell_call_output'}]}|input[0].type",
                "{'input':[{'type':'apply_patch_call'}]}|input[0].type",
                "{'input':[{'type':'additional_tools'}]}|input[0].type",
                "{'input':[{'type':'function_call','name':'f','arguments':'{}'}]}|input[0].call_id",
                "{'input':[{'type':'function_call','call_id':'c','name':'f','arguments':{}}]}|input[0].arguments",
                "{'input':[{'type':'function_call','namespace':'n','call_id':'c'}]}|input[0].namespace",
                "{'input':[{'role':'tool','content':'x'}]}|input[0].role",
                "{'input':[{'role':'user','content':[{'type':'input_file'}]}]}|input[0].content[0].type",
                "{'input':[{'role':'user','content':[{'type':'input_image','file_id':'f'}]}]}"
                        + "|input[0].content[0].file_id"
            })
    void what_cannot_be_said_elsewhere_is_refused_by_name(String body, String field) {
        assertThatThrownBy(() -> ResponsesCodec.INSTANCE.readPrompt(PlainJson.readObject(body.replace('\'', '"'))))
                .isInstanceOfSatisfying(Untranslatable.class, refused -> {
                    assertThat(refused.field()).isEqualTo(field);
                    assertThat(refused.text()).contains(field);
                });
    }

    @Test
    void what_this_dialect_has_no_word_for_is_refused_by_name() {
        var turn = new Turn(Role.USER, List.of(new Part.Text("x")));
        assertThatThrownBy(() -> ResponsesCodec.INSTANCE.writePrompt(
                        new Prompt(
                                List.of(turn),
                                List.of(),
                                null,
                                null,
                                null,
                                null,
                                null,
                                List.of("END"),
                                null,
                                null,
                                null,
                                null),
                        "m",
                        false))
                .isInstanceOfSatisfying(
                        Untranslatable.class,
                        refused -> assertThat(refused.field()).isEqualTo("stop"));
        assertThatThrownBy(() -> ResponsesCodec.INSTANCE.writePrompt(
                        new Prompt(
                                List.of(turn),
                                List.of(),
                                null,
                                null,
                                null,
                                null,
                                BigDecimal.TEN,
                                List.of(),
                                null,
                                null,
                                null,
                                null),
                        "m",
                        false))
                .isInstanceOfSatisfying(
                        Untranslatable.class,
                        refused -> assertThat(refused.field()).isEqualTo("top_k"));
        assertThatThrownBy(() -> ResponsesCodec.INSTANCE.writePrompt(
                        of(new Turn(Role.ASSISTANT, List.of(new Part.Image("https://x", null)))), "m", false))
                .isInstanceOf(Untranslatable.class);
    }
}
