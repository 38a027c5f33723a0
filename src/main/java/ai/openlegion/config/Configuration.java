package ai.openlegion.config;

import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The reading of a home's whole configuration; changes nothing on disk.
public final class Configuration {

    private Configuration() {}

    /// Reads every file of a home.
    ///
    /// @param environment of the process; `OPENLEGION_CRED_*` in it wins over `.env`
    /// @param problems told every mistake
    /// @return what the files say, or nothing when there is any problem
    public static Optional<Loaded> load(
            Home home, Map<String, String> environment, Overrides overrides, Problems problems) {
        problems.add("config", 0, "", "cannot be read yet");
        return Optional.empty();
    }

    /// A configuration without a mistake.
    public interface Loaded {

        /// What holds for the whole run.
        MeshSettings settings();

        /// The providers and prices, shipped and own.
        Catalogue catalogue();

        /// What the operator should know but nothing is stopped by; one sentence each, with file and line.
        List<String> warnings();

        /// SHA-256, in hex, of everything that was read but credentials.
        String contentHash();

        /// The fleet at a revision, with the tokens as they stand now.
        ///
        /// @throws IOException when the token files cannot be read
        Fleet fleet(long revision, Tokens tokens) throws IOException;
    }
}
