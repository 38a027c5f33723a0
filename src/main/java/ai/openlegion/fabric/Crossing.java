package ai.openlegion.fabric;

import java.util.Locale;

/// What an agent does at the doors besides the models', each with a rate of its own.
enum Crossing {
    BLACKBOARD_READ,
    BLACKBOARD_WRITE,
    WATCH,
    PUBLISH,
    SUBSCRIBE,
    MESSAGE,
    INBOX,
    REGISTER,
    DISCOVER,
    CRON,
    SPAWN,
    RUN_WORKFLOW,
    SERVICE,
    VAULT;

    /// The name under `rate_limits:` in `mesh.yaml`.
    String settingName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
