package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A door as its clients use it: how they ask there, and what its answers, refusals and ends look like.
enum ClientDoor {
    MESH("/mesh/api"),
    MESH_STREAM("/mesh/api/stream"),
    CHAT("/v1/chat/completions"),
    MESSAGES("/v1/messages"),
    RESPONSES("/v1/responses");

    /// What Anthropic's clients send where they want no bound, since they have to send one.
    private static final int UNBOUNDED = 4096;

    private final String path;

    ClientDoor(String path) {
        this.path = path;
    }

    String path() {
        return path;
    }

    boolean isMesh() {
        return this == MESH || this == MESH_STREAM;
    }

    /// One user message with a directive.
    ///
    /// @param max of the answer's tokens; 0 = the client does not say
    JsonObject body(String model, String directive, int max, boolean streamed) {
        String text = "[[sim " + directive + "]] hello";
        JsonObject asked = new JsonObject().put("model", model);
        if (this == RESPONSES) {
            asked.put("input", text);
        } else {
            asked.put(
                    "messages",
                    new JsonArray().add(new JsonObject().put("role", "user").put("content", text)));
        }
        int stated = this == MESSAGES && max == 0 ? UNBOUNDED : max;
        if (stated > 0) {
            asked.put(maximum(), stated);
        }
        if (isMesh()) {
            return envelope(asked);
        }
        return streamed ? asked.put("stream", true) : asked;
    }

    static JsonObject envelope(JsonObject params) {
        return new JsonObject().put("service", "llm").put("action", "chat").put("params", params);
    }

    private String maximum() {
        return switch (this) {
            case MESH, MESH_STREAM, MESSAGES -> "max_tokens";
            case CHAT -> "max_completion_tokens";
            case RESPONSES -> "max_output_tokens";
        };
    }

    /// The pieces of text among the events.
    long deltas(List<String> events) {
        return json(events).stream().filter(this::saysText).count();
    }

    /// Reads until so many pieces of text have come.
    void readText(EventStream stream, int pieces) {
        while (deltas(stream.events()) < pieces) {
            assertThat(stream.next()).as("%s", stream.events()).isNotNull();
        }
    }

    private boolean saysText(JsonObject event) {
        return switch (this) {
            case MESH, MESH_STREAM -> is(event, "text_delta");
            case CHAT -> {
                JsonArray choices = event.getJsonArray("choices", new JsonArray());
                yield !choices.isEmpty()
                        && !choices.getJsonObject(0)
                                .getJsonObject("delta")
                                .getString("content", "")
                                .isEmpty();
            }
            case MESSAGES -> is(event, "content_block_delta");
            case RESPONSES -> is(event, "response.output_text.delta");
        };
    }

    /// A proper end: nothing of an error, and the vendor's last event.
    void assertEnded(List<String> events) {
        assertThat(events).as("%s", this).isNotEmpty();
        assertThat(events).as("%s", this).noneMatch(event -> event.contains("\"error\":{"));
        switch (this) {
            case MESH, MESH_STREAM ->
                assertThat(last(events).getString("type")).as("%s", events).isEqualTo("done");
            case CHAT -> assertThat(events).last().isEqualTo("[DONE]");
            case MESSAGES ->
                assertThat(last(events).getString("type")).as("%s", events).isEqualTo("message_stop");
            case RESPONSES ->
                assertThat(last(events).getString("type"))
                        .as("%s", events)
                        .isIn("response.completed", "response.incomplete");
        }
    }

    /// The vendor's own end at a maximum.
    void assertEndedByLength(List<String> events) {
        assertEnded(events);
        switch (this) {
            case MESH, MESH_STREAM -> {} // these have no word for it
            case CHAT ->
                assertThat(events)
                        .filteredOn(event -> event.contains("\"finish_reason\":\"length\""))
                        .hasSize(1);
            case MESSAGES ->
                assertThat(json(events))
                        .filteredOn(event -> is(event, "message_delta"))
                        .singleElement()
                        .satisfies(end -> assertThat(end.getJsonObject("delta").getString("stop_reason"))
                                .isEqualTo("max_tokens"));
            case RESPONSES ->
                assertThat(last(events)
                                .getJsonObject("response")
                                .getJsonObject("incomplete_details")
                                .getString("reason"))
                        .isEqualTo("max_output_tokens");
        }
    }

