package ai.openlegion.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The files of one reading, each read once, with a running hash over their names and contents.
final class ConfigFiles {

    /// What may stand in `config/`, besides the workflows.
    static final List<String> NAMES = List.of(
            "mesh.yaml",
            "agents.yaml",
            "permissions.json",
            "schedules.yaml",
            "webhooks.yaml",
            CatalogueReader.IMPORTED);

    static final int MAX_WORKFLOWS = 1_000;
    private static final int MAX_UNREAD = 20;

    private final Home home;
    private final Problems problems;
    private final MessageDigest digest = sha256();

    ConfigFiles(Home home, Problems problems) {
        this.home = home;
        this.problems = problems;
    }

    /// A file under `config/`, which may be absent; nothing, with a problem, when it cannot be read.
    Optional<Source> own(String name) {
        return own(name, problems);
    }

    /// The same, with the problems of this file kept apart.
    Optional<Source> own(String name, Problems its) {
        Optional<Source> source = Source.read("config/" + name, home.config().resolve(name), its);
        source.ifPresent(this::hash);
        return source;
    }

    /// The mapping of a shipped YAML file.
    Tree shipped(String name) {
        Source source = Source.shipped(name);
        hash(source);
        return Tree.yaml(source, problems)
                .orElseThrow(() -> new IllegalStateException("the shipped " + name + " is malformed"));
    }

    /// The names, below `config/`, of all workflow files, in order.
    List<String> workflows() {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(home.config().resolve("workflows"), "*.yaml")) {
            for (Path file : files) {
                names.add("workflows/" + file.getFileName());
            }
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (NotDirectoryException wrong) {
            problems.add("config/workflows", 0, "", "must be a folder");
        } catch (DirectoryIteratorException | IOException unreadable) {
            problems.add("config/workflows", 0, "", "cannot be read");
        }
        if (names.size() > MAX_WORKFLOWS) {
            problems.add("config/workflows", 0, "", "holds more than " + MAX_WORKFLOWS + " files");
            return List.of();
        }
        Collections.sort(names);
        return names;
    }

    /// The names of files that look like configuration and are not read; each is perhaps mistyped.
    List<String> unread() {
        return named(home.config(), "*.{yaml,yml,json}").stream()
                .filter(name -> !NAMES.contains(name))
                .limit(MAX_UNREAD)
                .toList();
    }

    /// The names of files beside the workflows that look like one and are not read.
    List<String> unreadWorkflows() {
        return named(home.config().resolve("workflows"), "*.{yml,json,YAML,YML}").stream()
                .limit(MAX_UNREAD)
                .toList();
    }

    private static List<String> named(Path folder, String glob) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            files.forEach(file -> names.add(String.valueOf(file.getFileName())));
        } catch (DirectoryIteratorException | IOException absent) {
            return List.of();
        }
        Collections.sort(names);
        return names;
    }

    /// SHA-256, in hex, of everything read so far.
    String hash() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private void hash(Source source) {
        for (String part : List.of(source.file(), source.text())) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
