package ai.openlegion.config;

import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.vault.Secret;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// What the command line sets above the files, for one run.
///
/// @param port of the agent listener; 0 takes a free one; null = the file's
/// @param controlPort of the operator listener; 0 takes a free one; null = the file's
/// @param runtime the kind for agents that name none; null = the file's
/// @param demo where `start --demo` has its simulated provider; null outside the demo
public record Overrides(
        @Nullable Integer port,
        @Nullable Integer controlPort,
        @Nullable RuntimeKind runtime,
        @Nullable Demo demo) {

    /// Nothing overridden.
    public static final Overrides NONE = new Overrides(null, null, null, null);

    /// The simulated provider of this run.
    ///
    /// @param baseUrl takes the place of the base URL of the provider `demo`
    /// @param credential takes the place of the credential of the provider `demo`
    public record Demo(URI baseUrl, Secret credential) {}
}
