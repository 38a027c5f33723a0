package ai.openlegion.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// The reading of `vault:` in `mesh.yaml`: where the file of master keys is.
final class VaultReader {

    static final String KEY_FILE = "data/vault.key";

    private VaultReader() {}

    /// The path, absolute.
    static Path keyFile(Tree vault, Home home) {
        String text = vault.text("key_file").orElse(KEY_FILE);
        Path file = home.root().resolve(KEY_FILE);
        try {
            Path named = home.root().resolve(text).normalize();
            if (text.isBlank() || named.getFileName() == null || text.endsWith("/")) {
                vault.problem("key_file", "must be the path of a file, such as " + KEY_FILE);
            } else {
                file = named;
            }
        } catch (InvalidPathException impossible) {
            vault.problem("key_file", "must be the path of a file, such as " + KEY_FILE);
        }
        vault.end();
        return file;
    }
}
