package ai.openlegion.simulator;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// OpenAI's embeddings: vectors of length one, drawn from the text, so that the same text has the same vector.
final class Embeddings {

    static final int DIMENSIONS = 256;

    private static final int DIMENSIONS_MAX = 4096;

    private final JsonObject body;
    private final List<String> texts = new ArrayList<>();
    private long bytes;
    private long tokens;

    /// Reads a request. Throws IllegalArgumentException or ClassCastException on one that cannot be answered.
    Embeddings(JsonObject body) {
        this.body = body;
        if (body.getString("model", "").isEmpty()) {
            throw new IllegalArgumentException("you must provide a model parameter");
        }
        switch (body.getValue("input")) {
            case String one -> text(one);
            case JsonArray list when list.isEmpty() -> throw new IllegalArgumentException("'$.input' is invalid");
            case JsonArray list when list.getValue(0) instanceof Number -> tokens(list);
            case JsonArray list -> list.forEach(this::input);
            case null, default -> throw new IllegalArgumentException("'$.input' is invalid"); // open: any JSON value
        }
        int wanted = dimensions();
        if (wanted < 1 || wanted > DIMENSIONS_MAX) {
            throw new IllegalArgumentException("'dimensions' is invalid");
        }
    }

    /// The directive in the first input.
    Script script() {
        return Script.of(body.getString("model"), texts.getFirst());
    }

    long promptTokens() {
        return (bytes + 3) / 4 + tokens;
    }

    JsonObject answer() {
        boolean base64 = "base64".equals(body.getString("encoding_format"));
        JsonArray data = new JsonArray();
        for (int i = 0; i < texts.size(); i++) {
            float[] vector = vector(texts.get(i), dimensions());
            data.add(new JsonObject()
                    .put("object", "embedding")
                    .put("index", i)
                    .put("embedding", base64 ? packed(vector) : listed(vector)));
        }
        JsonObject usage = new JsonObject().put("prompt_tokens", promptTokens()).put("total_tokens", promptTokens());
        return new JsonObject()
                .put("object", "list")
                .put("data", data)
                .put("model", body.getString("model"))
                .put("usage", usage);
    }

    static float[] vector(String text, int dimensions) {
        Random random = new Random(text.hashCode() * 0x9E3779B97F4A7C15L);
        double[] drawn = random.doubles(dimensions, -1, 1).toArray();
        double length = 0;
        for (double one : drawn) {
            length += one * one;
        }
        float[] vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) (drawn[i] / Math.sqrt(length));
        }
        return vector;
    }

    private int dimensions() {
        return body.getInteger("dimensions", DIMENSIONS);
    }

    private void input(@Nullable Object one) {
        switch (one) {
            case String text -> text(text);
            case JsonArray list -> tokens(list);
            case null, default -> throw new IllegalArgumentException("'$.input' is invalid"); // open: any JSON value
        }
    }

    private void text(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("'$.input' cannot be an empty string");
        }
        bytes += MessagesWording.bytes(text);
        texts.add(text);
    }

    private void tokens(JsonArray list) {
        tokens += list.size();
        texts.add(list.encode());
    }

    private static JsonArray listed(float[] vector) {
        JsonArray list = new JsonArray();
        for (float one : vector) {
            list.add(one);
        }
        return list;
    }

    private static String packed(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float one : vector) {
            bytes.putFloat(one);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
