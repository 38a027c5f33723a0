package ai.openlegion.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.dialect.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponsesAnswerReaderTest {

    private static final String CREATED =
            "{'type':'response.created','sequence_number':0,'response':{'id':'resp_1','object':'response',"
                    + "'created_at':1741290958,'status':'in_progress','error':null,'model':'gpt-4.1',"
                    + "'instructions':'You are a helpful assistant.','output':[],'tools':[],'usage':null,'metadata':{}}}";

    private static final String USAGE = "'usage':{'input_tokens':37,'input_tokens_details':{'cached_tokens':5},"
            + "'output_tokens':11,'output_tokens_details':{'reasoning_tokens':3},'total_tokens':48}";

    private static final String USED =
            "used Usage[inputTokens=37, cachedTokens=5, cacheWriteTokens=0, cacheWriteLongTokens=0, outputTokens=11,"
                    + " reasoningTokens=3]";

    /// The example of OpenAI's reference on streaming.
    private static final List<String> TEXT = List.of(
            CREATED,
            "{'type':'response.in_progress','sequence_number':1,'response':{'id':'resp_1','model':'gpt-4.1'}}",
            "{'type':'response.output_item.added','sequence_number':2,'output_index':0,'item':{'id':'msg_1',"
                    + "'type':'message','status':'in_progress','role':'assistant','content':[]}}",
            "{'type':'response.content_part.added','sequence_number':3,'item_id':'msg_1','output_index':0,"
                    + "'content_index':0,'part':{'type':'output_text','text':'','annotations':[]}}",
            "{'type':'response.output_text.delta','sequence_number':4,'item_id':'msg_1','output_index':0,"
                    + "'content_index':0,'delta':'Hi','logprobs':[],'obfuscation':'x8Fd'}",
            "{'type':'response.output_text.delta','sequence_number':5,'item_id':'msg_1','output_index':0,"
                    + "'content_index':0,'delta':' \\u00fc\\n','logprobs':[]}",
            "{'type':'response.output_text.done','sequence_number':6,'item_id':'msg_1','output_index':0,"
                    + "'content_index':0,'text':'Hi ü\\n','logprobs':[]}",
            "{'type':'response.content_part.done','sequence_number':7,'item_id':'msg_1','output_index':0,"
                    + "'content_index':0,'part':{'type':'output_text','text':'Hi ü\\n','annotations':[]}}",
            "{'type':'response.output_item.done','sequence_number':8,'output_index':0,'item':{'id':'msg_1',"
                    + "'type':'message','status':'completed','role':'assistant','content':[{'type':'output_text',"
                    + "'text':'Hi ü\\n','annotations':[]}]}}",
            "{'type':'response.completed','sequence_number':9,'response':{'id':'resp_1','status':'completed',"
                    + "'model':'gpt-4.1','output':[{'id':'msg_1','type':'message','content':[{'type':'output_text',"
                    + "'text':'Hi ü\\n'}]}]," + USAGE + "}}");

    private static List<String> told(ResponsesAnswerReader reader, List<String> documents) {
        return Told.stream(
                reader, documents.stream().map(d -> d.replace('\'', '"')).toList());
    }

    private static List<String> told(String... documents) {
        return told(new ResponsesAnswerReader(), Arrays.asList(documents));
    }

    @Test
    void a_text_is_told_once_however_often_it_comes() {
        var reader = new ResponsesAnswerReader();
        assertThat(told(reader, TEXT))
                .containsExactly(
                        "started resp_1 gpt-4.1 1741290958",
                        "TEXT 0 Hi",
                        "TEXT 0  \\u00fc\\n",
                        "part ended 0",
                        USED,
                        "ended END",
                        "completed");
        assertThat(reader.standing().sequence).isEqualTo(9);
        assertThat(reader.standing().id).isEqualTo("resp_1");
        assertThat(reader.standing().model).isEqualTo("gpt-4.1");
        assertThat(reader.standing().created).isEqualTo(1741290958);
        assertThat(reader.standing().open).isEmpty();
        assertThat(reader.standing().usage).isEqualTo(new Usage(37, 5, 0, 0, 11, 3));
    }

    @Test
    void where_the_stream_stands_is_known_at_every_moment() {
        var reader = new ResponsesAnswerReader();
        assertThat(told(reader, TEXT.subList(0, 2))).hasSize(1);
        assertThat(reader.standing().started).isTrue();
        assertThat(reader.standing().hasOutput).isFalse();
        assertThat(told(reader, TEXT.subList(2, 5))).hasSize(1);
        assertThat(reader.standing().hasOutput).isTrue();
        assertThat(reader.standing().open).containsExactly(0);
        assertThat(reader.standing().sequence).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"delta", "output_text.done", "output_item.done", "completed"})
    void a_text_counts_by_whichever_event_tells_it(String only) {
        List<String> documents = new ArrayList<>();
        for (String document : TEXT) {
            boolean tells = document.contains("Hi") || document.contains("fc");
            if (!tells || document.contains("." + only + "'") || document.contains("response.completed")) {
                documents.add(document);
            }
        }
        if (!only.equals("completed")) {
            documents.replaceAll(document -> document.replaceAll("'output':\\[\\{.*\\]\\}\\],", "'output':[],"));
        }
        assertThat(told(new ResponsesAnswerReader(), documents)).contains("part ended 0", "ended END", "completed");
        assertThat(told(new ResponsesAnswerReader(), documents).stream()
                        .filter(line -> line.startsWith("TEXT"))
                        .map(line -> line.substring("TEXT 0 ".length()).replace("\\u00fc", "ü"))
                        .reduce("", String::concat))
                .isEqualTo("Hi ü\\n");
    }

    @Test
    void calls_are_told_with_the_ids_by_which_their_results_come_back() {
        assertThat(told(
                        CREATED,
                        "{'type':'response.output_item.added','output_index':0,'item':{'type':'function_call',"
                                + "'id':'fc_1','call_id':'call_1','name':'get_weather','arguments':''}}",
                        "{'type':'response.function_call_arguments.delta','item_id':'fc_1','output_index':0,"
                                + "'delta':'{\\\"a\\\":'}",
                        "{'type':'response.function_call_arguments.delta','item_id':'fc_1','output_index':0,"
                                + "'delta':'1}'}",
                        "{'type':'response.function_call_arguments.done','item_id':'fc_1','output_index':0,"
                                + "'arguments':'{\\\"a\\\":1}'}",
                        "{'type':'response.output_item.done','output_index':0,'item':{'type':'function_call',"
                                + "'id':'fc_1','call_id':'call_1','name':'get_weather','arguments':'{\\\"a\\\":1}'}}",
                        "{'type':'response.output_item.done','output_index':1,'item':{'type':'custom_tool_call',"
                                + "'id':'ctc_1','call_id':'call_2','name':'apply_patch','input':'*** Begin'}}",
                        "{'type':'response.completed','response':{'id':'resp_1','output':[]," + USAGE + "}}"))
                .containsExactly(
                        "started resp_1 gpt-4.1 1741290958",
                        "call 0 call_1 get_weather",
                        "ARGUMENTS 0 {\\\"a\\\":",
                        "ARGUMENTS 0 1}",
                        "part ended 0",
                        "call 1 call_2 apply_patch freeform",
                        "ARGUMENTS 1 *** Begin",
                        "part ended 1",
                        USED,
                        "ended TOOL_CALLS",
                        "completed");
    }

    @Test
    void reasoning_is_one_part_with_its_seal() {
        assertThat(told(
                        CREATED,
                        "{'type':'response.output_item.added','output_index':0,'item':{'type':'reasoning',"
                                + "'id':'rs_1','summary':[],'encrypted_content':'half'}}",
                        "{'type':'response.reasoning_summary_part.added','output_index':0,'summary_index':0,"
                                + "'part':{'type':'summary_text','text':''}}",
                        "{'type':'response.reasoning_summary_text.delta','output_index':0,'summary_index':0,"
                                + "'delta':'First'}",
                        "{'type':'response.reasoning_summary_text.delta','output_index':0,'summary_index':0,"
                                + "'delta':'ly'}",
                        "{'type':'response.reasoning_summary_text.done','output_index':0,'summary_index':0,"
                                + "'text':'Firstly'}",
                        "{'type':'response.reasoning_summary_text.delta','output_index':0,'summary_index':1,"
                                + "'delta':'Then'}",
                        "{'type':'response.reasoning_text.delta','output_index':0,'content_index':0,'delta':'raw'}",
                        "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning',"
                                + "'id':'rs_1','summary':[{'type':'summary_text','text':'Firstly'},"
                                + "{'type':'summary_text','text':'Then'}],'content':[{'type':'reasoning_text',"
                                + "'text':'raw'}],'encrypted_content':'gAAA=='}}",
                        "{'type':'response.output_item.done','output_index':1,'item':{'type':'reasoning',"
                                + "'id':'rs_2','summary':[],'encrypted_content':'gBBB'}}"))
                .containsExactly(
                        "started resp_1 gpt-4.1 1741290958",
                        "REASONING 0 First",
                        "REASONING 0 ly",
                        "REASONING 0 \\n\\n",
                        "REASONING 0 Then",
                        "REASONING 0 \\n\\n",
                        "REASONING 0 raw",
                        "sealed 0 ol1.openai-responses.r.cnNfMQ.gAAA==",
                        "part ended 0",
                        "sealed 1 ol1.openai-responses.r.cnNfMg.gBBB",
                        "part ended 1");
    }

    @Test
    void refusals_and_contents_beside_each_other_are_parts_of_their_own() {
        assertThat(told(
                        CREATED,
                        "{'type':'response.output_text.delta','output_index':0,'content_index':0,'delta':'a'}",
                        "{'type':'response.refusal.delta','output_index':0,'content_index':1,'delta':'no'}",
                        "{'type':'response.refusal.done','output_index':0,'content_index':1,'refusal':'no'}",
                        "{'type':'response.completed','response':{'id':'resp_1'}}"))
                .containsExactly(
                        "started resp_1 gpt-4.1 1741290958",
                        "TEXT 0 a",
                        "REFUSAL 1 no",
                        "part ended 0",
                        "part ended 1",
                        "ended END",
                        "completed");
    }

    @Test
    void what_the_provider_or_a_shell_ran_counts_though_no_event_shows_it() {
        assertThat(told(
                        CREATED,
                        "{'type':'response.output_item.added','output_index':0,'item':{'type':'web_search_call',"
                                + "'id':'ws_1'}}",
                        "{'type':'response.web_search_call.searching','output_index':0,'item_id':'ws_1'}",
                        "{'type':'response.output_item.done','output_index':0,'item':{'type':'web_search_call',"
                                + "'id':'ws_1','action':{'type':'search','query':'x'}}}",
                        "{'type':'codex.rate_limits','plan_type':'plus','delta':['x']}",
                        "{'type':'keepalive','sequence_number':7}",
                        "{'type':'response.function_call_arguments.delta','output_index':1,'delta':'lost'}"))
                .containsExactly("started resp_1 gpt-4.1 1741290958", "unshown", "unshown");
    }

    @ParameterizedTest
    @CsvSource({
        "'response.incomplete','max_output_tokens',LENGTH",
        "'response.incomplete','content_filter',REFUSAL",
        "'response.incomplete','',LENGTH",
        "'response.completed','',END"
    })
    void why_it_ended_is_told(String type, String why, String reason) {
        List<String> forms = why.isEmpty()
                ? List.of("null", "{}", "{'reason':null}", "{'reason':''}")
                : List.of("{'reason':'" + why + "'}");
        for (String details : forms) {
            assertThat(told(
                            CREATED,
                            "{'type':'" + type + "','response':{'id':'resp_1','incomplete_details':" + details + ","
                                    + USAGE + "}}"))
                    .as(details)
                    .containsExactly("started resp_1 gpt-4.1 1741290958", USED, "ended " + reason, "completed");
        }
    }

    @Test
    void a_failure_is_told_in_neutral_words() {
        assertThat(told(
                        CREATED,
                        "{'type':'response.failed','response':{'id':'resp_1','status':'failed',"
                                + "'error':{'code':'context_length_exceeded','message':'too long'}," + USAGE + "}}"))
                .containsExactly(
                        "started resp_1 gpt-4.1 1741290958",
                        USED,
                        "failed CONTEXT_LENGTH context_length_exceeded too long");
        assertThat(told("{'type':'error','code':'rate_limit_exceeded','message':'slow','param':null}"))
                .containsExactly("failed RATE_LIMITED rate_limit_exceeded slow");
        assertThat(told("{'type':'error','error':{'type':'server_error','code':null,'message':'oh'}}"))
                .containsExactly("failed SERVER null oh");
    }

    @Test
    void a_whole_response_says_the_same() {
        String json = "{'id':'resp_1','object':'response','created_at':1741476542,'status':'completed','error':null,"
                + "'incomplete_details':null,'model':'gpt-4.1','output':[{'type':'reasoning','id':'rs_1',"
                + "'summary':[{'type':'summary_text','text':'hm'}],'encrypted_content':'gAAA'},{'type':'message',"
                + "'id':'msg_1','status':'completed','role':'assistant','content':[{'type':'output_text',"
                + "'text':'Hi','annotations':[]}]},{'type':'function_call','id':'fc_1','call_id':'c1','name':'f',"
                + "'arguments':'{}'}]," + USAGE + "}";
        assertThat(Told.whole(json.replace('\'', '"')))
                .containsExactly(
                        "started resp_1 gpt-4.1 1741476542",
                        "REASONING 0 hm",
                        "sealed 0 ol1.openai-responses.r.cnNfMQ.gAAA",
                        "part ended 0",
                        "TEXT 1 Hi",
                        "part ended 1",
                        "call 2 c1 f",
                        "ARGUMENTS 2 {}",
                        "part ended 2",
                        USED,
                        "ended TOOL_CALLS",
                        "completed");
        assertThat(Told.whole("{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"oh\"}}"))
                .containsExactly("failed SERVER server_error oh");
        assertThat(Told.whole("{\"error\":{\"type\":\"insufficient_quota\",\"message\":\"no money\"}}"))
                .containsExactly("failed BILLING null no money");
        assertThat(Told.whole("{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},"
                        + "\"output\":[]}"))
                .containsExactly("started   0", "ended LENGTH", "completed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "{} {}", "{\"type\":\"x\"", "no", "\"x\""})
    void what_is_no_document_is_refused(String data) {
        byte[] bytes = data.getBytes(UTF_8);
        assertThatThrownBy(() -> new ResponsesAnswerReader().frame(bytes, 0, bytes.length, new Told()))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new ResponsesAnswerReader().whole(bytes, new Told()))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"status\":\"in_progress\",\"output\":[]}", "{\"choices\":[]}"})
    void what_is_no_answer_is_refused(String json) {
        assertThatThrownBy(() -> new ResponsesAnswerReader().whole(json.getBytes(UTF_8), new Told()))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'input_tokens':-1,'output_tokens':1}",
                "{'output_tokens':1}",
                "{'input_tokens':1,'output_tokens':1,'input_tokens_details':{'cached_tokens':2}}",
                "{'input_tokens':99999999999999999999,'output_tokens':1}",
                "[]",
                "7"
            })
    void figures_that_cannot_be_are_none(String usage) {
        assertThat(told(CREATED, "{'type':'response.completed','response':{'usage':" + usage + ",'output':[]}}"))
                .containsExactly("started resp_1 gpt-4.1 1741290958", "ended END", "completed");
    }
}
