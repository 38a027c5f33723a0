package ai.openlegion.gateway;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.proxy.AnswerStream;
import ai.openlegion.vault.LeakWatch;
import ai.openlegion.vault.Vault;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;

/// A client's stream with a watch on the answer's text: frames whose text may be the beginning of a credential wait
/// until
/// the next ones show that it is none.
///
/// The first choice's content is one text, everything else a second one, so that neither hides the other.
final class HeldBack implements AnswerStream.Sink {

    /// Fewer characters than these tell nothing, and waiting for them would make honest streams stutter.
    private static final int TELLING = 4;

    /// A frame that waits: the characters of text before it, and the bytes of the answer before it.
    private record Frame(long textStart, long outStart) {}

    /// One text being watched, and the frames that wait because of it.
    private final class Lane {
        private final LeakWatch watch;
        private final Deque<Frame> waiting = new ArrayDeque<>(0);

        Lane(LeakWatch watch) {
            this.watch = watch;
        }

        void read(byte[] bytes, int from, int to) {
            if (leaked) {
                return;
            }
            long textStart = watch.read();
            leaked = watch.completes(bytes, from, to);
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

        int releasable() {
            return waiting.isEmpty() || (!leaked && watch.pending() < TELLING)
                    ? out.length()
                    : (int) Math.max(0, waiting.element().outStart() - taken);
        }
    }

    private final ClientStream told;
    private final StreamOut out;
    private final Lane content;
    private final Lane rest;
    private long taken;
    private long frameStart;
    private boolean leaked;

    HeldBack(ClientStream told, StreamOut out, Vault vault) {
        this.told = told;
        this.out = out;
        content = new Lane(vault.watch());
        rest = new Lane(vault.watch());
    }

    @Override
    public void frame(byte[] bytes, int from, int to) {
        frameStart = taken + out.length();
        told.frame(bytes, from, to);
    }

    @Override
    public void on(AnswerEvent event) {
        told.on(event);
        if (event instanceof AnswerEvent.Delta delta) {
            boolean isContent = delta.kind() == AnswerEvent.Kind.TEXT && delta.choice() == 0;
            (isContent ? content : rest).read(delta.bytes(), delta.from(), delta.to());
        }
    }

    /// Whether a whole credential stands in the answer's text.
    boolean leaked() {
        return leaked;
    }

    /// How many of the gathered bytes may leave.
    int releasable() {
        return Math.min(content.releasable(), rest.releasable());
    }

    /// Takes bytes that may leave; the rest stays.
    Buffer take(int count) {
        taken += count;
        return out.take(count);
    }
}
