package ai.openlegion.proxy;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Usage;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One streamed answer being read: splits server-sent events across any chunk boundary and meters every delta, whatever
/// the dialect.
///
/// Not thread-safe; it lives on its call's event loop.
public final class AnswerStream {

    /* Most frames of a stream differ from the one before in nothing but the delta's text. So a frame that says one delta
    is parsed in full and remembered as a template: its bytes before the text and after it. A frame that begins with
    the same prefix is still inside the same JSON string where the prefix ends; if no unescaped quote comes before
    bytes equal to the suffix, the frame is the same document with another text. That takes some 30 ns a delta
    instead of 1.5 µs, and whatever does not match exactly is parsed in full. */

    /// Where frames and what they say go, in order; offsets are into an array that is reused after the call.
    public interface Sink extends Events {
        /// A whole frame, blank line included, as the provider sent it.
        void frame(byte[] bytes, int from, int to);
    }

    /// How the stream stands after a chunk.
    public enum State {
        /// More is to come.
        OPEN,
        /// The terminal frame was read; what follows is ignored.
        COMPLETE,
        /// The deltas passed the granted maximum; the frame that did was not handed on.
        OVER_LIMIT,
        /// The provider reported an error inside the stream.
        PROVIDER_ERROR,
        /// What came is no answer of the dialect.
        GARBAGE
    }

    /// The longest frame that is accepted, in bytes; providers send a few hundred.
    static final int MAX_FRAME_BYTES = 4 * 1024 * 1024;

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long FEEDS = '\n' * ONES;
    private static final long RETURNS = '\r' * ONES;

    private final Sink sink;
    private final AnswerReader reader;
    private final long maxTokens;
    private final Meter meter = new Meter();

    /// What the frame that is being read says; told once it is known to stay within the maximum.
    private final List<AnswerEvent> said = new ArrayList<>(4);

    /// The chunk being read, where nothing was left over before it; else our own copy of what is unfinished.
    private byte[] bytes = NOTHING;
    private int length;
    private int frameStart;
    private int scanned;
    private boolean started;

    private byte[] prefix = {};
    private byte[] suffix = {};
    private @Nullable Delta template;

    private State state = State.OPEN;
    private long documents;
    private @Nullable Fault fault;

    /// @param reader reads the provider's dialect
    /// @param maxTokens the granted maximum over all answers of the call
    public AnswerStream(Sink sink, AnswerReader reader, long maxTokens) {
        this.sink = sink;
        this.reader = reader;
        this.maxTokens = maxTokens;
    }

    /// Reads a chunk: hands whole frames on, keeps the unfinished rest.
    public State feed(ByteBuf chunk) {
        int size = chunk.readableBytes();
        boolean inPlace = frameStart == length && chunk.hasArray();
        if (inPlace) {
            bytes = chunk.array();
            frameStart = chunk.arrayOffset() + chunk.readerIndex();
            scanned = frameStart;
            length = frameStart + size;
        } else {
            if (length + size > bytes.length) {
                keepRest(Math.max(size, length - frameStart));
            }
            chunk.getBytes(chunk.readerIndex(), bytes, length, size);
            length += size;
        }
        if (!started) {
            skipByteOrderMark();
        }
        while (state == State.OPEN && nextFrame()) {
            frameStart = scanned;
        }
        if (state == State.OPEN && length - frameStart > MAX_FRAME_BYTES) {
            state = State.GARBAGE;
        }
        if (inPlace || frameStart == length) {
            keepRest(0);
        }
        return state;
    }

    /// Moves what is unfinished into an array of our own, with that much room behind it. Where nothing is, it lets go
    /// of the chunk: a stream that waits holds no memory.
    private void keepRest(int room) {
        bytes = length - frameStart + room == 0 ? NOTHING : Arrays.copyOfRange(bytes, frameStart, length + room);
        scanned -= frameStart;
        length -= frameStart;
        frameStart = 0;
    }

    private void skipByteOrderMark() {
        if (length - frameStart >= 3) {
            started = true;
            if (bytes[frameStart] == (byte) 0xef
                    && bytes[frameStart + 1] == (byte) 0xbb
                    && bytes[frameStart + 2] == (byte) 0xbf) {
                frameStart += 3;
                scanned = frameStart;
            }
        }
    }

    /// Reads one frame if it is whole; `scanned` then stands behind it.
    private boolean nextFrame() {
        if (template != null && scanned == frameStart && matches(template)) {
            return true;
        }
        int end = frameEnd();
        if (end < 0) {
            return false;
        }
        scanned = end;
        frame(frameStart, end);
        return true;
    }

    private boolean matches(Delta known) {
        int textStart = frameStart + prefix.length;
        if (textStart + suffix.length > length
                || !Arrays.equals(bytes, frameStart, textStart, prefix, 0, prefix.length)) {
            return false;
        }
        int at = textStart;
        while (at < length && bytes[at] != '"') {
            int step = bytes[at] >= ' ' && bytes[at] != '\\' ? 1 : JsonTexts.step(bytes, at, length);
            if (step == 0) {
                return false; // cut off, or no text of JSON: parsed in full it shows which
            }
            at += step;
        }
        if (at == textStart
                || at + suffix.length > length
                || !Arrays.equals(bytes, at, at + suffix.length, suffix, 0, suffix.length)) {
            return false;
        }
        int end = at + suffix.length;
        long before = meter.lowerBound();
        meter.delta(at - textStart);
        documents++;
        if (before == maxTokens) {
            state = State.OVER_LIMIT;
            meter.backTo(before);
            return true;
        }
        sink.frame(bytes, frameStart, end);
        sink.on(new Delta(known.kind(), known.choice(), known.part(), bytes, textStart, at));
        scanned = end;
        return true;
    }

