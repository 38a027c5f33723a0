package ai.openlegion.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MembersTest {

    @Test
    void every_member_keeps_the_text_it_was_sent_as() {
        Members members = read("""
                {"a": 1.50000000000000000001, "b":"x\\u00e9\\n\\"é", "c" : {"d":
                [1,2 ,{}]} ,"e":12, "f":true,"g":null, "h":-0.0e5,"i":[]}""");
        assertThat(members.raw("a")).isEqualTo("1.50000000000000000001");
        assertThat(members.raw("b")).isEqualTo("\"x\\u00e9\\n\\\"é\"");
        assertThat(members.string("b")).isEqualTo("xé\n\"é");
        assertThat(members.raw("c")).isEqualTo("{\"d\": [1,2 ,{}]}");
        assertThat(members.isObject("c")).isTrue();
        assertThat(members.raw("e")).isEqualTo("12");
        assertThat(members.integer("e", 0)).isEqualTo(12);
        assertThat(members.isInteger("a")).isFalse();
        assertThat(members.truth("f", false)).isTrue();
        assertThat(members.has("g")).isFalse();
        assertThat(members.raw("h")).isEqualTo("-0.0e5");
        assertThat(members.raw("i")).isEqualTo("[]");
        assertThat(members.isArray("i")).isTrue();
        assertThat(members.whole())
                .startsWith("{\"a\": 1.5")
                .endsWith("\"i\":[]}")
                .doesNotContain("\n");
    }

    @Test
    void a_number_beyond_a_long_is_no_integer() {
        Members members = read("{\"n\": 99999999999999999999}");
        assertThat(members.isInteger("n")).isFalse();
        assertThat(members.integer("n", -1)).isEqualTo(-1);
        assertThat(members.raw("n")).isEqualTo("99999999999999999999");
    }

    @Test
    void a_quoted_text_reads_back_as_itself() {
        String text = "a\"b\\c\nd\u2028é\u0000";
        assertThat(read("{\"t\":" + Members.quoted(text) + "}").string("t")).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"a\":1,\"a\":2}",
                "{} x",
                "[1] 2",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "{\"a\":\"\n\"}",
                "nul"
            })
    void what_is_not_strict_json_is_malformed(String body) {
        assertThat(Members.read(body.getBytes(StandardCharsets.UTF_8))).isInstanceOf(Members.Malformed.class);
    }

    @Test
    void bad_utf8_and_depth_are_malformed() {
        assertThat(Members.read(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}))
                .isInstanceOf(Members.Malformed.class);
        assertThat(Members.read(("{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(Members.Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "\"x\"", "null", "[{\"a\":1}]"})
    void another_value_is_no_object(String body) {
        assertThat(Members.read(body.getBytes(StandardCharsets.UTF_8))).isInstanceOf(Members.NotAnObject.class);
    }

    @Test
    void utf16_is_not_mistaken_for_json() {
        assertThat(Members.read("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE)))
                .isInstanceOf(Members.Malformed.class);
        assertThat(Members.value("[1]".getBytes(StandardCharsets.UTF_16BE))).isNull();
    }

    @Test
    void any_value_is_taken_as_it_was_sent_on_one_line() {
        assertThat(value(" [1.50,\n\"\u00e9\"] \n")).isEqualTo("[1.50, \"\u00e9\"]");
        assertThat(value("\uFEFF{\"a\":1}")).isEqualTo("{\"a\":1}");
        assertThat(value("12.0")).isEqualTo("12.0");
        assertThat(value("null")).isEqualTo("null");
        assertThat(value("")).isNull();
        assertThat(value("1 2")).isNull();
        assertThat(value("{\"a\":1,\"a\":2}")).isNull();
    }

    private static @Nullable String value(String body) {
        return Members.value(body.getBytes(StandardCharsets.UTF_8));
    }

    private static Members read(String body) {
        return switch (Members.read(body.getBytes(StandardCharsets.UTF_8))) {
            case Members.Read(Members members) -> members;
            case Members.Malformed malformed -> throw new AssertionError(malformed.why());
            case Members.NotAnObject no -> throw new AssertionError(no);
        };
    }
}
