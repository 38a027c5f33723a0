package ai.openlegion.scenario;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Requests of a client as they were written down: a name, a request line, headers, a body.
final class Transcript {

    private final Map<String, Request> requests = new LinkedHashMap<>();

    private Transcript() {}

    /// Reads `transcripts/NAME.http`: requests begin with `### name`, lines before the first are a comment.
    static Transcript of(String name) {
        String text;
        try (InputStream in = Transcript.class.getResourceAsStream("/transcripts/" + name + ".http")) {
            text = new String(requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        Transcript transcript = new Transcript();
        String[] parts = text.split("(?m)^### ", -1);
        for (int i = 1; i < parts.length; i++) {
            transcript.add(parts[i]);
        }
        return transcript;
    }

    Request request(String name) {
        return requireNonNull(requests.get(name), name);
    }

    private void add(String part) {
        String[] sections = part.split("\n\n", 2);
        List<String> lines = new ArrayList<>(sections[0].lines().toList());
        String name = lines.removeFirst().strip();
        String[] line = lines.removeFirst().split(" ", 2);
        requests.put(name, new Request(line[0], line[1].strip(), lines, sections[1].strip()));
    }

    /// One request.
    ///
    /// @param headers lines `Name: value`
    record Request(String method, String path, List<String> headers, String body) {

        /// With one placeholder filled, wherever it stands.
        Request with(String placeholder, String value) {
            String hole = "{{" + placeholder + "}}";
            return new Request(
                    method,
                    path,
                    headers.stream().map(line -> line.replace(hole, value)).toList(),
                    body.replace(hole, value));
        }

        /// As it goes over the wire, after which the server closes the connection unless the request says else.
        byte[] bytes() {
            byte[] content = body.getBytes(StandardCharsets.UTF_8);
            StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
            headers.forEach(line -> head.append(line).append("\r\n"));
            if (headers.stream().noneMatch(line -> line.startsWith("Connection:"))) {
                head.append("Connection: close\r\n");
            }
            if (content.length > 0) {
                head.append("Content-Length: ").append(content.length).append("\r\n");
            }
            byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
            byte[] all = new byte[start.length + content.length];
            System.arraycopy(start, 0, all, 0, start.length);
            System.arraycopy(content, 0, all, start.length, content.length);
            return all;
        }
    }
}
