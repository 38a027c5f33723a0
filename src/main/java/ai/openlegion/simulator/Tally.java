package ai.openlegion.simulator;

import java.util.concurrent.atomic.LongAdder;

/// The running counts of one API key.
final class Tally {

    private final LongAdder requests = new LongAdder();
    private final LongAdder inputTokens = new LongAdder();
    private final LongAdder outputTokens = new LongAdder();
    private final LongAdder streamsOpen = new LongAdder();
    private final LongAdder disconnects = new LongAdder();

    void requested() {
        requests.increment();
    }

    void opened(long promptTokens) {
        inputTokens.add(promptTokens);
        streamsOpen.increment();
    }

    void generated(long tokens) {
        outputTokens.add(tokens);
    }

    void closed(boolean disconnected) {
        if (disconnected) {
            disconnects.increment();
        }
        streamsOpen.decrement();
    }

    Counts counts() {
        return new Counts(requests.sum(), inputTokens.sum(), outputTokens.sum(), streamsOpen.sum(), disconnects.sum());
    }

    void reset() {
        requests.reset();
        inputTokens.reset();
        outputTokens.reset();
        disconnects.reset();
    }
}
