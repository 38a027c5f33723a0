package ai.openlegion.workflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.openlegion.json.PlainJson;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What conditions mean, case by case.
final class ConditionTest {

    private static final String RESULT = """
            {"score": 0.8, "five": 5, "name": "bob", "seven": "7", "yes": true, "no": false, "none": null,
             "big": 123456789012345678901234567890, "empty": "", "say": "it's", "größe": 3,
             "tags": ["a", "b", 3], "deep": {"list": [{"x": 1}, {"x": 2}], "status": "inner"}, "status": "hidden"}""";

    private static final Map<String, StepFacts> FACTS = Map.of(
            "s1", new StepFacts("complete", null, 120, 1_500, PlainJson.read(RESULT)),
            "my-step", new StepFacts("failed", "broken", 0, 0, null),
            "text", new StepFacts("complete", null, 0, 0, "hello world"),
            "list", new StepFacts("complete", null, 0, 0, PlainJson.read("[1, [2, 3]]")));

    static boolean holds(String text) throws Malformed {
        return Condition.parse(text).holds(FACTS::get);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # the predecessor's, which stand
            s1.score > 0.7                       | true
            s1.score >= 0.8                      | true
            s1.result.score == 0.80              | true
            s1.score<0.7                         | false
            s1.five == 5.0                       | true
            s1.five == 5                         | true
            s1.five != 5                         | false
            s1.name == 'bob'                     | true
            s1.name == "bob"                     | true
            s1.name != 'al'                      | true
            s1.seven == 7                        | false
            s1.seven != 7                        | true
            s1.yes == 1                          | true
            s1.five == true                      | false
            s1.yes == TRUE                       | true
            s1.missing != 5                      | true
            nowhere.status != 'complete'         | true
            s1.missing == 5                      | false
            s1.name > 5                          | false
            s1.status == 'complete'              | true
            # where the specification says otherwise
            s1.missing == null                   | true
            s1.none == null                      | true
            s1.missing != null                   | false
            s1.score != null                     | true
            s1.none != 'x'                       | true
            s1.none < 1                          | false
            s1.none >= 1                         | false
            s1.missing <= null                   | false
            s1.yes > 0                           | false
            s1.yes > false                       | true
            s1.five >= 1e-3                      | true
            s1.five == +5                        | true
            s1.score < .9                        | true
            s1.big > 123456789012345678901234567889 | true
            s1.name < 'bz'                       | true
            s1.tags == 'a'                       | false
            s1.tags != 'a'                       | true
            # what a step says of itself comes first, then its result
            s1.tokens_used == 120                | true
            s1.duration_ms > 1000                | true
            s1.error == null                     | true
            my-step.status == 'failed'           | true
            my-step.error == 'broken'            | true
            my-step.result.x == null             | true
            s1.result.status == 'hidden'         | true
            s1.deep.status == 'inner'            | true
            text == 'hello world'                | true
            text.length == null                  | true
            # indexes
            s1.deep.list[1].x == 2               | true
            s1.deep.list[2].x == null            | true
            s1.tags[0] == 'a'                    | true
            s1.tags[999999] == null              | true
            s1.name[0] == null                   | true
            list[1][0] == 2                      | true
            s1.größe == 3                        | true
            # in and contains
            s1.name in 'bobby'                   | true
            s1.name in ['al', "bob"]             | true
            s1.name in["al"]                     | false
            s1.five in [1, 5.0, true, null]      | true
            s1.none in [null]                    | true
            s1.five in '5'                       | false
            s1.tags contains 'a'                 | true
            s1.tags contains 3                   | true
            s1.tags contains 'c'                 | false
            s1.name contains 'ob'                | true
            s1.deep contains 'list'              | true
            s1.missing contains 'x'              | false
            # joined
            s1.five == 5 and s1.yes == true      | true
            s1.five == 4 or s1.yes == true       | true
            s1.five == 5 or s1.five == 5 and s1.yes == false | true
            (s1.five == 5 or s1.five == 5) and s1.yes == false | false
            not s1.five == 5                     | false
            not s1.five == 4 and s1.five == 5    | true
            not (s1.five == 4 or s1.five == 6)   | true
            not not s1.five == 5                 | true
            not(s1.five == 4)and(s1.five == 5)   | true
            s1.say == "it's"                     | true
            s1.empty == ''                       | true
            s1.name == 'and or not ( ] ='        | false
            """)
    void a_condition_means_this(String text, boolean expected) throws Malformed {
        assertThat(holds(text)).as(text).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} is malformed at {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            s1.name == bob                       | 12
            5 > 4                                | 1
            s1.five =< 5                         | 9
            s1.five = 5                          | 9
            s1.five === 5                        | 11
            s1.five == 5 && s1.yes == true       | 14
            s1.five == 5 xor s1.yes == true      | 14
            s1.five ==                           | 11
            s1.five                              | 8
            s1.five == 5)                        | 13
            (s1.five == 5                        | 14
            s1.five == 'x                        | 12
            s1.five == 'x'y                      | 15
            s1. == 5                             | 4
            s1.a[x] == 5                         | 6
            s1.a[-1] == 5                        | 6
            s1.a[1234567] == 5                   | 6
            s1.a[0 == 5                          | 6
            s1['a'] == 5                         | 4
            s1.five == 5 and                     | 17
            and s1.five == 5                     | 5
            not == 1                             | 5
            s1.five == s1.five                   | 12
            s1.five == 1e99999                   | 12
            s1.five == 1_000                     | 12
            s1.five == none                      | 12
            s1.five in 5                         | 9
            s1.five in []                        | 13
            s1.five in ['a' 'b']                 | 17
            s1.five == ['a']                     | 12
            __import__('os') == 1                | 11
            s1.getClass() == 1                   | 12
            """)
    void a_malformed_condition_says_where(String text, int character) {
        assertThatExceptionOfType(Malformed.class)
                .isThrownBy(() -> Condition.parse(text))
                .withMessageStartingWith("character " + character + ": ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "\t\n"})
    void a_blank_condition_holds(String text) throws Malformed {
        assertThat(holds(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s1.__class__ != null",
                "s1.class != null",
                "s1.getClass != null",
                "s1.result.class != null",
                "s1.result.empty.bytes != null",
                "s1.hashCode != null",
                "s1.tags.size != null",
                "s1.five.intValue != null",
                "s1.status.length != null",
                "s1.facts != null"
            })
    void nothing_but_results_is_reachable(String text) throws Malformed {
        assertThat(holds(text)).isFalse();
    }

    @Test
    void depth_length_and_number_of_comparisons_are_bounded() throws Malformed {
        assertThat(holds("(".repeat(31) + "s1.five == 5" + ")".repeat(31))).isTrue();
        assertThatExceptionOfType(Malformed.class)
                .isThrownBy(() -> Condition.parse("(".repeat(32) + "s1.five == 5" + ")".repeat(32)))
                .withMessage("character 33: nested deeper than 32 levels");
        assertMalformed("not ".repeat(1_000) + "s1.five == 5", "nested deeper");
        assertThat(holds("a.b==1 or ".repeat(255) + "s1.yes == 1")).isTrue();
        assertMalformed("a.b==1 or ".repeat(256) + "a.b==1", "more than 256 comparisons");
        assertMalformed("s1.five == 5" + " ".repeat(4_085), "at most 4096 characters");
        assertMalformed("(".repeat(1 << 20), "at most 4096 characters");
        assertMalformed("s1.five == '" + "x".repeat(1 << 20) + "'", "at most 4096 characters");
        assertMalformed("s1" + ".a".repeat(33) + " == 1", "at most 32 parts");
        assertMalformed("s1." + "a".repeat(520) + " == 1", "at most 512 characters");
        assertMalformed("s1.a in [" + "1,".repeat(256) + "1]", "at most 256 literals");
        assertMalformed("s1.a == " + "1".repeat(65), "expected a number");
    }

    @Test
    void it_knows_the_steps_it_looks_at() throws Malformed {
        assertThat(Condition.parse("not (b.x == 1 and a.y in [1]) or b.z != null")
                        .steps())
                .containsExactly("b", "a");
    }

    private static void assertMalformed(String text, String why) {
        assertThatExceptionOfType(Malformed.class)
                .isThrownBy(() -> Condition.parse(text))
                .withMessageContaining(why);
    }

    static @Nullable StepFacts facts(String step) {
        return FACTS.get(step);
    }
}