    /// The offset behind the blank line that ends the frame, or -1; lines end with LF, CR LF or CR.
    private int frameEnd() {
        int at = scanned;
        while (at < length) {
            byte b = bytes[at];
            if (b == '\n' || b == '\r') {
                int afterLine = lineEnd(at);
                if (afterLine < 0) {
                    break;
                }
                if (afterLine < length && (bytes[afterLine] == '\n' || bytes[afterLine] == '\r')) {
                    int afterBlank = lineEnd(afterLine);
                    if (afterBlank < 0) {
                        break;
                    }
                    return afterBlank;
                }
                if (afterLine == length) {
                    break;
                }
                if (at == frameStart) {
                    return afterLine; // a blank line between frames
                }
                at = afterLine;
            } else {
                at = lineBreak(at + 1, length);
            }
        }
        scanned = at;
        return -1;
    }

    /// The offset of the next LF or CR, or `to`; eight bytes at a time where none is among them.
    private int lineBreak(int from, int to) {
        int at = from;
        while (at + 8 <= to) {
            long word = (long) LONGS.get(bytes, at);
            long feeds = word ^ FEEDS;
            long returns = word ^ RETURNS;
            if (((((feeds - ONES) & ~feeds) | ((returns - ONES) & ~returns)) & HIGH_BITS) != 0) {
                break; // a byte became zero: one of the two is here
            }
            at += 8;
        }
        while (at < to && bytes[at] != '\n' && bytes[at] != '\r') {
            at++;
        }
        return at;
    }

    /// The offset behind the line end at `at`; -1 where a CR is the last byte and a LF may follow.
    private int lineEnd(int at) {
        if (bytes[at] == '\n') {
            return at + 1;
        }
        if (at + 1 == length) {
            return -1;
        }
        return bytes[at + 1] == '\n' ? at + 2 : at + 1;
    }

    private void frame(int from, int to) {
        int dataStart = -1;
        int dataEnd = -1;
        ByteArrayOutputStream joined = null;
        int line = from;
        while (line < to) {
            int end = lineBreak(line, to);
            if (startsWith(DATA, line, end)) {
                int start = line + DATA.length;
                start += start < end && bytes[start] == ' ' ? 1 : 0;
                if (dataStart >= 0) {
                    if (joined == null) {
                        joined = new ByteArrayOutputStream(to - from);
                        joined.write(bytes, dataStart, dataEnd - dataStart);
                    }
                    joined.write('\n');
                    joined.write(bytes, start, end - start);
                } else {
                    dataStart = start;
                    dataEnd = end;
                }
            }
            line = end + (end + 1 < to && bytes[end] == '\r' && bytes[end + 1] == '\n' ? 2 : 1);
        }
        if (dataStart < 0) {
            sink.frame(bytes, from, to); // a comment or an event without data
        } else if (joined != null) {
            document(joined.toByteArray(), 0, joined.size(), from, to, false);
        } else {
            document(bytes, dataStart, dataEnd, from, to, true);
        }
    }

    private void document(byte[] data, int start, int end, int from, int to, boolean inPlace) {
        read(data, start, end, from, to, inPlace);
        said.clear(); // a stream that waits holds no memory
    }

    private void read(byte[] data, int start, int end, int from, int to, boolean inPlace) {
        boolean passes;
        long sequence = reader.standing().sequence;
        try {
            passes = reader.frame(data, start, end, said::add);
        } catch (IOException notOfTheDialect) {
            state = State.GARBAGE;
            return;
        }
        documents++;
        long before = meter.lowerBound();
        meter.document(said);
        if (meter.lowerBound() > maxTokens) {
            state = State.OVER_LIMIT;
            meter.backTo(before);
            reader.standing().sequence = sequence; // the client does not get this frame's number
            return;
        }
        if (passes) {
            sink.frame(bytes, from, to);
        }
        for (AnswerEvent event : said) {
            if (event instanceof AnswerEvent.Failed(Fault why)) {
                fault = why;
                state = State.PROVIDER_ERROR;
                return;
            }
            sink.on(event);
            if (event instanceof AnswerEvent.Completed) {
                state = State.COMPLETE;
            }
        }
        // what lies between may have ended the template's part: only the frame that came last is one
        template = null;
        if (inPlace
                && passes
                && !reader.numbersFrames()
                && said.size() == 1
                && said.getFirst() instanceof Delta only
                && Arrays.equals(only.bytes(), bytes)) {
            prefix = Arrays.copyOfRange(bytes, from, only.from());
            suffix = Arrays.copyOfRange(bytes, only.to(), to);
            template = new Delta(only.kind(), only.choice(), only.part(), NOTHING, 0, 0);
        }
    }

    private boolean startsWith(byte[] word, int from, int to) {
        return to - from >= word.length && Arrays.equals(bytes, from, from + word.length, word, 0, word.length);
    }

    public State state() {
        return state;
    }

    /// The documents read so far; comments, by which a provider only says that it lives, are none.
    public long documents() {
        return documents;
    }

    /// The fewest output tokens the provider can have produced so far: one for each non-empty delta.
    public long lowerBound() {
        return meter.lowerBound();
    }

    /// The most output tokens that were seen: no token is shorter than a byte.
    public long upperBound() {
        return meter.upperBound();
    }

    /// The provider's own figures, once they came; a later report replaces an earlier one.
    public @Nullable Usage usage() {
        return meter.usage();
    }

    /// Whether the figures came when each of so many choices had given its reason to end, and so are the last word.
    public boolean isUsageFinal(int choices) {
        return meter.isUsageFinal(choices);
    }

    /// What the provider said went wrong, in state [State#PROVIDER_ERROR].
    public @Nullable Fault fault() {
        return fault;
    }
}
