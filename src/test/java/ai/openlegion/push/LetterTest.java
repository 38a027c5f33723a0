package ai.openlegion.push;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging.Kind;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LetterTest {

    private static final AgentId ANNA = new AgentId("anna");

    @Test
    void a_message_is_posted_with_sender_receiver_type_payload_and_time() {
        Letter letter = Letter.of(item(Kind.MESSAGE, "query", "{\"n\":1.50}", null), ANNA, false);

        assertThat(letter.path()).isEqualTo("/message");
        assertThat(new JsonObject(letter.body()))
                .isEqualTo(new JsonObject()
                        .put("id", "msg_0123456789ab")
                        .put("kind", "message")
                        .put("from_agent", "bert")
                        .put("from", "bert")
                        .put("to", "anna")
                        .put("type", "query")
                        .put("payload", new JsonObject("{\"n\":1.50}"))
                        .putNull("reply_to")
                        .put("priority", "normal")
                        .put("timestamp", "2026-11-22T10:00:00Z"));
        assertThat(letter.body()).as("the payload as it was sent").contains("{\"n\":1.50}");
    }

    @Test
    void an_event_comes_from_the_mesh_and_holds_topic_source_and_payload() {
        JsonObject body = body(item(Kind.EVENT, null, "[1]", "news"), false);

        assertThat(body.getString("from_agent")).isEqualTo("mesh");
        assertThat(body.getString("type")).isEqualTo("event");
        assertThat(body.getJsonObject("payload")).isEqualTo(new JsonObject("""
                        {"id":"msg_0123456789ab","topic":"news","source":"bert","payload":[1],
                         "timestamp":"2026-11-22T10:00:00Z"}"""));
    }

    @Test
    void a_task_is_posted_as_it_is() {
        assertThat(Letter.of(item(Kind.TASK, null, "{\"task_id\": \"task_1\"}", null), ANNA, false))
                .isEqualTo(new Letter("/task", "{\"task_id\": \"task_1\"}"));
    }

    @Test
    void a_steer_is_posted_as_its_text_in_whatever_form_it_was_put_in() {
        Letter expected = new Letter("/chat/steer", "{\"message\":\"turn left\"}");
        assertThat(Letter.of(item(Kind.STEER, null, "{\"message\":\"turn left\",\"x\":1}", null), ANNA, false))
                .isEqualTo(expected);
        assertThat(Letter.of(item(Kind.STEER, null, "\"turn left\"", null), ANNA, false))
                .isEqualTo(expected);
        assertThat(Letter.of(item(Kind.STEER, null, "{\"to\":\"left\"}", null), ANNA, false))
                .isEqualTo(new Letter("/chat/steer", "{\"message\":\"{\\\"to\\\":\\\"left\\\"}\"}"));
    }

    @Test
    void the_plain_form_is_an_event_whose_payload_holds_type_and_payload() {
        JsonObject body = body(item(Kind.WATCH, "written", "{\"key\":\"a\"}", null), true);

        assertThat(body.getString("type")).isEqualTo("event");
        assertThat(body.getString("kind")).isEqualTo("watch");
        assertThat(body.getJsonObject("payload"))
                .isEqualTo(new JsonObject("{\"type\":\"watch\",\"payload\":{\"key\":\"a\"}}"));
    }

    @Test
    void only_what_is_no_plain_message_already_has_a_plain_form() {
        assertThat(Letter.hasPlainForm(item(Kind.MESSAGE, "greeting", "{}", null)))
                .isTrue();
        assertThat(Letter.hasPlainForm(item(Kind.MESSAGE, "query", "3", null))).isTrue();
        assertThat(Letter.hasPlainForm(item(Kind.WATCH, "written", "{}", null))).isTrue();
        assertThat(Letter.hasPlainForm(item(Kind.MESSAGE, "query", "{}", null))).isFalse();
        assertThat(Letter.hasPlainForm(item(Kind.EVENT, null, "{}", "news"))).isFalse();
        assertThat(Letter.hasPlainForm(item(Kind.TASK, null, "{}", null))).isFalse();
    }

    @Test
    void text_that_agents_chose_cannot_add_members() {
        JsonObject body = body(item(Kind.MESSAGE, "a\",\"to\":\"x\u0000\n", "{}", null), false);

        assertThat(body.getString("to")).isEqualTo("anna");
        assertThat(body.getString("type")).isEqualTo("a\",\"to\":\"x\u0000\n");
    }

    private static JsonObject body(Inbox.Item item, boolean plainly) {
        return new JsonObject(Letter.of(item, ANNA, plainly).body());
    }

    private static Inbox.Item item(Kind kind, @Nullable String type, String payload, @Nullable String topic) {
        return new Inbox.Item(
                1, kind, "msg_0123456789ab", "bert", type, topic, payload, null, null, 1_795_341_600_000L);
    }
}
