package ai.openlegion.dialect.messages;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Part.Seal;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.json.PlainJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads content blocks of a request.
final class BlockReader {

    /// Where to cache, where a text came from, who called a tool, how large an image may be: nothing of it is said.
    private static final Set<String> HINTS = Set.of("cache_control", "citations", "caller", "transformations");

    private BlockReader() {}

    /// The parts of a message: a text or a list of blocks.
    static List<Part> content(@Nullable Object content, String path) throws Untranslatable {
        if (content instanceof String text) {
            return List.of(new Part.Text(text));
        }
        List<Part> parts = new ArrayList<>();
        int number = 0;
        for (Object each : Reading.list(content, path)) {
            String at = path + "[" + number++ + "]";
            parts.add(block(Reading.object(each, at), at));
        }
        return List.copyOf(parts);
    }

    private static Part block(Map<?, ?> block, String path) throws Untranslatable {
        return switch (Reading.text(block, "type", path)) {
            case "text" -> {
                known(block, path, "text");
                yield new Part.Text(Reading.text(block, "text", path));
            }
            case "image" -> {
                known(block, path, "source");
                yield image(Reading.object(block.get("source"), path + ".source"), path + ".source");
            }
            case "tool_use" -> {
                known(block, path, "id", "name", "input");
                yield new Part.ToolCall(
                        Reading.text(block, "id", path),
                        Reading.text(block, "name", path),
                        PlainJson.write(Reading.object(block.get("input"), path + ".input")),
                        false);
            }
            case "tool_result" -> {
                known(block, path, "tool_use_id", "content", "is_error");
                Object content = block.get("content");
                yield new Part.ToolResult(
                        Reading.text(block, "tool_use_id", path),
                        content == null ? List.of() : content(content, path + ".content"),
                        Reading.flag(block, "is_error", path),
                        false);
            }
            case "thinking" -> {
                known(block, path, "thinking", "signature");
                String signature = Reading.textOrNull(block, "signature", path);
                yield new Part.Reasoning(Reading.text(block, "thinking", path), seal(signature, true));
            }
            case "redacted_thinking" -> {
                known(block, path, "data");
                yield new Part.Reasoning("", seal(Reading.text(block, "data", path), false));
            }
            case "tool_reference" -> {
                known(block, path, "tool_name");
                yield new Part.Text("The tool " + Reading.text(block, "tool_name", path) + " is available.");
            }
            case "search_result" -> {
                known(block, path, "source", "title", "content");
                yield searchResult(block, path);
            }
            default -> // open: any text
                throw new Untranslatable(
                        path + ".type", path + ".type: " + block.get("type") + " has no equal elsewhere");
        };
    }

    private static void known(Map<?, ?> block, String path, String... names) throws Untranslatable {
        Set<String> known = new HashSet<>(List.of(names));
        known.add("type");
        Reading.only(block, path, known, HINTS);
    }

    private static Part image(Map<?, ?> source, String path) throws Untranslatable {
        return switch (Reading.text(source, "type", path)) {
            case "base64" ->
                new Part.Image(
                        "data:" + Reading.text(source, "media_type", path) + ";base64,"
                                + Reading.text(source, "data", path),
                        null);
            case "url" -> new Part.Image(Reading.text(source, "url", path), null);
            default -> // open: any text
                throw new Untranslatable(path + ".type", path + ".type must be base64 or url");
        };
    }

    /// Own opaque data verbatim, another vendor's as it was wrapped.
    private static @Nullable Seal seal(@Nullable String opaque, boolean readable) {
        if (opaque == null || opaque.isEmpty()) {
            return null;
        }
        Seal foreign = Seal.unwrap(opaque);
        return foreign != null ? foreign : new Seal(Dialect.ANTHROPIC, null, opaque, readable);
    }

    private static Part searchResult(Map<?, ?> block, String path) throws Untranslatable {
        var text = new StringBuilder(Reading.text(block, "title", path))
                .append("\n")
                .append(Reading.text(block, "source", path));
        for (Part part : content(block.get("content"), path + ".content")) {
            if (part instanceof Part.Text(String more)) {
                text.append("\n").append(more);
            }
        }
        return new Part.Text(text.toString());
    }
}
