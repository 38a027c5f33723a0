package ai.openlegion.gateway;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.proxy.AnswerStream;
import ai.openlegion.vault.LeakWatch;
import ai.openlegion.vault.Vault;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// A client's stream with a watch on the answer's text: frames whose text may be the beginning of a credential wait
/// until the next ones show that it is none.
///
/// Each of an answer's texts ([Said]) is watched by itself, so that none hides another however they alternate.
final class HeldBack implements AnswerStream.Sink {

    /// Texts watched by themselves; what an answer says beyond shares one watch.
    private static final int MAX_LANES = 64;

    /// A frame that waits: the bytes of text before it, and the bytes of the answer before it.
    private record Frame(long textStart, long outStart) {}

    /// One text being watched, and the frames that wait because of it.
    private final class Lane {
        private final Said text;
        private final LeakWatch watch;
        private final Deque<Frame> waiting = new ArrayDeque<>(0);

        /// The answer's part that was read last.
        private int part;

        Lane(Said text, LeakWatch watch) {
            this.text = text;
            this.watch = watch;
        }

        void read(AnswerEvent.Delta delta) {
            if (leaked) {
                return;
            }
            part = delta.part();
            long textStart = watch.read();
            leaked = watch.completes(delta.bytes(), delta.from(), delta.to());
            if (leaked) {
                waiting.add(new Frame(textStart, frameStart));
            } else if (watch.pending() == 0) {
                waiting.clear();
            } else {
                waiting.add(new Frame(textStart, frameStart));
                long begins = watch.read() - watch.pending();
                Frame first = waiting.remove();
                while (!waiting.isEmpty() && waiting.element().textStart() <= begins) {
                    first = waiting.remove();
                }
                waiting.addFirst(first);
            }
        }

        /// The text may be over: nothing waits for more of it. Should more come and complete a credential, it is still
        /// noticed.
        void ended() {
            if (!leaked) {
                waiting.clear();
            }
        }

        int releasable() {
            return waiting.isEmpty()
                    ? out.length()
                    : (int) Math.max(0, waiting.element().outStart() - taken);
        }
    }

    private final ClientStream told;
    private final StreamOut out;
    private final Vault vault;
    private final List<Lane> lanes = new ArrayList<>(1);
    private Lane last;
    private long taken;
    private long frameStart;
    private boolean leaked;

    HeldBack(ClientStream told, StreamOut out, Vault vault) {
        this.told = told;
        this.out = out;
        this.vault = vault;
        last = new Lane(new Said(AnswerEvent.Kind.TEXT, 0, 0), vault.watch());
        lanes.add(last);
    }

    @Override
    public void frame(byte[] bytes, int from, int to) {
        frameStart = taken + out.length();
        told.frame(bytes, from, to);
    }

    @Override
    public void on(AnswerEvent event) {
        told.on(event);
        switch (event) {
            case AnswerEvent.Delta delta -> lane(delta).read(delta);
            case AnswerEvent.PartEnded(int choice, int part) -> ended(choice, part);
            case AnswerEvent.Ended(int choice, var _, var _) -> ended(choice, -1);
            case AnswerEvent.Started _,
                    AnswerEvent.ToolCalled _,
                    AnswerEvent.Sealed _,
                    AnswerEvent.Used _,
                    AnswerEvent.Unshown _,
                    AnswerEvent.Completed _,
                    AnswerEvent.Failed _ -> {}
        }
    }

    private Lane lane(AnswerEvent.Delta delta) {
        if (!last.text.has(delta)) {
            last = find(delta);
        }
        return last;
    }

    private Lane find(AnswerEvent.Delta delta) {
        for (Lane lane : lanes) {
            if (lane.text.has(delta)) {
                return lane;
            }
        }
        if (lanes.size() > MAX_LANES) {
            return lanes.getLast();
        }
        var lane = new Lane(Said.in(delta), vault.watch());
        lanes.add(lane);
        return lane;
    }

    /// @param part the one that is whole; -1 for all of the choice
    private void ended(int choice, int part) {
        for (int at = lanes.size() - 1; at >= 0; at--) {
            Lane lane = lanes.get(at);
            boolean isCall = lane.text.kind() == AnswerEvent.Kind.ARGUMENTS;
            if (lane.text.choice() == choice && (part < 0 || lane.part == part)) {
                lane.ended();
                if (isCall && at > 0 && lanes.size() <= MAX_LANES && !leaked) {
                    var _ = lanes.remove(at);
                    last = lanes.getFirst();
                }
            }
        }
    }

    /// Whether a whole credential stands in the answer's text.
    boolean leaked() {
        return leaked;
    }

    /// How many of the gathered bytes may leave.
    int releasable() {
        int ready = out.length();
        for (Lane lane : lanes) {
            ready = Math.min(ready, lane.releasable());
        }
        return ready;
    }

    /// Takes bytes that may leave; the rest stays.
    Buffer take(int count) {
        taken += count;
        return out.take(count);
    }
}
