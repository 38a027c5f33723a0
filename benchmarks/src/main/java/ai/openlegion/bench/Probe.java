package ai.openlegion.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/// Asks each peer once for both kinds of answer before anything is timed: a peer that answers wrongly is fast for
/// nothing.
final class Probe {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /// Throws with the answer when the peer does not pass on a whole answer of that shape.
    void check(Peer peer, Peer.Shape shape) throws IOException, InterruptedException {
        String stream = shape == Peer.Shape.STREAM ? "\"stream\":true," : "";
        String turns = peer.path().equals(Peer.RESPONSES) ? "input" : "messages";
        String body = "{\"model\":\"" + peer.model() + "\"," + stream
                + (peer.path().equals(Peer.RESPONSES) ? "" : "\"max_tokens\":256,")
                + "\"" + turns + "\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
        var request = HttpRequest.newBuilder(URI.create(peer.url(shape)))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        for (String header : peer.headers()) {
            request.header(header.substring(0, header.indexOf(':')), header.substring(header.indexOf(':') + 2));
        }
        var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        boolean whole = shape == Peer.Shape.STREAM ? wholeStream(peer.path(), answer.body()) : wholeJson(answer.body());
        if (answer.statusCode() != 200 || !whole) {
            throw new IOException(peer.name() + " does not pass the " + shape + " answer on: " + answer.statusCode()
                    + " " + answer.body());
        }
    }

    private static boolean wholeJson(String body) {
        return body.startsWith("{") && body.endsWith("}") && body.contains("\"completion_tokens\"");
    }

    private static boolean wholeStream(String path, String body) {
        String delta = path.equals(Peer.CHAT) ? "\"content\":\" word" : "delta\"";
        long deltas = body.lines()
                .filter(line -> line.startsWith("data:") && line.contains(delta) && line.contains("\" word"))
                .count();
        String last = path.equals(Peer.CHAT)
                ? "data: [DONE]"
                : path.equals(Peer.MESSAGES) ? "\"message_stop\"" : "\"response.completed\"";
        return deltas == CannedAnswers.DELTAS
                && body.substring(body.lastIndexOf("data:")).contains(last);
    }
}
