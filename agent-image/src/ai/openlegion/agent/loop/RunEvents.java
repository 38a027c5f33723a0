package ai.openlegion.agent.loop;

import java.util.Optional;
import java.util.function.Consumer;

/// Follows a run as it goes.
public interface RunEvents {

    /// For those who only want the end.
    RunEvents NONE = new RunEvents() {
        @Override
        public void toolStarts(String name, Object input) {}

        @Override
        public void toolEnded(String name, Object output) {}

        @Override
        public Optional<Consumer<String>> text() {
            return Optional.empty();
        }
    };

    void toolStarts(String name, Object input);

    void toolEnded(String name, Object output);

    /// Takes the model's text as it comes; without it nothing is streamed.
    Optional<Consumer<String>> text();
}
