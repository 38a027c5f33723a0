package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.responses.OutputItem.Section;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The output items of one answer as far as they have been told, found by whatever name the provider gives them.
///
/// OpenAI gives each event its item's id and its place in the output. Other servers leave the place out, count it from
/// one, or say 0 of every item; others make up another id for each event. So an item is found by its id, then by its
/// call's, then by its place, and at last by being the one of its kind that is open.
final class OutputItems {

    /// Which of an item's texts one is.
    record Place(Section section, int index) {
        boolean is(Section otherSection, int otherIndex) {
            return section == otherSection && index == otherIndex;
        }
    }

    /// An output item as far as it has been told.
    static final class Open {
        /// Its place in the output, as far as anyone can say.
        final int index;

        /// `message`, `reasoning`, `call`, or another type; empty where only an event without a name told of it.
        String kind;

        String id;
        String callId;

        /// The part of a call or of reasoning; -1 before it has one, and for messages, whose contents are the parts.
        int part = -1;

        boolean isCall;
        boolean isDone;
        boolean hasReasoned;

        /// Parts of a message by the index of their content.
        final Map<Integer, Integer> contents = new HashMap<>(2);

        /// The texts of which something was told.
        final Set<Place> told = new HashSet<>(2);

        /// The one that was told last: nearly always the one that goes on.
        @Nullable
        Place last;

        private Open(int index, String kind, String id, String callId) {
            this.index = index;
            this.kind = kind;
            this.id = id;
            this.callId = callId;
        }

        boolean isTold(Section section, int textIndex) {
            return (last != null && last.is(section, textIndex)) || told.contains(new Place(section, textIndex));
        }

        /// Whether it could be an item of this kind and call.
        private boolean fits(String otherKind, String otherCallId) {
            boolean sameKind = kind.isEmpty() || otherKind.isEmpty() || kind.equals(otherKind);
            return sameKind && (callId.isEmpty() || otherCallId.isEmpty() || callId.equals(otherCallId));
        }
    }

    /// Providers keep one open, or a few.
    private static final int MAX_OPEN = 1024;

    private final List<Open> all = new ArrayList<>(2);
    private final List<Open> unfinished = new ArrayList<>(2);
    private final Map<String, Open> byId = new HashMap<>(2);
    private final Map<String, Open> byCallId = new HashMap<>(2);
    private final Map<Integer, Open> byIndex = new HashMap<>(2);

    /// The item that an event says begins.
    ///
    /// @param index its place; -1 where the event says none
    /// @throws IOException when more items are open than any answer has
    Open added(int index, OutputItem item) throws IOException {
        Open known = byId.get(item.id);
        if (known == null) {
            // with an id of its own it is another than the one that stands there with one
            Open there = byIndex.get(index);
            known = there != null && (item.id.isEmpty() || there.id.isEmpty()) ? there : null;
        }
        boolean isSame = known != null && !known.isDone && known.fits(kind(item), item.callId);
        return known != null && isSame ? named(known, item) : begin(index, item);
    }

    /// The item that an event says is whole.
    ///
    /// @param index its place; -1 where the event says none
    /// @throws IOException when more items are open than any answer has
    Open ended(int index, OutputItem item) throws IOException {
        Open known = exactly(item);
        if (known != null) {
            return known;
        }
        Open there = byIndex.get(index);
        if (there == null && index < 0 && item.id.isEmpty()) {
            there = lastOpen(kind(item));
        }
        boolean isSame = there != null && !there.isDone && there.fits(kind(item), item.callId);
        return there != null && isSame ? named(there, item) : begin(index, item);
    }

