package ai.openlegion.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.dialect.responses.ResponsesCodec;
import ai.openlegion.json.PlainJson;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiEffortTest {

    /// What a model is not known to take is left out: it would refuse the whole request.
    @ParameterizedTest
    @CsvSource({
        "none, gpt-5-mini, ",
        "none, o3, ",
        "none, gpt-5.1, none",
        "high, gpt-4.1, ",
        "high, gpt-5, high",
        "max, gpt-5.2, xhigh"
    })
    void an_effort_is_asked_of_models_that_take_it(String effort, String model, String asked) throws Untranslatable {
        var prompt = new Prompt(
                List.of(),
                List.of(),
                null,
                null,
                null,
                null,
                null,
                List.of(),
                new Thinking(effort, null, null),
                null,
                null,
                null);
        String responses = PlainJson.write(ResponsesCodec.INSTANCE.writePrompt(prompt, model, false));
        String chat = PlainJson.write(ChatCodec.INSTANCE.writePrompt(prompt, model, false));
        if (asked == null) {
            assertThat(responses).doesNotContain("\"reasoning\"");
            assertThat(chat).doesNotContain("reasoning_effort");
        } else {
            assertThat(responses).contains("\"reasoning\":{\"effort\":\"" + asked + "\"}");
            assertThat(chat).contains("\"reasoning_effort\":\"" + asked + "\"");
        }
    }
}
