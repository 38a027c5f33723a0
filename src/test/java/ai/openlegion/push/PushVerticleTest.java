package ai.openlegion.push;

import static ai.openlegion.push.AgentEndpoint.HANGS;
import static ai.openlegion.push.AgentEndpoint.TAKES;
import static ai.openlegion.push.AgentEndpoint.answer;
import static ai.openlegion.push.PushRig.ANNA;
import static ai.openlegion.push.PushRig.BERT;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging.Kind;
import ai.openlegion.push.AgentEndpoint.Post;
import ai.openlegion.scenario.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PushVerticleTest {

    private final Vertx outside = Vertx.vertx();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closes() throws Exception {
        for (AutoCloseable part : open.reversed()) {
            part.close();
        }
        outside.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void items_arrive_in_their_order_each_noted_as_pushed_with_the_token_of_the_mesh() throws Exception {
        AgentEndpoint anna = endpoint(TAKES);
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        for (int n = 1; n <= 50; n++) {
            rig.message(ANNA, "{\"n\":" + n + '}');
        }

        for (int n = 1; n <= 50; n++) {
            Post post = anna.next();
            assertThat(post.path()).isEqualTo("/message");
            assertThat(post.header("authorization")).isEqualTo("Bearer inbound-of-anna");
            assertThat(post.header("content-type")).isEqualTo("application/json");
            assertThat(post.body().getJsonObject("payload").getInteger("n")).isEqualTo(n);
        }
        Eventually.until("all are noted", () -> rig.inboxes.pushed.size() == 50);
        assertThat(rig.inboxes.pushed).extracting(Inbox.Pushed::seq).isSorted().doesNotHaveDuplicates();
        assertThat(anna.more()).isZero();
    }

    @Test
    void tasks_and_steers_have_paths_of_their_own_below_the_address() throws Exception {
        AgentEndpoint anna = endpoint(TAKES);
        PushRig rig = rig(Map.of(ANNA, anna.uri().resolve("/base/")));
        rig.inboxes.put(ANNA, Kind.TASK, null, "{\"task_id\":\"task_1\"}");
        rig.inboxes.put(ANNA, Kind.STEER, null, "{\"message\":\"left\"}");
        rig.inboxes.put(ANNA, Kind.EVENT, null, "{\"a\":1}");

        assertThat(anna.next())
                .satisfies(post -> assertThat(post.path()).isEqualTo("/base/task"))
                .satisfies(post -> assertThat(post.body().getString("task_id")).isEqualTo("task_1"));
        assertThat(anna.next())
                .satisfies(post -> assertThat(post.path()).isEqualTo("/base/chat/steer"))
                .satisfies(post -> assertThat(post.body().getString("message")).isEqualTo("left"));
        assertThat(anna.next().path()).isEqualTo("/base/message");
    }

    @Test
    void an_endpoint_that_hangs_delays_nobody_else() throws Exception {
        AgentEndpoint anna = endpoint(HANGS);
        AgentEndpoint bert = endpoint(TAKES);
        PushRig rig = rig(Map.of(ANNA, anna.uri(), BERT, bert.uri()));
        rig.message(ANNA, "{}");
        assertThat(anna.next().path()).isEqualTo("/message");

        for (int n = 1; n <= 20; n++) {
            rig.message(BERT, "{}");
            assertThat(bert.next().path()).isEqualTo("/message");
        }

        assertThat(rig.inboxes.pushed).extracting(Inbox.Pushed::agent).doesNotContain(ANNA);
    }

    @Test
    void an_endpoint_that_hangs_gets_an_item_five_times_and_then_the_next_one() throws Exception {
        AgentEndpoint anna = endpoint((post, response) -> {
            if (n(post) == 2) {
                TAKES.accept(post, response);
            }
        });
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        rig.message(ANNA, "{\"n\":2}");

        assertThat(next(anna, 6)).containsExactly(1, 1, 1, 1, 1, 2);
        Eventually.until("the second is noted", () -> !rig.inboxes.pushed.isEmpty());
        assertThat(rig.inboxes.pushed).containsExactly(new Inbox.Pushed(ANNA, 2));
    }

    @Test
    void an_item_that_fails_is_left_in_the_inbox_and_does_not_stop_the_lane() throws Exception {
        AgentEndpoint anna = endpoint((post, response) -> answer(response, n(post) == 2 ? 500 : 200, "{}"));
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        for (int n = 1; n <= 3; n++) {
            rig.message(ANNA, "{\"n\":" + n + '}');
        }

        assertThat(next(anna, 7)).containsExactly(1, 2, 2, 2, 2, 2, 3);
        Eventually.until("two are noted", () -> rig.inboxes.pushed.size() == 2);
        assertThat(rig.inboxes.pushed).containsExactly(new Inbox.Pushed(ANNA, 1), new Inbox.Pushed(ANNA, 3));
    }

    @Test
    void an_endpoint_that_was_down_gets_everything_in_order_once_it_is_up() throws Exception {
        AgentEndpoint before = endpoint(TAKES);
        int port = before.port();
        before.close();
        open.remove(before);
        PushRig rig = rig(Map.of(ANNA, URI.create("http://127.0.0.1:" + port)));
        for (int n = 1; n <= 3; n++) {
            rig.message(ANNA, "{\"n\":" + n + '}');
        }
        // more refused connections than an item has attempts: they must not count
        Eventually.until("fetched again more often than that", () -> rig.inboxes.fetches.get() > 7);

        AgentEndpoint after = AgentEndpoint.on(outside, port, TAKES);
        open.add(after);

        assertThat(next(after, 3)).containsExactly(1, 2, 3);
    }

    @Test
    void a_redirect_is_not_followed_and_counts_as_a_failure() throws Exception {
        AgentEndpoint elsewhere = endpoint(TAKES);
        AgentEndpoint anna = endpoint((post, response) -> {
            var _ = response.putHeader("location", elsewhere.uri() + "/message");
            answer(response, n(post) == 1 ? 307 : 200, "{}");
        });
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        rig.message(ANNA, "{\"n\":2}");

        assertThat(next(anna, 6)).containsExactly(1, 1, 1, 1, 1, 2);
        assertThat(elsewhere.more()).as("nobody was sent there").isZero();
    }

    @Test
    void an_answer_without_end_is_cut_off_and_counts_for_its_status() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        AtomicBoolean closed = new AtomicBoolean();
        AgentEndpoint anna = endpoint((post, response) -> {
            if (n(post) == 1) {
                var _ = response.closeHandler(_ -> closed.set(true));
                flood(response.setChunked(true), sent);
            } else {
                answer(response, 200, "{}");
            }
        });
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        rig.message(ANNA, "{\"n\":2}");

        assertThat(next(anna, 2)).containsExactly(1, 2);
        Eventually.until("the connection is closed", closed::get);
        assertThat(sent.get()).as("pieces of 8 KiB that fitted on the way").isLessThan(4_000);
    }

    @Test
    void an_answer_that_drips_holds_its_lane_no_longer_than_the_time_of_one_attempt() throws Exception {
        AgentEndpoint anna = endpoint((post, response) -> {
            if (n(post) == 1) {
                var _ = response.setChunked(true).write("{");
            } else {
                answer(response, 200, "{}");
            }
        });
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        rig.message(ANNA, "{\"n\":2}");

        assertThat(next(anna, 2)).containsExactly(1, 2);
        Eventually.until("both are noted", () -> rig.inboxes.pushed.size() == 2);
    }

    @Test
    void a_working_agent_gets_its_task_again_until_it_takes_it() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AgentEndpoint anna = endpoint((_, response) -> answer(
                response,
                200,
                asked.incrementAndGet() < 8
                        ? "{\"accepted\":false,\"status\":\"busy\"}"
                        : "{\"accepted\":true,\"status\":\"executing\"}"));
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.inboxes.put(ANNA, Kind.TASK, null, "{\"task_id\":\"task_1\"}");

        Eventually.until("the task is taken", () -> rig.inboxes.pushed.size() == 1);
        assertThat(asked.get()).isEqualTo(8);
    }

    @Test
    void an_endpoint_that_knows_plain_messages_only_gets_the_others_in_plain_form_at_once() throws Exception {
        AgentEndpoint anna = endpoint((post, response) ->
                answer(response, post.body().getString("type").equals("event") ? 200 : 422, "{\"detail\":[]}"));
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.inboxes.put(ANNA, Kind.WATCH, "written", "{\"key\":\"a\"}");

        assertThat(anna.next().body().getString("type")).isEqualTo("watch");
        assertThat(anna.next()
                        .body()
                        .getJsonObject("payload")
                        .getJsonObject("payload")
                        .getString("key"))
                .isEqualTo("a");
        Eventually.until("it is noted", () -> rig.inboxes.pushed.size() == 1);
    }

    @Test
    void an_item_that_was_pulled_while_it_waited_is_not_pushed_any_more() throws Exception {
        AgentEndpoint anna = endpoint((post, response) -> answer(response, n(post) == 1 ? 503 : 200, "{}"));
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        assertThat(next(anna, 1)).containsExactly(1);
        rig.inboxes.ack(ANNA, 1);
        rig.message(ANNA, "{\"n\":2}");

        Eventually.until("the second is noted", () -> rig.inboxes.pushed.size() == 1);
        assertThat(rig.inboxes.pushed).containsExactly(new Inbox.Pushed(ANNA, 2));
        assertThat(anna.more()).as("fewer than the five attempts of the first").isLessThan(5);
    }

    @Test
    void a_reload_that_changes_the_address_sends_what_waits_to_the_new_one() throws Exception {
        AgentEndpoint before = endpoint((_, response) -> answer(response, 503, "{}"));
        AgentEndpoint after = endpoint(TAKES);
        PushRig rig = rig(Map.of(ANNA, before.uri()));
        rig.message(ANNA, "{\"n\":1}");
        assertThat(next(before, 1)).containsExactly(1);

        rig.reload(Map.of(ANNA, after.uri()));

        assertThat(next(after, 1)).containsExactly(1);
    }

    @Test
    void an_agent_that_gets_an_address_is_pushed_to_and_one_that_is_removed_no_more() throws Exception {
        AgentEndpoint anna = endpoint(TAKES);
        AgentEndpoint bert = endpoint(TAKES);
        PushRig rig = rig(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        assertThat(next(anna, 1)).containsExactly(1);

        rig.reload(Map.of(BERT, bert.uri()));
        Eventually.until("the reader has left", () -> rig.inboxes.left.size() == 1);
        rig.message(ANNA, "{\"n\":2}");
        rig.message(BERT, "{\"n\":3}");

        assertThat(next(bert, 1)).containsExactly(3);
        assertThat(anna.more()).isZero();
    }

    @Test
    void a_lane_begins_behind_what_was_acknowledged() throws Exception {
        AgentEndpoint anna = endpoint(TAKES);
        PushRig rig = rig(Map.of());
        rig.message(ANNA, "{\"n\":1}");
        rig.message(ANNA, "{\"n\":2}");
        rig.inboxes.ack(ANNA, 1);

        rig.reload(Map.of(ANNA, anna.uri()));

        assertThat(next(anna, 1)).containsExactly(2);
    }

    @Test
    void a_store_that_cannot_answer_is_asked_again() throws Exception {
        AgentEndpoint anna = endpoint(TAKES);
        PushRig rig = rig(Map.of());
        rig.inboxes.available.set(false);
        rig.reload(Map.of(ANNA, anna.uri()));
        rig.message(ANNA, "{\"n\":1}");
        rig.inboxes.available.set(true);

        assertThat(next(anna, 1)).containsExactly(1);
    }

    @Test
    void an_end_leaves_no_reader_behind() throws Exception {
        AgentEndpoint anna = endpoint(HANGS);
        AgentEndpoint bert = endpoint(TAKES);
        PushRig rig = rig(Map.of(ANNA, anna.uri(), BERT, bert.uri()));
        rig.message(ANNA, "{}");
        assertThat(anna.next().path()).isEqualTo("/message");
        Eventually.until("the other one waits", () -> rig.inboxes.readers() == 1);

        rig.undeploy();

        Eventually.until("none waits", () -> rig.inboxes.readers() == 0);
        assertThat(rig.inboxes.left).hasSize(2);
    }

    private static void flood(HttpServerResponse response, AtomicInteger sent) {
        var _ = response.write(Buffer.buffer(new byte[8 * 1024])).onSuccess(_ -> {
            var _ = sent.incrementAndGet();
            flood(response, sent);
        });
    }

    private static int n(Post post) {
        return post.body().getJsonObject("payload").getInteger("n");
    }

    private static List<Integer> next(AgentEndpoint endpoint, int count) throws InterruptedException {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(n(endpoint.next()));
        }
        return numbers;
    }

    private AgentEndpoint endpoint(BiConsumer<Post, HttpServerResponse> answers) throws Exception {
        AgentEndpoint endpoint = AgentEndpoint.on(outside, answers);
        open.add(endpoint);
        return endpoint;
    }

    private PushRig rig(Map<AgentId, URI> addresses) throws Exception {
        PushRig rig = new PushRig(addresses);
        open.add(rig);
        return rig;
    }
}
