package ai.openlegion.agent.self;

/// A setting without which the agent cannot start; the message names it and never shows its value.
public final class UnusableSetting extends Exception {
    private static final long serialVersionUID = 1;

    UnusableSetting(String message) {
        super(message);
    }
}