    /// The item whose text an event tells.
    ///
    /// @param index  its place; -1 where the event says none
    /// @param id     its id; empty where the event says none
    /// @param isMore whether the event tells more of the text, which no item that is whole can have
    /// @throws IOException when more items are open than any answer has
    Open ofText(int index, String id, Section section, boolean isMore) throws IOException {
        String kind = kind(section);
        Open known = byId.get(id);
        if (known == null) {
            known = index >= 0 ? byIndex.get(index) : id.isEmpty() ? lastOpen(kind) : null;
        }
        boolean isSame = known != null && known.fits(kind, "") && !(isMore && known.isDone);
        return known != null && isSame ? known : register(new Open(place(index), kind, id, ""), index);
    }

    /// An item that is new.
    ///
    /// @param index its place; -1 where nobody says
    /// @throws IOException when more items are open than any answer has
    Open begin(int index, OutputItem item) throws IOException {
        return register(new Open(place(index), kind(item), item.id, item.callId), index);
    }

    /// Which of the known items each of the answer's output is; null where it is new. What was streamed is found by its
    /// id or its call's, else in the order of those of its kind.
    List<@Nullable Open> of(List<OutputItem> output) {
        List<@Nullable Open> found = new ArrayList<>(output.size());
        Set<Open> taken = new HashSet<>();
        for (OutputItem item : output) {
            Open known = exactly(item);
            found.add(known != null && taken.add(known) ? known : null);
        }
        Map<String, List<Open>> rest = new HashMap<>();
        for (int at = all.size() - 1; at >= 0; at--) {
            Open each = all.get(at);
            if (!taken.contains(each)) {
                rest.computeIfAbsent(each.kind, _ -> new ArrayList<>()).add(each);
            }
        }
        for (int at = 0; at < output.size(); at++) {
            OutputItem item = output.get(at);
            List<Open> alike = rest.get(kind(item));
            if (found.get(at) == null
                    && alike != null
                    && !alike.isEmpty()
                    && alike.getLast().fits(kind(item), item.callId)) {
                found.set(at, named(alike.removeLast(), item));
            }
        }
        return found;
    }

    /// The items that the provider left open.
    List<Open> unfinished() {
        return List.copyOf(unfinished);
    }

    /// An item is whole.
    void end(Open open) {
        open.isDone = true;
        unfinished.remove(open);
    }

    private @Nullable Open exactly(OutputItem item) {
        Open known = byId.get(item.id);
        if (known != null) {
            return known;
        }
        // some servers give all calls of a tool one call id
        Open call = byCallId.get(item.callId);
        boolean isAnother = call != null && call.isDone && !item.id.isEmpty() && !call.id.isEmpty();
        return isAnother ? null : call;
    }

    private @Nullable Open lastOpen(String kind) {
        for (int at = unfinished.size() - 1; at >= 0; at--) {
            if (unfinished.get(at).fits(kind, "")) {
                return unfinished.get(at);
            }
        }
        return null;
    }

    private int place(int index) {
        return index >= 0 ? index : all.size();
    }

    private Open register(Open open, int index) throws IOException {
        if (unfinished.size() == MAX_OPEN) {
            throw new IOException("more items are open than any answer has");
        }
        all.add(open);
        unfinished.add(open);
        if (index >= 0) {
            byIndex.put(index, open);
        }
        name(open);
        return open;
    }

    /// Takes over what an item says of itself.
    private Open named(Open open, OutputItem item) {
        open.kind = open.kind.isEmpty() ? kind(item) : open.kind;
        open.id = open.id.isEmpty() ? item.id : open.id;
        open.callId = open.callId.isEmpty() ? item.callId : open.callId;
        name(open);
        return open;
    }

    private void name(Open open) {
        if (!open.id.isEmpty()) {
            byId.put(open.id, open);
        }
        if (!open.callId.isEmpty()) {
            byCallId.put(open.callId, open);
        }
    }

    private static String kind(OutputItem item) {
        return item.type.equals("function_call") || item.type.equals("custom_tool_call") ? "call" : item.type;
    }

    private static String kind(Section section) {
        return switch (section) {
            case TEXT, REFUSAL -> "message";
            case SUMMARY, REASONING -> "reasoning";
            case ARGUMENTS -> "call";
        };
    }
}
