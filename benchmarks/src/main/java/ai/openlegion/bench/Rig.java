package ai.openlegion.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The upstream, the peers and the mesh, all running on loopback.
///
/// @param root the repository; @param work where logs, the mesh's home and nginx's files go
record Rig(Path root, Path work, Children children, int upstreamPort, Peer direct) {

    /// Starts the canned upstream, which everything else stands before.
    static Rig start(Path root, Path work, Children children) throws IOException, InterruptedException {
        int port = Children.freePort();
        var upstream = children.serve(
                "upstream",
                List.of(java(), "-XX:+UseSerialGC", "-cp", classPath(), Upstream.class.getName(), "" + port),
                port);
        return new Rig(root, work, children, port, Peer.plain("direct", port, upstream.pid()));
    }

    /// The bare Vert.x hop, run with the JVM options the mesh was started with.
    Peer hop(String name, String mode, List<String> jvmOptions) throws IOException, InterruptedException {
        int port = Children.freePort();
        var command = new ArrayList<String>(List.of(java()));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", classPath(), Hop.class.getName(), "" + port, "" + upstreamPort, mode));
        return Peer.plain(name, port, children.serve(name, command, port).pid());
    }

    /// nginx with one worker before that upstream; its CPU time is the worker's.
    Peer nginx(String name, int port) throws IOException, InterruptedException {
        int json = Children.freePort();
        int sse = Children.freePort();
        Path directory = Files.createDirectories(work.resolve(name));
        Path configuration = directory.resolve("nginx.conf");
        Files.writeString(
                configuration,
                Files.readString(root.resolve("benchmarks/nginx.conf"))
                        .replace("@DIR@", directory.toString())
                        .replace("@UPSTREAM@", "" + port)
                        .replace("@JSON@", "" + json)
                        .replace("@SSE@", "" + sse));
        var command = List.of(
                "nginx",
                "-p",
                directory + "/",
                "-e",
                directory.resolve("error.log").toString(),
                "-c",
                configuration.toString());
        var master = children.serve(name, command, sse);
        long worker = master.children().findFirst().orElseThrow().pid();
        return new Peer(name, json, sse, List.of("Authorization: Bearer canned"), "canned/small", worker);
    }

    /// Portkey's gateway from npm, told by header where the provider is.
    Peer portkey() throws IOException, InterruptedException {
        int port = Children.freePort();
        String script = root.resolve("benchmarks/target/portkey/node_modules/@portkey-ai/gateway/build/start-server.js")
                .toString();
        var process = children.serve("portkey", List.of("node", script, "--headless", "--port=" + port), port);
        var headers = List.of(
                "Authorization: Bearer canned",
                "x-portkey-provider: openai",
                "x-portkey-custom-host: http://127.0.0.1:" + upstreamPort + "/v1");
        return new Peer("Portkey", port, port, headers, "canned/small", process.pid());
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static String classPath() {
        return System.getProperty("java.class.path");
    }
}
