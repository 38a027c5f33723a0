package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.config.Home;
import ai.openlegion.scenario.Canaries;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// A folder in which `openlegion` runs the classes under test, and the mesh that was started there.
final class LiveMesh implements AutoCloseable {

    private final Path folder;
    private final Path launcher;

    /// Writes the launcher.
    LiveMesh(Path folder) throws Exception {
        this.folder = folder;
        launcher = folder.resolve("openlegion");
        String java = Ended.command(List.of("-Dopenlegion.launcher=" + launcher)).stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
        Files.writeString(launcher, "#!/bin/sh\nexec " + java + " \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// Starts the demo in the background.
    LiveMesh demo() throws Exception {
        Ended started =
                openlegion("start", "--demo", "-d", "--port", "0", "--control-port", "0", "--runtime", "external");
        assertThat(started.code()).as(started.err()).isZero();
        return this;
    }

    /// Runs a command in a process of its own.
    Ended openlegion(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        return Ended.run(folder, Map.of(), command);
    }

    /// Runs a command in this process, which is quicker and the same to the mesh.
    Ended command(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = run(new PrintStream(out, true, StandardCharsets.UTF_8), err, arguments);
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    int run(PrintStream out, ByteArrayOutputStream err, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--home", home().root().toString()));
        return Cli.run(all.toArray(String[]::new), out, new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    /// What an agent gets for a request.
    HttpResponse<String> ask(String token, String method, String path, String body) throws Exception {
        int port = Objects.requireNonNull(Ready.read(home())).port();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .header("Authorization", "Bearer " + token)
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .build();
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            String _ = Canaries.received(answer.headers().map() + answer.body());
            return answer;
        }
    }

    Home home() {
        return new Home(folder.resolve(".openlegion"));
    }

    @Override
    public void close() throws CommandFailure {
        kill();
    }

    /// SIGKILL; no credential may stand in what it leaves.
    void kill() throws CommandFailure {
        Ready ready = Ready.read(home());
        if (ready != null) {
            Canaries.sweepChildren(ready.pid(), home().root(), Map.of());
            ProcessHandle.of(ready.pid()).ifPresent(ProcessHandle::destroyForcibly);
        }
        Canaries.sweep(home().root(), Map.of());
    }
}
