package ai.openlegion.runtime.docker;

import com.github.dockerjava.transport.DockerHttpClient.Request.Method;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The size of a volume, as the container tells.
final class VolumeSize {

    private static final Pattern DU = Pattern.compile("(\\d{1,15})\\s.*", Pattern.DOTALL);
    private static final int OUTPUT_MAX = 1000;

    private VolumeSize() {}

    /// The bytes of a container's volume as its own `du` tells, for a mesh that may not read the engine's folders.
    static long asked(Talk talk, String id) throws IOException, InterruptedException {
        String exec = Confinement.text(
                talk.post(
                        "/containers/" + id + "/exec",
                        new JsonObject()
                                .put("AttachStdout", true)
                                .put("Cmd", new JsonArray().add("du").add("-sk").add(ContainerSpec.DATA))),
                "Id");
        StringBuilder output = new StringBuilder();
        try (Response answer =
                talk.open(Method.POST, "/exec/" + exec + "/start", new JsonObject().put("Detach", false))) {
            Frames.read(answer.getBody(), piece -> {
                if (output.length() < OUTPUT_MAX) {
                    output.append(new String(piece, StandardCharsets.UTF_8));
                }
            });
        }
        Matcher size = DU.matcher(output);
        if (!size.matches()) {
            throw new IOException("du says: " + Fault.words(output.toString()));
        }
        return Long.parseLong(size.group(1)) * 1024;
    }
}
