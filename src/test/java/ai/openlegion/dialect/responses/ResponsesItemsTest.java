package ai.openlegion.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Output items are told once whatever the servers that speak Responses call them by.
class ResponsesItemsTest {

    /// How a server names its items.
    enum Naming {
        AS_OPENAI,
        NO_INDEX,
        FROM_ONE,
        ALWAYS_ZERO,
        NO_IDS,
        OTHER_IDS_EACH_TIME,
        NEITHER
    }

    private static final String OUTPUT =
            "{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'hm'}]},"
                    + "{'type':'message','id':'msg_1','content':[{'type':'output_text','text':'Hi'}]},"
                    + "{'type':'function_call','id':'fc_1','call_id':'A','name':'f','arguments':'{1}'},"
                    + "{'type':'function_call','id':'fc_2','call_id':'B','name':'f','arguments':'{2}'}";

    private static final List<String> STREAM = List.of(
            "{'type':'response.created','response':{'id':'resp_1','model':'m','created_at':1}}",
            "{'type':'response.output_item.added','output_index':0,'item':{'type':'reasoning','id':'rs_1'}}",
            "{'type':'response.reasoning_summary_text.delta','output_index':0,'item_id':'rs_1','summary_index':0,"
                    + "'delta':'hm'}",
            "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning','id':'rs_1',"
                    + "'summary':[{'type':'summary_text','text':'hm'}]}}",
            "{'type':'response.output_item.added','output_index':1,'item':{'type':'message','id':'msg_1',"
                    + "'content':[]}}",
            "{'type':'response.output_text.delta','output_index':1,'item_id':'msg_1','content_index':0,'delta':'Hi'}",
            "{'type':'response.output_text.done','output_index':1,'item_id':'msg_1','content_index':0,'text':'Hi'}",
            "{'type':'response.output_item.done','output_index':1,'item':{'type':'message','id':'msg_1',"
                    + "'content':[{'type':'output_text','text':'Hi'}]}}",
            "{'type':'response.output_item.added','output_index':2,'item':{'type':'function_call','id':'fc_1',"
                    + "'call_id':'A','name':'f','arguments':''}}",
            "{'type':'response.function_call_arguments.delta','output_index':2,'item_id':'fc_1','delta':'{1}'}",
            "{'type':'response.function_call_arguments.done','output_index':2,'item_id':'fc_1','arguments':'{1}'}",
            "{'type':'response.output_item.done','output_index':2,'item':{'type':'function_call','id':'fc_1',"
                    + "'call_id':'A','name':'f','arguments':'{1}'}}",
            "{'type':'response.output_item.added','output_index':3,'item':{'type':'function_call','id':'fc_2',"
                    + "'call_id':'B','name':'f','arguments':''}}",
            "{'type':'response.function_call_arguments.delta','output_index':3,'item_id':'fc_2','delta':'{2}'}",
            "{'type':'response.output_item.done','output_index':3,'item':{'type':'function_call','id':'fc_2',"
                    + "'call_id':'B','name':'f','arguments':'{2}'}}",
            "{'type':'response.completed','response':{'id':'resp_1','status':'completed','output':[" + OUTPUT + "]}}");

    private static String named(String document, Naming naming, int number) {
        String noIndex = document.replaceAll("'output_index':\\d,", "");
        String noId = "'(item_id|id)':'(rs|msg|fc)_\\d',?";
        return switch (naming) {
            case AS_OPENAI -> document;
            case NO_INDEX -> noIndex;
            case FROM_ONE -> {
                String later = document;
                for (int index = 3; index >= 0; index--) {
                    later = later.replace("'output_index':" + index, "'output_index':" + (index + 1));
                }
                yield later;
            }
            case ALWAYS_ZERO -> document.replaceAll("'output_index':\\d", "'output_index':0");
            case NO_IDS -> document.replaceAll(noId, "").replace(",}", "}");
            case OTHER_IDS_EACH_TIME -> document.replaceAll("'(rs|msg|fc)_(\\d)'", "'$1_$2_" + number + "'");
            case NEITHER -> noIndex.replaceAll(noId, "").replace(",}", "}");
        };
    }

    private static List<String> told(List<String> stream, Naming naming) {
        List<String> documents = new ArrayList<>();
        for (String document : stream) {
            documents.add(named(document, naming, documents.size()).replace('\'', '"'));
        }
        return Told.stream(new ResponsesAnswerReader(), documents);
    }

    @ParameterizedTest
    @EnumSource
    void each_item_is_told_once(Naming naming) {
        assertThat(told(STREAM, naming))
                .containsExactly(
                        "started resp_1 m 1",
                        "REASONING 0 hm",
                        "part ended 0",
                        "TEXT 1 Hi",
                        "part ended 1",
                        "call 2 A f",
                        "ARGUMENTS 2 {1}",
                        "part ended 2",
                        "call 3 B f",
                        "ARGUMENTS 3 {2}",
                        "part ended 3",
                        "ended TOOL_CALLS",
                        "completed");
    }

    /// llama.cpp opens all items before it ends the first.
    @ParameterizedTest
    @EnumSource(names = {"AS_OPENAI", "NO_INDEX", "FROM_ONE", "ALWAYS_ZERO", "NO_IDS"})
    void items_that_are_open_beside_each_other_keep_apart(Naming naming) {
        List<String> stream = new ArrayList<>(STREAM);
        List<String> done = stream.stream()
                .filter(document -> document.contains("output_item.done"))
                .toList();
        stream.removeAll(done);
        stream.addAll(stream.size() - 1, done);
        assertThat(told(stream, naming))
                .containsExactly(
                        "started resp_1 m 1",
                        "REASONING 0 hm",
                        "TEXT 1 Hi",
                        "call 2 A f",
                        "ARGUMENTS 2 {1}",
                        "call 3 B f",
                        "ARGUMENTS 3 {2}",
                        "part ended 0",
                        "part ended 1",
                        "part ended 2",
                        "part ended 3",
                        "ended TOOL_CALLS",
                        "completed");
    }

    @Test
    void an_item_that_only_the_end_tells_is_told_there() {
        List<String> stream = new ArrayList<>(STREAM.subList(0, 8));
        stream.add(STREAM.getLast());
        for (Naming naming : Naming.values()) {
            assertThat(told(stream, naming))
                    .as(naming.name())
                    .containsSubsequence("TEXT 1 Hi", "call 2 A f", "ARGUMENTS 2 {1}", "call 3 B f", "ARGUMENTS 3 {2}")
                    .containsOnlyOnce("TEXT 1 Hi");
        }
    }

    @Test
    void more_open_items_than_any_answer_has_are_no_answer() {
        var reader = new ResponsesAnswerReader();
        assertThatThrownBy(() -> {
                    for (int number = 0; number <= 1024; number++) {
                        byte[] added =
                                ("{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"message\",\"id\":\"m"
                                                + number + "\"}}")
                                        .getBytes(UTF_8);
                        var _ = reader.frame(added, 0, added.length, _ -> {});
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more items");
    }

    @Test
    void a_failure_takes_no_number_from_the_client() throws IOException {
        var reader = new ResponsesAnswerReader();
        byte[] failed = "{\"type\":\"response.failed\",\"sequence_number\":7,\"response\":{}}".getBytes(UTF_8);
        assertThat(reader.frame(failed, 0, failed.length, _ -> {})).isFalse();
        assertThat(reader.standing().sequence).isEqualTo(-1);
    }
}
