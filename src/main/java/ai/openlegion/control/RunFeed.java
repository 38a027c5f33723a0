package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The events of one run as frames of an event stream, read once and encoded once for all who follow it.
///
/// While the store is asked, what happens meanwhile waits behind its answer: nothing is missed between the two, and
/// what is in both is taken once.
final class RunFeed {

    /// What a reader gets at one go.
    private static final int CHUNK_BYTES = 16 * 1024;

    private static final String LAST_EVENT = "run.finished";

    private final Bus bus;
    private final String run;
    private final List<Buffer> frames = new ArrayList<>();
    private final List<Long> numbers = new ArrayList<>();
    private final Set<RunReader> readers = new LinkedHashSet<>();
    private final List<Workflows.RunEvent> meanwhile = new ArrayList<>();
    private boolean asking;
    private boolean known;
    private boolean over;
    private boolean silent;
    private Chunk recent = new Chunk(0, 0, Buffer.buffer());

    RunFeed(Bus bus, String run) {
        this.bus = bus;
        this.run = run;
    }

    /// Frames that follow each other.
    ///
    /// @param from the first one's place; @param to the place behind the last one
    record Chunk(int from, int to, Buffer bytes) {}

    /// Lets a reader follow; it is answered once what has happened so far is known.
    void join(RunReader reader) {
        readers.add(reader);
        if (known) {
            reader.begin(this);
        } else if (!asking) {
            ask();
        }
    }

    /// A reader has gone; true when it was the last.
    boolean leave(RunReader reader) {
        return readers.remove(reader) && readers.isEmpty();
    }

    int size() {
        return frames.size();
    }

    /// Whether no event can follow those there are.
    boolean isOver() {
        return over;
    }

    /// The place of the first event behind the one of this number.
    int placeAfter(long number) {
        int place = frames.size();
        while (place > 0 && numbers.get(place - 1) > number) {
            place--;
        }
        return place;
    }

    /// The number of the last event; 0 = none yet.
    long last() {
        return numbers.isEmpty() ? 0 : numbers.getLast();
    }

    /// The frames from a place on, as many as are written at one go. Readers that keep step share one buffer.
    Chunk chunk(int from) {
        int to = from + 1;
        long bytes = frames.get(from).length();
        while (to < frames.size() && bytes + frames.get(to).length() <= CHUNK_BYTES) {
            bytes += frames.get(to).length();
            to++;
        }
        if (recent.from != from || recent.to != to) {
            Buffer all = Buffer.buffer((int) bytes);
            frames.subList(from, to).forEach(all::appendBuffer);
            recent = new Chunk(from, to, all);
        }
        return recent;
    }

    /// Something has happened in the run.
    void tell(List<Workflows.RunEvent> events) {
        silent = false;
        if (asking) {
            meanwhile.addAll(events);
        } else if (known) {
            add(events);
            each();
        }
    }

    /// A while has passed. A run in which nothing happened is looked at again: the bus delivers at most once.
    void tick() {
        List.copyOf(readers).forEach(RunReader::tick);
        if (silent && known && !over && !asking) {
            ask();
        }
        silent = true;
    }

    void end() {
        List.copyOf(readers).forEach(RunReader::end);
    }

    private void ask() {
        asking = true;
        bus.ask(Workflows.EVENTS, new Workflows.ReadEvents(run, last())).onComplete(this::answered);
    }

    private void answered(AsyncResult<Workflows.EventPage> answer) {
        asking = false;
        List<Workflows.RunEvent> later = List.copyOf(meanwhile);
        meanwhile.clear();
        if (answer.failed()) {
            if (known) {
                add(later);
                each();
            } else {
                refuse(response -> Answers.fault(answer.cause(), response));
            }
            return;
        }
        if (!answer.result().isKnown()) {
            refuse(response -> RunRoutes.unknown());
            return;
        }
        boolean first = !known;
        known = true;
        add(answer.result().events());
        add(later);
        if (first) {
            List.copyOf(readers).forEach(reader -> reader.begin(this));
        } else {
            each();
        }
    }

    private void refuse(java.util.function.Function<HttpServerResponse, Answer> answer) {
        List.copyOf(readers).forEach(reader -> reader.refuse(answer));
    }

    private void each() {
        List.copyOf(readers).forEach(RunReader::goOn);
    }

    private void add(List<Workflows.RunEvent> events) {
        for (Workflows.RunEvent event : events) {
            if (event.seq() > last() && !over) {
                frames.add(Buffer.buffer(
                        "id: " + event.seq() + "\nevent: " + event.name() + "\ndata: " + event.data() + "\n\n"));
                numbers.add(event.seq());
                over = event.name().equals(LAST_EVENT);
            }
        }
    }
}