    /// The final, well-formed end that the mesh gives a stream it cuts.
    ///
    /// @param told the tokens that the client has got
    void assertCut(List<String> events, String reason, long told) {
        boolean budget = reason.equals("budget_exceeded");
        int end = events.size();
        switch (this) {
            case MESH, MESH_STREAM -> {
                assertThat(json(events))
                        .filteredOn(event -> !is(event, "text_delta"))
                        .hasSize(1);
                assertThat(last(events).getString("type")).isEqualTo("error");
                assertThat(last(events).getString("error_type")).isEqualTo(reason);
                assertThat(last(events).getString("error")).isNotBlank();
            }
            case CHAT -> {
                CutShape.assertCut(events, reason);
                assertThat(events)
                        .filteredOn(event -> event.contains("\"finish_reason\":\""))
                        .hasSize(1);
                assertThat(events).filteredOn("[DONE]"::equals).hasSize(1);
            }
            case MESSAGES -> {
                assertThat(last(events)).isEqualTo(new JsonObject().put("type", "message_stop"));
                JsonObject failure = new JsonObject(events.get(end - 2));
                assertThat(failure.getString("type")).isEqualTo("error");
                JsonObject error = failure.getJsonObject("error");
                assertThat(error.getString("type")).isEqualTo(budget ? "billing_error" : "permission_error");
                assertThat(error.getJsonObject("openlegion").getString("reason"))
                        .isEqualTo(reason);
                JsonObject finish = new JsonObject(events.get(end - 3));
                assertThat(finish.getString("type")).isEqualTo("message_delta");
                assertThat(finish.getJsonObject("delta").getString("stop_reason"))
                        .isEqualTo("max_tokens");
                assertThat(finish.getJsonObject("usage").getLong("output_tokens"))
                        .isEqualTo(told);
                assertThat(new JsonObject(events.get(end - 4)))
                        .isEqualTo(new JsonObject()
                                .put("type", "content_block_stop")
                                .put("index", 0));
                for (String once : List.of("message_start", "content_block_start", "message_delta")) {
                    assertThat(json(events))
                            .filteredOn(event -> is(event, once))
                            .hasSize(1);
                }
            }
            case RESPONSES -> {
                assertThat(last(events).getString("type")).isEqualTo("response.failed");
                JsonObject response = last(events).getJsonObject("response");
                assertThat(response.getString("status")).isEqualTo("failed");
                assertThat(response.getJsonObject("error").getString("code"))
                        .isEqualTo(budget ? "insufficient_quota" : reason);
                assertThat(response.getJsonObject("usage").getLong("output_tokens"))
                        .isEqualTo(told);
                List<JsonObject> all = json(events);
                for (int i = 0; i < all.size(); i++) {
                    assertThat(all.get(i).getInteger("sequence_number")).isEqualTo(i);
                }
            }
        }
    }

    /// The status of a refusal, wherever this door tells it.
    int status(Reply reply) {
        return isMesh() && error(reply).getValue("status_code") instanceof Integer told ? told : reply.status();
    }

    /// The error of a refusal.
    JsonObject error(Reply reply) {
        return switch (this) {
            case MESH -> reply.json();
            case MESH_STREAM -> new JsonObject(reply.body().split("\n", 2)[0].replaceFirst("^data: ", ""));
            case CHAT, MESSAGES, RESPONSES -> reply.error();
        };
    }

    /// The word by which clients tell refusals apart.
    @Nullable
    String word(Reply reply) {
        return error(reply)
                .getString(
                        switch (this) {
                            case MESH, MESH_STREAM -> "error_type";
                            case CHAT, RESPONSES -> "code";
                            case MESSAGES -> "type";
                        });
    }

    /// What the door says to a client that cannot pay.
    void assertUnpaid(Reply reply, long limit) {
        assertThat(status(reply)).as(reply.body()).isEqualTo(402);
        assertThat(word(reply))
                .isEqualTo(isMesh() ? "budget_exceeded" : this == MESSAGES ? "billing_error" : "insufficient_quota");
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
        assertThat(Long.parseLong(reply.header("retry-after"))).isBetween(1L, 31L * 86_400);
        JsonObject reason = error(reply).getJsonObject(isMesh() ? "data" : "openlegion");
        assertThat(reason).as(reply.body()).isNotNull();
        assertThat(reason.getString("reason")).isEqualTo("budget_exceeded");
        assertThat(Spend.pico(reason, "limit_usd")).isEqualTo(limit);
        assertThat(Spend.pico(reason, "spent_usd")).isLessThanOrEqualTo(limit);
        assertThat(reason.getString("resets_at")).isNotEmpty();
    }

    private static JsonObject last(List<String> events) {
        return new JsonObject(events.getLast());
    }

    private static List<JsonObject> json(List<String> events) {
        return events.stream()
                .filter(event -> event.startsWith("{"))
                .map(JsonObject::new)
                .toList();
    }

    private static boolean is(JsonObject event, String type) {
        return type.equals(event.getString("type"));
    }
}
