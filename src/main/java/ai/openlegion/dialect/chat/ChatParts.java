package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.AnswerEvent.PartEnded;
import ai.openlegion.dialect.AnswerEvent.ToolCalled;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.chat.ChatDocument.Fragment;
import ai.openlegion.dialect.chat.ChatDocument.Piece;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The parts of one choice, as they come to light: which of them is open, and which tool calls there are.
///
/// Chat Completions says what kind of text a delta is and no more; a part ends where another kind begins.
final class ChatParts {

    /// Vendors that send all in one frame write the reasoning behind what it led to.
    private static final Comparator<Piece> AS_THOUGHT = Comparator.comparingInt(piece -> switch (piece.kind()) {
        case REASONING -> 0;
        case TEXT, REFUSAL -> 1;
        case ARGUMENTS -> 2;
    });

    /// A tool call as far as it has come.
    private static final class Call {
        String id;
        final StringBuilder name = new StringBuilder();
        boolean freeform;
        /// -1 until it is told.
        int part = -1;

        Call(Fragment first) {
            id = first.id;
        }
    }

    /// Models make one, or a few.
    private static final int MAX_OPEN_CALLS = 1024;

    /// The number under which the one call of old is found.
    private static final long LEGACY = -1;

    final int choice;
    private final ChatAnswerReader reader;
    private final List<Call> calls = new ArrayList<>(0);

    /// The last call of each number.
    private final Map<Long, Call> numbered = new HashMap<>(2);

    private int open = -1;
    private Kind openKind = Kind.TEXT;
    private boolean hasDeltas;

    ChatParts(int choice, ChatAnswerReader reader) {
        this.choice = choice;
        this.reader = reader;
    }

    /// Whether anything of this choice came as a delta.
    boolean hasDeltas() {
        return hasDeltas;
    }

    /// Tells what a document says of this choice.
    ///
    /// @param whole whether the document is the whole answer, whose tool calls have no numbers but their places
    /// @return bytes of output that were not told
    /// @throws IOException where it has more tool calls than any answer
    long tell(List<Piece> pieces, byte[] bytes, boolean whole, Events events) throws IOException {
        if (pieces.size() > 1) {
            pieces.sort(AS_THOUGHT);
        }
        long unshown = 0;
        String reasoning = null;
        Call call = null;
        Fragment last = null;
        long place = -1;
        for (Piece piece : pieces) {
            hasDeltas |= !piece.whole();
            Fragment fragment = piece.call();
            if (fragment != null) {
                if (call == null || fragment != last) {
                    last = fragment;
                    place++;
                    call = merged(fragment, fragment.index >= 0 ? fragment.index : whole ? place : 0, events);
                }
                if (piece.to() > piece.from()) {
                    arguments(call, piece, bytes, events);
                }
            } else if (piece.kind() == Kind.REASONING && reasoning != null && !reasoning.equals(piece.member())) {
                unshown += piece.to() - piece.from(); // the same once more, under another name
            } else {
                reasoning = piece.kind() == Kind.REASONING ? piece.member() : reasoning;
                text(piece, bytes, events);
            }
        }
        return unshown;
    }

    private void text(Piece piece, byte[] bytes, Events events) {
        if (open < 0 || openKind != piece.kind()) {
            endText(events);
            open = reader.nextPart();
            openKind = piece.kind();
        }
        events.on(new Delta(piece.kind(), choice, open, bytes, piece.from(), piece.to()));
    }

    /// The call that a fragment is of. It is told when its name is whole: where arguments come with it or after it.
    private Call merged(Fragment fragment, long number, Events events) throws IOException {
        long key = fragment.legacy ? LEGACY : number;
        Call call = numbered.get(key);
        if (call == null || isAnother(call, fragment)) {
            if (calls.size() == MAX_OPEN_CALLS) {
                throw new IOException("more tool calls are open than any answer has");
            }
            call = new Call(fragment);
            calls.add(call);
            numbered.put(key, call);
        }
        if (call.part < 0) {
            call.id = call.id.isEmpty() ? fragment.id : call.id;
            var _ = call.name.append(fragment.name);
            call.freeform |= fragment.freeform;
            if (fragment.hasArguments && !call.name.isEmpty()) {
                announce(call, events);
            }
        }
        return call;
    }

    /// Some vendors give every call the number 0; then a new id with a name tells them apart.
    private static boolean isAnother(Call call, Fragment fragment) {
        return !fragment.id.isEmpty() && !call.id.isEmpty() && !fragment.id.equals(call.id) && !fragment.name.isEmpty();
    }

    private void announce(Call call, Events events) {
        endText(events);
        call.part = reader.nextPart();
        String id = call.id.isEmpty() ? reader.callId(call.part) : call.id;
        events.on(new ToolCalled(choice, call.part, id, call.name.toString(), call.freeform));
    }

    private void arguments(Call call, Piece piece, byte[] bytes, Events events) {
        if (call.part < 0) {
            announce(call, events); // of a call without a name, which costs like any other
        }
        events.on(new Delta(Kind.ARGUMENTS, choice, call.part, bytes, piece.from(), piece.to()));
    }

    private void endText(Events events) {
        if (open >= 0) {
            events.on(new PartEnded(choice, open));
            open = -1;
        }
    }

    /// Ends what is open.
    void end(Events events) {
        endText(events);
        for (Call call : calls) {
            if (call.part < 0 && !call.name.isEmpty()) {
                announce(call, events);
            }
            if (call.part >= 0) {
                events.on(new PartEnded(choice, call.part));
            }
        }
        calls.clear();
        numbered.clear();
    }
}
