package ai.openlegion.acl;

import java.util.List;

/// One entry of `permissions.json`: what one agent, or the default, may do. An empty list allows nothing.
public record Grants(
        List<String> canMessage,
        List<String> canPublish,
        List<String> canSubscribe,
        List<String> blackboardRead,
        List<String> blackboardWrite,
        List<String> allowedApis,
        List<String> allowedCredentials,
        List<String> canRunWorkflows,
        boolean canSpawn,
        boolean canManageCron) {

    /// The entry that allows nothing.
    public static final Grants NONE = new Grants(
            List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), false, false);

    public Grants {
        canMessage = List.copyOf(canMessage);
        canPublish = List.copyOf(canPublish);
        canSubscribe = List.copyOf(canSubscribe);
        blackboardRead = List.copyOf(blackboardRead);
        blackboardWrite = List.copyOf(blackboardWrite);
        allowedApis = List.copyOf(allowedApis);
        allowedCredentials = List.copyOf(allowedCredentials);
        canRunWorkflows = List.copyOf(canRunWorkflows);
    }
}
