package ai.openlegion.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// What a request gets: a status and a document, which is JSON unless its type says otherwise.
record Answer(int status, Buffer body, String type) {

    private static final String JSON_TYPE = "application/json";

    private static final JsonFactory JSON = new JsonFactoryBuilder().build();

    Answer(int status, Buffer body) {
        this(status, body, JSON_TYPE);
    }

    /// Something that writes one JSON value.
    @FunctionalInterface
    interface Document {
        void write(JsonGenerator json) throws IOException;
    }

    static Answer ok(Document document) {
        return of(200, document);
    }

    static Answer of(int status, Document document) {
        return new Answer(status, encode(document));
    }

    /// A text of another type than JSON.
    static Answer text(String type, String text) {
        return new Answer(200, Buffer.buffer(text), type);
    }

    /// A refusal: `{"detail": …}`.
    static Answer refused(int status, String detail) {
        return of(status, json -> {
            json.writeStartObject();
            json.writeStringField("detail", detail);
            json.writeEndObject();
        });
    }

    static Buffer encode(Document document) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            document.write(json);
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
        return Buffer.buffer(bytes.toByteArray());
    }
}
