package ai.openlegion.dialect;

import ai.openlegion.catalogue.Dialect;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing in a message: of the conversation so far, or of an answer.
public sealed interface Part {

    /// Text.
    record Text(String text) implements Part {}

    /// What a model said instead of an answer.
    record Refusal(String text) implements Part {}

    /// An image.
    ///
    /// @param url where it is; a `data:` URL where it is sent along
    /// @param detail how closely it is looked at, as OpenAI has it
    record Image(String url, @Nullable String detail) implements Part {}

    /// A call of a tool by the model.
    ///
    /// @param arguments JSON text, or any text where the tool is freeform
    record ToolCall(String id, String name, String arguments, boolean freeform) implements Part {}

    /// What a tool gave.
    ///
    /// @param callId the id of its call
    /// @param content text and images
    record ToolResult(String callId, List<Part> content, boolean error, boolean freeform) implements Part {}

    /// Reasoning of a model.
    ///
    /// @param text what may be read of it; may be empty
    /// @param sealed what its provider wants back
    record Reasoning(String text, @Nullable Seal sealed) implements Part {}

    /// Reasoning that only its provider can read.
    ///
    /// @param dialect whose it is
    /// @param id the provider's id of it
    /// @param readable false where the whole block is opaque, as Anthropic's redacted thinking
    record Seal(Dialect dialect, @Nullable String id, String data, boolean readable) {

        private static final String MARK = "ol1.";

        /// The seal as a single text that fits into another dialect's opaque field.
        public String wrapped() {
            String name = id == null ? "" : id;
            return MARK + dialect.key() + "." + (readable ? "r" : "o") + "."
                    + Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8))
                    + "." + data;
        }

        /// The seal that a text of [#wrapped] stands for; null where it is none.
        public static @Nullable Seal unwrap(String text) {
            String[] pieces = text.split("\\.", 5);
            if (pieces.length < 5 || !text.startsWith(MARK)) {
                return null;
            }
            var dialect = Dialect.of(pieces[1]);
            try {
                String id = new String(Base64.getUrlDecoder().decode(pieces[3]), StandardCharsets.UTF_8);
                return dialect.isEmpty()
                        ? null
                        : new Seal(dialect.get(), id.isEmpty() ? null : id, pieces[4], pieces[2].equals("r"));
            } catch (IllegalArgumentException noBase64) {
                return null;
            }
        }
    }
}
