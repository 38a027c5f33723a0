package ai.openlegion.dialect.messages;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.json.PlainJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Takes a stream as Anthropic's SDK does, and refuses what that one refuses: a named event for each document, one
/// `message_start` before all, blocks in the order of their indices and one open at a time.
final class Accumulator {

    final List<String> types = new ArrayList<>();
    final List<String> blocks = new ArrayList<>();
    Map<?, ?> error = Map.of();
    String stopReason = "";
    Map<?, ?> usage = Map.of();
    private int open = -1;
    private boolean stopped;

    static Accumulator of(byte[] stream) {
        var accumulator = new Accumulator();
        String text = new String(stream, StandardCharsets.UTF_8);
        assertThat(text).endsWith("\n\n");
        for (String frame : text.split("\n\n")) {
            String[] lines = frame.split("\n");
            assertThat(lines).as(frame).hasSize(2);
            Map<?, ?> data = PlainJson.readObject(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.get("type"));
            accumulator.take(data);
        }
        return accumulator;
    }

    private void take(Map<?, ?> event) {
        String type = String.valueOf(event.get("type"));
        types.add(type);
        assertThat(stopped).as("nothing follows message_stop").isFalse();
        assertThat(type.equals("message_start")).as(types.toString()).isEqualTo(types.size() == 1);
        switch (type) {
            case "message_start" -> {
                Map<?, ?> message = object(event, "message");
                assertThat(message.get("type")).isEqualTo("message");
                assertThat(message.get("role")).isEqualTo("assistant");
                assertThat((String) message.get("id")).isNotEmpty();
                assertThat((List<?>) message.get("content")).isEmpty();
                usage = object(message, "usage");
            }
            case "content_block_start" -> {
                assertThat(open).isEqualTo(-1);
                open = index(event);
                assertThat(open).isEqualTo(blocks.size());
                Map<?, ?> block = object(event, "content_block");
                blocks.add(block.get("type") + head(block) + ": ");
            }
            case "content_block_delta" -> {
                assertThat(index(event)).isEqualTo(open);
                Map<?, ?> delta = object(event, "delta");
                String said = switch (String.valueOf(delta.get("type"))) {
                    case "text_delta" -> (String) delta.get("text");
                    case "thinking_delta" -> (String) delta.get("thinking");
                    case "input_json_delta" -> (String) delta.get("partial_json");
                    case "signature_delta" -> " signed " + delta.get("signature");
                    default -> throw new AssertionError(delta); // open: what the SDK does not know
                };
                assertThat(said).isNotEmpty();
                blocks.set(open, blocks.get(open) + said);
            }
            case "content_block_stop" -> {
                assertThat(index(event)).isEqualTo(open);
                open = -1;
            }
            case "message_delta" -> {
                assertThat(open).isEqualTo(-1);
                stopReason = String.valueOf(object(event, "delta").get("stop_reason"));
                usage = object(event, "usage");
            }
            case "message_stop" -> stopped = true;
            case "error" -> error = object(event, "error");
            case "ping" -> {}
            default -> throw new AssertionError(type); // open: what the SDK does not know
        }
    }

    private static String head(Map<?, ?> block) {
        if ("tool_use".equals(block.get("type"))) {
            assertThat(object(block, "input")).isEmpty();
            return " " + block.get("id") + " " + block.get("name");
        }
        return block.get("data") == null ? "" : " " + block.get("data");
    }

    private static Map<?, ?> object(Map<?, ?> of, String name) {
        assertThat(of.get(name)).as(name).isInstanceOf(Map.class);
        return of.get(name) instanceof Map<?, ?> object ? object : Map.of();
    }

    private static int index(Map<?, ?> event) {
        return Integer.parseInt(String.valueOf(event.get("index")));
    }
}
