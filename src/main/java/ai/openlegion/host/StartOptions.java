package ai.openlegion.host;

import ai.openlegion.config.Home;
import ai.openlegion.fleet.RuntimeKind;
import org.jspecify.annotations.Nullable;

/// What the command line says about a start.
///
/// @param port of the agents' listener; null = the configuration's
/// @param controlPort of the operator's listener; null = the configuration's
/// @param runtime what isolates agents that name nothing else; null = the configuration's
/// @param demo whether to run the sample fleet on the built-in simulated provider
public record StartOptions(
        Home home,
        @Nullable Integer port,
        @Nullable Integer controlPort,
        @Nullable RuntimeKind runtime,
        boolean demo) {}
