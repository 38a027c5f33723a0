package ai.openlegion.fabric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A JSON value that can be written.
@FunctionalInterface
interface Json {

    JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    void write(JsonGenerator json) throws IOException;

    /// The value's UTF-8.
    default byte[] bytes() {
        var bytes = new ByteArrayOutputStream(512);
        writeTo(bytes);
        return bytes.toByteArray();
    }

    /// Appends the value's UTF-8 to bytes in memory.
    default void writeTo(OutputStream memory) {
        try (JsonGenerator json = FACTORY.createGenerator(memory)) {
            write(json);
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
    }

    /// `{"detail": text}`, what every refusal says.
    static Json detail(String text) {
        return json -> {
            json.writeStartObject();
            json.writeStringField("detail", text);
            json.writeEndObject();
        };
    }

    /// A member whose value is JSON text already.
    static void raw(JsonGenerator json, String name, String value) throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(value);
    }

    /// A member that is left out where there is nothing to say.
    static void optional(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    /// A time in ISO 8601, UTC; null for 0.
    static void time(JsonGenerator json, String name, long millis) throws IOException {
        json.writeStringField(
                name, millis == 0 ? null : Instant.ofEpochMilli(millis).toString());
    }
}
