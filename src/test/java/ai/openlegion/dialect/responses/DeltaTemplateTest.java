package ai.openlegion.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// An event that is told without being parsed says what it says when it is parsed, or is none in both cases.
class DeltaTemplateTest {

    private static final String DELTA =
            "{'type':'response.output_text.delta','sequence_number':41,'item_id':'msg_1','output_index':0,"
                    + "'content_index':0,'delta':'Hi \\n \\u00fc','logprobs':[],'obfuscation':'x8F'}";

    private static final String UNPADDED = DELTA.replace(",'obfuscation':'x8F'", "");

    private static final String CALL =
            "{'type':'response.function_call_arguments.delta','sequence_number':3,'item_id':'fc_1',"
                    + "'output_index':0,'delta':'{\\\"a'}";

    private static final String ADDED = "{'type':'response.output_item.added','sequence_number':2,'output_index':0,"
            + "'item':{'type':'function_call','id':'fc_1','call_id':'c','name':'f','arguments':''}}";

    private static List<String> told(ResponsesAnswerReader reader, String document) {
        byte[] bytes = document.replace('\'', '"').getBytes(UTF_8);
        var told = new Told();
        try {
            told.lines.add("passes " + reader.frame(bytes, 0, bytes.length, told));
            told.lines.add("number " + reader.standing().sequence);
        } catch (IOException noDocument) {
            told.lines.add("none");
        }
        return told.lines;
    }

    /// A reader that has had an event to learn from, and one that has not.
    private static ResponsesAnswerReader reader(String document, boolean learns) {
        var reader = new ResponsesAnswerReader();
        List<String> first = new ArrayList<>(List.of(document));
        if (document.equals(CALL)) {
            first.addFirst(ADDED);
        }
        first.forEach(each -> assertThat(told(reader, each)).doesNotContain("none"));
        if (!learns) {
            // what it learnt from an event of other bytes fits nothing that follows
            assertThat(told(reader, document.replace("{'type'", "{ 'type'"))).doesNotContain("none");
        }
        return reader;
    }

    private static void compare(String known, String document) {
        assertThat(told(reader(known, true), document)).as(document).isEqualTo(told(reader(known, false), document));
    }

    @Test
    void events_that_differ_in_number_text_and_padding_say_the_same_as_when_parsed() {
        for (String known : List.of(DELTA, UNPADDED, CALL)) {
            for (String text : List.of("a", " ", "", "\\\"", "\\\\", "\\u12aB", "日本😀", "x".repeat(3000), "{}[],:")) {
                for (long number : new long[] {0, 1, 42, 99, 100, 1_000_000_007L}) {
                    compare(
                            known,
                            known.replaceAll("'delta':'.*?'", "'delta':'" + text.replace("\\", "\\\\") + "'")
                                    .replaceAll("'sequence_number':\\d+", "'sequence_number':" + number)
                                    .replace("x8F", "0aZ".repeat((int) (number % 7))));
                }
            }
        }
    }

    @Test
    void an_event_with_anything_else_changed_is_read_as_it_is() {
        var random = new Random(7);
        String bytes = "'\\{}[],:0129.-eEuxn\n\t ad";
        for (String known : List.of(DELTA, UNPADDED, CALL)) {
            for (int at = 0; at < known.length(); at++) {
                for (int i = 0; i < 6; i++) {
                    String byteInstead = String.valueOf(bytes.charAt(random.nextInt(bytes.length())));
                    compare(known, known.substring(0, at) + byteInstead + known.substring(at + 1));
                    compare(known, known.substring(0, at) + byteInstead + known.substring(at));
                }
                compare(known, known.substring(0, at));
                compare(known, known.substring(0, at) + known.substring(at + 1));
            }
            compare(known, known + known);
            compare(known, known + " ");
            compare(known, known.replaceAll("'sequence_number':\\d+", "'sequence_number':99999999999999999999"));
            compare(known, known.replaceAll("'sequence_number':\\d+", "'sequence_number':007"));
        }
    }
}
