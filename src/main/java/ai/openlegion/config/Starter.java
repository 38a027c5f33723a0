package ai.openlegion.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The first configuration of a home: files that are written where there are none, and never over one.
public final class Starter {

    private Starter() {}

    /// What was done.
    ///
    /// @param written the files that were made
    /// @param kept the files that were there already, and are as they were
    public record Written(List<Path> written, List<Path> kept) {

        public Written {
            written = List.copyOf(written);
            kept = List.copyOf(kept);
        }
    }

    /// Writes a commented configuration with one agent and one workflow, and an example of `.env`.
    ///
    /// @throws IOException when a file cannot be written
    public static Written init(Home home) throws IOException {
        Map<Path, String> files = configuration(home, "starter");
        for (String name : List.of("schedules.yaml", "webhooks.yaml", "workflows/example.yaml")) {
            files.put(home.config().resolve(name), "starter/" + name);
        }
        files.put(home.root().resolve(".env.example"), "starter/env.example");
        return write(home, files);
    }

    /// Writes the demo fleet, if the home holds no configuration at all: the demo never mixes with an operator's own.
    ///
    /// @throws IOException when a file cannot be written
    public static Written demo(Home home) throws IOException {
        Map<Path, String> files = configuration(home, "demo");
        for (String name : List.of("article", "prospect_pipeline", "translate_all")) {
            String file = "workflows/" + name + ".yaml";
            files.put(home.config().resolve(file), "demo/" + file);
        }
        List<Path> own = files.keySet().stream().filter(Files::exists).toList();
        return own.isEmpty() ? write(home, files) : new Written(List.of(), own);
    }

    private static Map<Path, String> configuration(Home home, String folder) {
        Map<Path, String> files = new LinkedHashMap<>();
        for (String name : List.of("mesh.yaml", "agents.yaml", "permissions.json")) {
            files.put(home.config().resolve(name), folder + "/" + name);
        }
        return files;
    }

    private static Written write(Home home, Map<Path, String> files) throws IOException {
        Files.createDirectories(home.config().resolve("workflows"));
        List<Path> written = new ArrayList<>();
        List<Path> kept = new ArrayList<>();
        for (Map.Entry<Path, String> file : files.entrySet()) {
            try {
                Files.write(file.getKey(), shipped(file.getValue()), StandardOpenOption.CREATE_NEW);
                written.add(file.getKey());
            } catch (FileAlreadyExistsException there) {
                kept.add(file.getKey());
            }
        }
        return new Written(written, kept);
    }

    private static byte[] shipped(String name) throws IOException {
        try (@Nullable InputStream in = Starter.class.getResourceAsStream("/ai/openlegion/conf/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks conf/" + name);
            }
            return in.readAllBytes();
        }
    }
}
