package ai.openlegion.fabric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

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
}
