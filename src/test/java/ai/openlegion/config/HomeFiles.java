package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A home on disk that a test fills, and what reading it said.
final class HomeFiles {

    /// A mesh.yaml on which the agents below stand, in three lines.
    static final String MESH = """
            runtime: {kind: external}
            providers: {sim: {dialect: openai, base_url: "http://127.0.0.1:9000/v1", credential: sim_api_key}}
            models: {sim/small: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}, sim/large: {input_usd_per_mtok: 3, output_usd_per_mtok: 4}}
            """;

    static final String AGENTS = """
            agents:
              researcher: {role: research, model: sim/small}
              writer: {role: writing, model: sim/small}
            """;

    static final String PERMISSIONS = "{\"permissions\": {\"default\": {\"allowed_apis\": [\"llm\"]}}}";

    private final Home home;
    private final Map<String, String> environment = new HashMap<>();
    private Overrides overrides = Overrides.NONE;
    private List<String> problems = List.of();

    HomeFiles(Path root) {
        home = new Home(root);
        mesh(MESH).agents(AGENTS).permissions(PERMISSIONS).file(".env", "OPENLEGION_CRED_SIM_API_KEY=key\n");
        try {
            Files.setPosixFilePermissions(
                    home.env(), java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    Home home() {
        return home;
    }

    @CanIgnoreReturnValue
    HomeFiles mesh(String text) {
        return file("config/mesh.yaml", text);
    }

    @CanIgnoreReturnValue
    HomeFiles agents(String text) {
        return file("config/agents.yaml", text);
    }

    @CanIgnoreReturnValue
    HomeFiles permissions(String text) {
        return file("config/permissions.json", text);
    }

    @CanIgnoreReturnValue
    HomeFiles file(String name, String text) {
        return bytes(name, text.getBytes(StandardCharsets.UTF_8));
    }

    @CanIgnoreReturnValue
    HomeFiles bytes(String name, byte[] bytes) {
        try {
            Path file = home.root().resolve(name);
            Files.createDirectories(java.util.Objects.requireNonNull(file.getParent()));
            Files.write(file, bytes);
            return this;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @CanIgnoreReturnValue
    HomeFiles without(String name) {
        try {
            Files.delete(home.root().resolve(name));
            return this;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @CanIgnoreReturnValue
    HomeFiles environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    @CanIgnoreReturnValue
    HomeFiles overrides(Overrides flags) {
        overrides = flags;
        return this;
    }

    /// Every problem, as an operator sees them; empty when there are none.
    List<String> problems() {
        var _ = read();
        return problems;
    }

    /// The configuration, which must have no problem.
    Loaded load() {
        Loaded loaded = read();
        assertThat(problems).isEmpty();
        if (loaded == null) {
            throw new AssertionError("no problem, and no configuration");
        }
        return loaded;
    }

    private @Nullable Loaded read() {
        Problems found = new Problems();
        Loaded loaded = Configuration.load(home, environment, overrides, found, Instant.now())
                .orElse(null);
        problems = found.list().stream().map(Problem::toString).toList();
        assertThat(loaded == null).isEqualTo(found.any());
        return loaded;
    }
}
