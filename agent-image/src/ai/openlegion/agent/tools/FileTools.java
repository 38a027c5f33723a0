package ai.openlegion.agent.tools;

import ai.openlegion.agent.files.Confined;
import ai.openlegion.agent.json.Members;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `read_file`, `write_file`, `list_files` and `save_artifact`.
final class FileTools {

    private static final int READ_BYTES = 100_000;

    /// What the result takes beside the text.
    private static final int BRACES = 100;
    private static final int WRITE_CHARS = 1_000_000;
    private static final int ENTRIES = 500;
    private static final int PATH_CHARS = 4096;
    private static final String ARTIFACTS = "artifacts/";

    private final Confined files;

    private FileTools(Confined files) {
        this.files = files;
    }

    static List<Tool> of(Confined files) {
        var tools = new FileTools(files);
        return List.of(
                new CheckedTool(
                        "read_file",
                        "Reads a text file, at most " + READ_BYTES + " bytes of it; next_line says where to go on.",
                        List.of(
                                path("Relative to the data folder"),
                                Parameter.whole("offset", "The first line to read, from 1", 1, Integer.MAX_VALUE)
                                        .optional(),
                                Parameter.whole("limit", "How many lines to read", 1, Integer.MAX_VALUE)
                                        .optional()),
                        (context, arguments) -> tools.read(arguments, context.room())),
                new CheckedTool(
                        "write_file",
                        "Writes a text file, in place of what was there, and makes the folders on the way.",
                        List.of(
                                path("Relative to the data folder"),
                                content(),
                                Parameter.truth("append", "Whether to add to the end instead").optional()),
                        (context, arguments) -> tools.write(arguments)),
                new CheckedTool(
                        "list_files",
                        "Lists a folder, at most " + ENTRIES + " entries.",
                        List.of(
                                path("Relative to the data folder, itself unless said").orEmpty().optional(),
                                Parameter.truth("recursive", "Whether to list the folders in it too").optional()),
                        (context, arguments) -> tools.list(arguments)),
                new CheckedTool(
                        "save_artifact",
                        "Keeps a result as a text file where the operator looks for results.",
                        List.of(Parameter.text("name", "Name of the file", 255), content()),
                        (context, arguments) -> tools.saveArtifact(arguments)));
    }

    private static Parameter path(String description) {
        return Parameter.text("path", description, PATH_CHARS);
    }

    private static Parameter content() {
        return Parameter.text("content", "The text", WRITE_CHARS).orEmpty();
    }

    private Object read(Members arguments, int room) throws IOException, InterruptedException {
        long first = arguments.whole("offset").orElse(1L);
        long count = arguments.whole("limit").orElse(Long.MAX_VALUE);
        // as JSON, a character of a text takes two at worst
        int most = Math.clamp((room - BRACES) / 2, 1, READ_BYTES);
        return files.read(arguments.text("path").orElseThrow(), file -> lines(file, first, count, most));
    }

    /// Reads no more than it has to: a file may be larger than memory.
    private static Map<String, Object> lines(InputStream file, long first, long count, int most) throws IOException {
        var kept = new ByteArrayOutputStream();
        boolean more = false;
        int whole = 0;
        long line = 1;
        var in = new BufferedInputStream(file);
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (line - first >= count || kept.size() == most) {
                more = true;
                break;
            }
            if (line >= first) {
                kept.write(next);
            }
            if (next == '\n') {
                line++;
                whole = kept.size();
            }
            if (Thread.interrupted()) {
                throw new IOException("interrupted");
            }
        }
        // half a line is left for the next call, but a line that fits in none is passed over with its beginning
        boolean half = more && whole < kept.size();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(
                "content",
                new String(
                        kept.toByteArray(), 0, half && whole > 0 ? whole : kept.size(), StandardCharsets.UTF_8));
        if (more) {
            answer.put("truncated", true);
            answer.put("next_line", half && whole == 0 ? line + 1 : line);
        }
        return answer;
    }

    private Object write(Members arguments) throws IOException, InterruptedException {
        String path = arguments.text("path").orElseThrow();
        byte[] content = arguments.text("content").orElseThrow().getBytes(StandardCharsets.UTF_8);
        boolean append = arguments.truth("append").orElse(false);
        if (append) {
            files.append(path, content);
        } else {
            files.write(path, content);
        }
        return Map.of(append ? "appended" : "written", content.length, "path", path);
    }

    private Object list(Members arguments) throws IOException, InterruptedException {
        Confined.Listing listing = files.list(
                arguments.text("path").orElse(""), arguments.truth("recursive").orElse(false), ENTRIES);
        List<Object> entries = new ArrayList<>();
        for (Confined.Entry entry : listing.entries()) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("path", entry.path());
            each.put("type", entry.type());
            if (entry.type().equals("file")) {
                each.put("size", entry.bytes());
            }
            entries.add(each);
        }
        return Map.of("entries", entries, "truncated", listing.more());
    }

    private Object saveArtifact(Members arguments) throws IOException, InterruptedException {
        String name = arguments.text("name").orElseThrow();
        // with a folder before it an absolute name would look like a relative one
        Confined.check(name);
        byte[] content = arguments.text("content").orElseThrow().getBytes(StandardCharsets.UTF_8);
        files.write(ARTIFACTS + name, content);
        return Map.of("saved", true, "path", ARTIFACTS + name, "size", content.length);
    }
}
