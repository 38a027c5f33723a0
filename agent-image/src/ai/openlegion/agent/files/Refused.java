package ai.openlegion.agent.files;

import java.io.IOException;

/// A path that leads out of the folder, or to something that is no file or folder; the message says so to the model.
public final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
        super(message);
    }
}
