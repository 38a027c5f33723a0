package ai.openlegion.dialect.responses;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.OpenAiErrors;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.responses.OutputItem.Section;
import ai.openlegion.dialect.responses.OutputItems.Open;
import ai.openlegion.dialect.responses.OutputItems.Place;
import ai.openlegion.dialect.responses.ResponseDocument.Response;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads one answer of a Responses provider.
///
/// A text comes up to four times in a stream: as deltas, when it is done, with its item, with the response. It is told
/// once, the first time that it comes.
final class ResponsesAnswerReader implements AnswerReader {

    private static final byte[] PARAGRAPH = "\\n\\n".getBytes(StandardCharsets.US_ASCII);

    private final Standing standing = new Standing();
    private final OutputItems items = new OutputItems();
    private int parts;
    private boolean calls;

    /// What the deltas of the text that is being told have in common.
    private @Nullable DeltaTemplate template;

    @Override
    public boolean numbersFrames() {
        return true;
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public boolean frame(byte[] data, int from, int to, Events events) throws IOException {
        Delta more = template == null ? null : template.match(data, from, to);
        if (template != null && more != null) {
            standing.sequence = template.sequence;
            events.on(more);
            return true;
        }
        var document = ResponseDocument.event(data, from, to);
        boolean passes = !document.type.equals("response.failed") && !document.type.equals("error");
        if (document.sequence >= 0 && passes) {
            standing.sequence = document.sequence;
        }
        var frame = new Frame(data, from, to, document, events);
        switch (document.type) {
            case "response.created", "response.in_progress", "response.queued" -> start(document.response, events);
            case "response.output_item.added" -> frame.added();
            case "response.output_item.done" -> frame.done();
            case "response.output_text.delta" -> frame.text(Section.TEXT, document.contentIndex, true);
            case "response.output_text.done" -> frame.text(Section.TEXT, document.contentIndex, false);
            case "response.refusal.delta" -> frame.text(Section.REFUSAL, document.contentIndex, true);
            case "response.refusal.done" -> frame.text(Section.REFUSAL, document.contentIndex, false);
            case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta" ->
                frame.text(Section.ARGUMENTS, 0, true);
            case "response.function_call_arguments.done", "response.custom_tool_call_input.done" ->
                frame.text(Section.ARGUMENTS, 0, false);
            case "response.reasoning_summary_text.delta" -> frame.text(Section.SUMMARY, document.summaryIndex, true);
            case "response.reasoning_summary_text.done" -> frame.text(Section.SUMMARY, document.summaryIndex, false);
            case "response.reasoning_text.delta" -> frame.text(Section.REASONING, document.contentIndex, true);
            case "response.reasoning_text.done" -> frame.text(Section.REASONING, document.contentIndex, false);
            case "response.completed", "response.incomplete" -> end(frame, document.response);
            case "response.failed" -> fail(document.response, events);
            case "error" -> events.on(new AnswerEvent.Failed(fault(document.error)));
            default -> {} // open: providers have events of their own, and new ones; the client gets them as they are
        }
        return passes; // a failure is told in the mesh's own words
    }

    @Override
    public void whole(byte[] json, Events events) throws IOException {
        Response response = ResponseDocument.whole(json);
        if (response.error != null || response.status.equals("failed")) {
            fail(response, events);
            return;
        }
        if (!response.hasOutput || !Set.of("", "completed", "incomplete").contains(response.status)) {
            throw new IOException("no response that has ended");
        }
        start(response, events);
        end(new Frame(json, 0, json.length, null, events), response);
    }

    private void start(@Nullable Response response, Events events) {
        if (response == null || standing.started) {
            return;
        }
        standing.started = true;
        standing.id = response.id;
        standing.model = response.model;
        standing.created = response.created;
        events.on(new AnswerEvent.Started(response.id, response.model, response.created));
    }

    /// The end of an answer: whatever no earlier event told is told now.
    private void end(Frame frame, @Nullable Response response) throws IOException {
        start(response == null ? new Response() : response, frame.events);
        String why = "";
        if (response != null) {
            List<@Nullable Open> told = items.of(response.output);
            for (int index = 0; index < told.size(); index++) {
                OutputItem item = response.output.get(index);
                Open known = told.get(index);
                frame.whole(known == null ? items.begin(index, item) : known, item);
            }
            why = response.incompleteReason;
            used(response, frame.events);
        }
        if (why.isEmpty() && (frame.isCutShort() || (response != null && response.status.equals("incomplete")))) {
            why = "max_output_tokens";
        }
        frame.close();
        StopReason reason = switch (why) {
            case "" -> calls ? StopReason.TOOL_CALLS : StopReason.END;
            case "content_filter" -> StopReason.REFUSAL;
            default -> StopReason.LENGTH; // open: `max_output_tokens`, and limits to come
        };
        frame.events.on(new AnswerEvent.Ended(0, reason, null));
        frame.events.on(new AnswerEvent.Completed());
    }

    private void fail(@Nullable Response response, Events events) {
        if (response != null) {
            used(response, events);
        }
        events.on(new AnswerEvent.Failed(fault(response == null ? null : response.error)));
    }

    private void used(Response response, Events events) {
        if (response.usage != null) {
            standing.usage = response.usage;
            events.on(new AnswerEvent.Used(response.usage));
        }
    }

    private static Fault fault(@Nullable Map<String, @Nullable Object> error) {
        return OpenAiErrors.read(0, error == null ? Map.of() : error);
    }

    /// One document while it is told.
    private final class Frame {
        private final byte[] data;
        private final int start;
        private final int end;
        private final @Nullable ResponseDocument document;
        private final Events events;

        Frame(byte[] data, int start, int end, @Nullable ResponseDocument document, Events events) {
            this.data = data;
            this.start = start;
            this.end = end;
            this.document = document;
            this.events = events;
        }

        private boolean isCutShort() {
            return document != null && document.type.equals("response.incomplete");
        }

        private int index() {
            return document == null ? -1 : document.outputIndex;
        }

        /// An item begins.
        void added() throws IOException {
            OutputItem item = document == null ? null : document.item;
            if (item != null) {
                Open open = items.added(index(), item);
                standing.hasOutput = true;
                standing.open.add(open.index);
                template = null; // an event that looks the same may be of the new item
                begin(open, item);
            }
        }

        /// An item is whole.
        void done() throws IOException {
            if (document != null && document.item != null) {
                whole(items.ended(index(), document.item), document.item);
            }
        }

        private void begin(Open open, OutputItem item) {
            boolean isFreeform = item.type.equals("custom_tool_call");
            if ((isFreeform || item.type.equals("function_call")) && !open.isCall) {
                open.isCall = true;
                calls = true;
                open.part = parts++;
                String id = item.callId.isEmpty() ? item.id : item.callId;
                events.on(new AnswerEvent.ToolCalled(0, open.part, id, item.name, isFreeform));
            }
        }

        /// Tells what an item says and no delta has said.
        void whole(Open open, OutputItem item) {
            if (open.isDone) {
                return;
            }
            standing.hasOutput = true;
            begin(open, item);
            switch (item.type) {
                case "message", "function_call", "custom_tool_call", "reasoning" -> {
                    for (OutputItem.Text text : item.texts) {
                        if (!open.isTold(text.section(), text.index())) {
                            tell(open, text.section(), text.index(), text.from(), text.to());
                        }
                    }
                }
                default -> events.on(new AnswerEvent.Unshown(item.size)); // open: what the provider, or a shell, runs
            }
            String sealed = item.encrypted;
            if (item.type.equals("reasoning") && sealed != null && !sealed.isEmpty()) {
                var seal = new Part.Seal(Dialect.RESPONSES, item.id.isEmpty() ? null : item.id, sealed, true);
                events.on(new AnswerEvent.Sealed(0, reasoning(open), seal));
            }
            end(open);
        }

        private void end(Open open) {
            items.end(open);
            template = null;
            standing.open.remove(open.index);
            if (open.part >= 0) {
                events.on(new AnswerEvent.PartEnded(0, open.part));
            }
            open.contents.values().stream().sorted().forEach(part -> events.on(new AnswerEvent.PartEnded(0, part)));
        }

        /// Ends the items that the provider left open.
        void close() {
            items.unfinished().forEach(this::end);
        }

        /// The event's text: more of it, or all of it once more.
        void text(Section section, int index, boolean isMore) throws IOException {
            if (document == null || document.textTo <= document.textFrom) {
                return;
            }
            Open open = items.ofText(document.outputIndex, document.itemId, section, isMore);
            standing.hasOutput = true;
            if (section == Section.ARGUMENTS && !open.isCall) {
                // whose arguments they are is told at the end
                events.on(new AnswerEvent.Unshown(document.textTo - document.textFrom));
            } else if (isMore || !open.isTold(section, index)) {
                Delta told = tell(open, section, index, document.textFrom, document.textTo);
                template = isMore && document.sequence > 0 ? DeltaTemplate.of(data, start, end, document, told) : null;
            }
        }

        @CanIgnoreReturnValue
        private Delta tell(Open open, Section section, int index, int from, int to) {
            boolean isNew = false;
            if (open.last == null || !open.last.is(section, index)) {
                open.last = new Place(section, index);
                isNew = open.told.add(open.last);
            }
            int part = switch (section) {
                case TEXT, REFUSAL -> content(open, index);
                case SUMMARY, REASONING -> reasoning(open);
                case ARGUMENTS -> open.part;
            };
            Kind kind = switch (section) {
                case TEXT -> Kind.TEXT;
                case REFUSAL -> Kind.REFUSAL;
                case SUMMARY, REASONING -> Kind.REASONING;
                case ARGUMENTS -> Kind.ARGUMENTS;
            };
            if (kind == Kind.REASONING) {
                if (isNew && open.hasReasoned) {
                    events.on(new Delta(kind, 0, part, PARAGRAPH, 0, PARAGRAPH.length));
                }
                open.hasReasoned = true;
            }
            var delta = new Delta(kind, 0, part, data, start + from, start + to);
            events.on(delta);
            return delta;
        }

        private int content(Open open, int index) {
            Integer known = open.contents.get(index);
            if (known == null) {
                known = parts++;
                open.contents.put(index, known);
            }
            return known;
        }

        private int reasoning(Open open) {
            if (open.part < 0) {
                open.part = parts++;
            }
            return open.part;
        }
    }
}
