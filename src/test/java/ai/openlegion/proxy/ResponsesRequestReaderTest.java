package ai.openlegion.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.proxy.CallRequest.Scan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponsesRequestReaderTest {

    private static CallRequest valid(String json) {
        Scan scan = CallRequest.scanResponses(json.replace('\'', '"').getBytes(UTF_8));
        assertThat(scan).as(json).isInstanceOf(Scan.Valid.class);
        return ((Scan.Valid) scan).request();
    }

    private static Scan.Malformed malformed(String json) {
        Scan scan = CallRequest.scanResponses(json.replace('\'', '"').getBytes(UTF_8));
        assertThat(scan).as(json).isInstanceOf(Scan.Malformed.class);
        return (Scan.Malformed) scan;
    }

    private static CallRequest item(String item) {
        return valid("{'model':'m','input':[" + item + "]}");
    }

    @Test
    void what_a_call_needs_is_read() {
        CallRequest request = valid("{'model':'sim/small','input':'hi','instructions':'be brief','stream':true,"
                + "'max_output_tokens':50,'agent_id':'a','store':true,'reasoning':{'effort':'low','mode':'standard','x':[1]},"
                + "'previous_response_id':null,'conversation':null,'prompt':null,'background':false,"
                + "'service_tier':'default','context_management':null,'x_new':{'a':1}}");
        assertThat(request.model()).isEqualTo("sim/small");
        assertThat(request.stream()).isTrue();
        assertThat(request.statedMaximum()).isEqualTo(50);
        assertThat(request.agentId()).isEqualTo("a");
        assertThat(request.hasImages()).isFalse();
        assertThat(request.inputTokenBound()).isGreaterThan("hibe brief".length());
    }

    @Test
    void the_bytes_go_out_with_model_and_maximum_changed_and_no_flag_for_figures() {
        String body = "{'model':'sim/small','input':[{'role':'user','content':'hi'}],'stream':true,"
                + "'stream_options':{'include_obfuscation':false},'max_output_tokens':500}";
        assertThat(BodyRewrite.upstreamBody(valid(body), "small", 40, "max_output_tokens", true)
                        .toString())
                .isEqualTo(body.replace('\'', '"').replace("sim/small", "small").replace("500", "40"));
        String silent = "{'model':'small','input':'hi','stream':true}";
        assertThat(BodyRewrite.upstreamBody(valid(silent), "small", 40, "max_output_tokens", true)
                        .toString())
                .isEqualTo(
                        "{\"max_output_tokens\":40," + silent.replace('\'', '"').substring(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'role':'user','content':'hi'}",
                "{'type':'message','role':'developer','content':[{'type':'input_text','text':'hi'}]}",
                "{'type':'message','role':'assistant','id':'msg_1','status':'completed','phase':'commentary',"
                        + "'content':[{'type':'output_text','text':'hi','annotations':[],'logprobs':[]},"
                        + "{'type':'refusal','refusal':'no'}]}",
                "{'type':'function_call','id':'fc_1','call_id':'c1','name':'f','arguments':'{}'}",
                "{'type':'function_call_output','call_id':'c1','output':'42'}",
                "{'type':'function_call_output','call_id':'c1','output':[{'type':'input_text','text':'42'}]}",
                "{'type':'custom_tool_call','call_id':'c1','name':'f','input':'x'}",
                "{'type':'custom_tool_call_output','call_id':'c1','output':'y'}",
                "{'type':'local_shell_call','id':'l','call_id':'c','status':'completed',"
                        + "'action':{'type':'exec','command':['ls'],'env':{}}}",
                "{'type':'local_shell_call_output','id':'l','output':'x'}",
                "{'type':'shell_call','call_id':'c','action':{'commands':['ls']},'environment':{'type':'local'}}",
                "{'type':'shell_call_output','call_id':'c','output':[{'stdout':'a','stderr':'',"
                        + "'outcome':{'type':'exit','exit_code':0}}]}",
                "{'type':'apply_patch_call','call_id':'c','status':'completed',"
                        + "'operation':{'type':'delete_file','path':'p'}}",
                "{'type':'apply_patch_call_output','call_id':'c','status':'completed','output':'done'}",
                "{'type':'reasoning','summary':[{'type':'summary_text','text':'hm'}],'encrypted_content':'abc',"
                        + "'content':[{'type':'reasoning_text','text':'hm'}]}",
                "{'type':'tool_search_call','execution':'client','arguments':{'q':'x'}}",
                "{'type':'additional_tools','role':'developer','tools':[{'type':'function','name':'f'}]}"
            })
    void what_the_client_says_or_ran_itself_is_served(String item) {
        assertThat(item(item).messageCount).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "item_reference",
                "web_search_call",
                "file_search_call",
                "computer_call",
                "computer_call_output",
                "code_interpreter_call",
                "image_generation_call",
                "mcp_call",
                "mcp_list_tools",
                "mcp_approval_request",
                "mcp_approval_response",
                "compaction",
                "compaction_trigger",
                "tool_search_call",
                "program",
                "quite_new"
            })
    void an_item_that_a_provider_runs_or_keeps_is_refused_by_name(String type) {
        var refusal = malformed("{'model':'m','input':[{'type':'" + type + "','id':'x'}]}");
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isEqualTo("input");
        assertThat(refusal.message()).contains("no price here").contains(type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'msg_1'}",
                "{'id':'msg_1','type':null}",
                "{'id':'msg_1','role':'user'}",
                "'text'",
                "{'role':'user','content':{'type':'input_text'}}",
                "{'role':'user','content':[{'type':'input_file','file_id':'f'}]}",
                "{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'x'}}]}",
                "{'role':'user','content':[{'type':'input_text','text':'x','file_data':'y'}]}",
                "{'role':'user','content':[{'type':'input_text','text':'x','file_id':'y'}]}",
                "{'role':'user','content':[{'text':'x'}]}",
                "{'role':'user','content':[{'type':'input_text','Type':'input_file','text':'x'}]}",
                "{'role':'user','content':[{'type':'input_text','Image_url':'u','text':'x'}]}",
                "{'type':'function_call_output','call_id':'c','output':[{'type':'input_file','file_url':'u'}]}",
                "{'type':'function_call_output','call_id':'c','output':[{'type':'computer_screenshot'}]}",
                "{'type':'shell_call','call_id':'c','action':{},'environment':"
                        + "{'type':'container_reference','container_id':'x'}}",
                "{'type':'additional_tools','role':'developer','tools':[{'type':'web_search'}]}"
            })
    void what_nothing_bounds_is_refused_wherever_it_hides(String item) {
        var refusal = malformed("{'model':'m','input':[" + item + "]}");
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isIn("input", "tools", "Type", "Image_url");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'function','name':'f','parameters':{'type':'object'},'strict':true}",
                "{'type':'custom','name':'f','format':{'type':'grammar','syntax':'lark','definition':'x'}}",
                "{'type':'local_shell'}",
                "{'type':'apply_patch'}",
                "{'type':'shell','environment':{'type':'local'}}",
                "{'type':'namespace','name':'n','description':'d','tools':[{'type':'function','name':'f'}]}",
                "{'type':'tool_search','execution':'client','parameters':{}}"
            })
    void tools_that_the_client_runs_are_served(String tool) {
        assertThat(valid("{'model':'m','input':'x','tools':[" + tool + "]}").toolCount)
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'web_search'}",
                "{'type':'web_search_preview'}",
                "{'type':'file_search','vector_store_ids':[]}",
                "{'type':'code_interpreter','container':{'type':'auto'}}",
                "{'type':'image_generation'}",
                "{'type':'mcp','server_label':'x'}",
                "{'type':'computer_use_preview'}",
                "{'type':'tool_search'}",
                "{'type':'tool_search','execution':'server'}",
                "{'type':'shell'}",
                "{'type':'shell','environment':{'type':'container_auto'}}",
                "{'type':'programmatic_tool_calling'}",
                "{'type':'namespace','name':'n','tools':[{'type':'web_search'}]}",
                "{'name':'f'}",
                "{'type':'function','Type':'web_search'}"
            })
    void tools_that_a_provider_runs_are_refused_by_name(String tool) {
        var refusal = malformed("{'model':'m','input':'x','tools':[" + tool + "]}");
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isIn("tools", "Type");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'previous_response_id':'resp_1'|previous_response_id",
                "'conversation':{'id':'c'}|conversation",
                "'prompt':{'id':'p'}|prompt",
                "'background':true|background",
                "'background':1|background",
                "'service_tier':'flex'|service_tier",
                "'service_tier':'auto'|service_tier",
                "'context_management':[{'type':'compaction'}]|context_management",
                "'max_output_tokens':0|max_output_tokens",
                "'max_output_tokens':'5'|max_output_tokens",
                "'max_output_tokens':1.5|max_output_tokens",
                "'stream':'yes'|stream",
                "'input':5|input",
                "'tools':{}|tools",
                "'Previous_response_id':'x'|Previous_response_id",
                "'INPUT':[]|INPUT",
                "'reasoning':{'mode':'pro'}|reasoning",
                "'reasoning':{'effort':'low','Mode':'pro'}|reasoning",
                "'container':'x'|container"
            },
            quoteCharacter = '~')
    void a_member_at_fault_is_named(String member, String name) {
        var refusal = malformed("{'model':'m'," + member + "}");
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.param()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'reasoning','id':'rs_1','summary':[]}|true",
                "{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':null}|true",
                "{'encrypted_content':'','summary':[],'id':'rs_1','type':'reasoning'}|true",
                "{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'abc'}|false",
                "{'type':'reasoning','id':null,'summary':[]}|false",
                "{'type':'reasoning','summary':[{'type':'summary_text','text':'hm'}]}|false",
                "{'type':'message','id':'msg_1','role':'assistant','content':'hi'}|false"
            },
            quoteCharacter = '~')
    void reasoning_that_is_named_and_not_sent_along_is_noticed(String item, boolean named) {
        assertThat(item(item).namesStored()).isEqualTo(named);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'cache_control':%s",
                "'input':[{'role':'user','content':'x','cache_control':%s}]",
                "'input':[{'role':'user','content':[{'type':'input_text','text':'x','cache_control':%s}]}]",
                "'tools':[{'type':'function','name':'f','cache_control':%s}]"
            })
    void a_cache_for_an_hour_is_noticed_anywhere(String member) {
        String json = "{'model':'m'," + member + "}";
        assertThat(valid(json.formatted("{'type':'ephemeral','ttl':'1h'}")).longCache())
                .isTrue();
        assertThat(valid(json.formatted("{'type':'ephemeral'}")).longCache()).isFalse();
    }

    @Test
    void the_data_of_an_image_is_no_text() {
        String data = "data:image/png;base64," + "A".repeat(5000);
        CallRequest request = item("{'role':'user','content':[{'type':'input_text','text':'look'},"
                + "{'type':'input_image','detail':'low','image_url':'" + data + "'}]}");
        assertThat(request.hasImages()).isTrue();
        assertThat(request.inputTokenBound()).isLessThan(1000);
        assertThat(item("{'role':'user','content':[{'type':'input_image','file_id':'file-1'}]}")
                        .hasImages())
                .isTrue();
    }

    @Test
    void all_that_the_model_reads_is_in_the_bound() {
        String text = "ä".repeat(400);
        for (String item : new String[] {
            "{'role':'user','content':'%s'}",
            "{'role':'user','content':[{'type':'input_text','text':'%s'}]}",
            "{'type':'function_call','call_id':'c','name':'f','arguments':'%s'}",
            "{'type':'function_call_output','call_id':'c','output':'%s'}",
            "{'type':'reasoning','summary':[],'encrypted_content':'%s'}",
            "{'type':'reasoning','summary':[{'type':'summary_text','text':'%s'}]}",
            "{'type':'shell_call_output','call_id':'c','output':[{'stdout':'%s','stderr':''}]}",
            "{'type':'additional_tools','role':'developer','tools':[{'type':'function','name':'%s'}]}"
        }) {
            assertThat(item(item.formatted(text)).inputTokenBound()).as(item).isGreaterThan(800);
        }
        assertThat(valid("{'input':'x','instructions':'" + text + "'}").inputTokenBound())
                .isGreaterThan(800);
        assertThat(valid("{'input':'x','tools':[{'type':'function','name':'" + text + "'}]}")
                        .inputTokenBound())
                .isBetween(800L, 2000L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'input':[", "{'input':[{'role':'user'", "{'input':'x','input':'y'}", "[]", ""})
    void a_body_that_is_not_json_is_refused(String body) {
        assertThat(malformed(body).status()).isEqualTo(400);
    }
}
