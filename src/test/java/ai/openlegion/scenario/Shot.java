package ai.openlegion.scenario;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// One request of an attacker, byte for byte.
///
/// @param control whether it goes to the operator's listener
/// @param target as it stands in the request line, also what no client library would send; ISO-8859-1
/// @param headers names and values in their order, without those that frame the body
/// @param authenticates whether the attacker's own token proves who sends it
record Shot(
        boolean control,
        String method,
        String target,
        List<Header> headers,
        byte[] body,
        boolean authenticates,
        boolean http2) {

    record Header(String name, String value) {}

    /// As HTTP/1.1 has it, for a connection that ends after the answer.
    byte[] http1() {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        headers.forEach(header ->
                head.append(header.name).append(": ").append(header.value).append("\r\n"));
        if (body.length > 0 || !method.matches("GET|HEAD")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        head.append("Connection: close\r\n\r\n");
        var whole = new ByteArrayOutputStream();
        whole.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        whole.writeBytes(body);
        return whole.toByteArray();
    }

    @Override
    public String toString() {
        return (control ? "control " : "agents ")
                + (http2 ? "h2 " : "h1 ")
                + new String(http1(), StandardCharsets.ISO_8859_1);
    }
}
