package ai.openlegion.control;

import ai.openlegion.json.Members;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads an agent's event stream, however its bytes are split, and writes it anew: `tool_start`, `tool_result`,
/// `text_delta`, `done` and `error`, each with one JSON object. Comments, ids, retries and other events are left out.
final class ChatEvents {

    private static final Set<String> KNOWN = Set.of("tool_start", "tool_result", "text_delta");
    private static final int TOLD_CHARS = 300;

    private final int mostBytes;
    private final Consumer<Buffer> out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private String name = "";
    private boolean hasData;
    private boolean afterReturn;
    private boolean done;

    /// @param mostBytes of one line or one event
    /// @param out gets whole frames
    ChatEvents(int mostBytes, Consumer<Buffer> out) {
        this.mostBytes = mostBytes;
        this.out = out;
    }

    /// Takes the next bytes.
    ///
    /// @return what is wrong with them, after the agent's name; null where nothing is
    @Nullable
    String take(Buffer piece) {
        Buffer frames = Buffer.buffer();
        String flaw = null;
        for (int place = 0; place < piece.length() && flaw == null && !done; place++) {
            byte next = piece.getByte(place);
            if (next == '\n' && afterReturn) {
                afterReturn = false;
            } else if (next == '\n' || next == '\r') {
                afterReturn = next == '\r';
                flaw = endLine(frames);
            } else {
                afterReturn = false;
                line.write(next);
            }
        }
        if (frames.length() > 0) {
            out.accept(frames);
        }
        return flaw;
    }

    /// Whether the answer is whole; nothing that comes after is looked at.
    boolean isDone() {
        return done;
    }

    private @Nullable String endLine(Buffer frames) {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (text.isEmpty()) {
            return endEvent(frames);
        }
        int colon = text.indexOf(':');
        String field = colon < 0 ? text : text.substring(0, colon);
        String value = colon < 0 ? "" : text.substring(colon + 1);
        value = value.startsWith(" ") ? value.substring(1) : value;
        if (field.equals("event")) {
            name = value;
        } else if (field.equals("data")) {
            if (data.length() + value.length() > mostBytes) {
                return "sent an event of more than " + mostBytes + " bytes";
            }
            data.append(hasData ? "\n" : "").append(value);
            hasData = true;
        }
        return null;
    }

    private @Nullable String endEvent(Buffer frames) {
        boolean any = hasData;
        String kind = name;
        byte[] json = data.toString().getBytes(StandardCharsets.UTF_8);
        name = "";
        data.setLength(0);
        hasData = false;
        if (!any) {
            return null;
        }
        if (!(Members.read(json) instanceof Members.Read(Members members))) {
            return "sent an event that is no JSON object";
        }
        String type = members.string("type");
        // agents that speak the protocol's older form name the event in its data alone
        kind = kind.isEmpty() && type != null ? type : kind;
        if (kind.equals("done")) {
            done = true;
            append(frames, kind, members.whole());
        } else if (kind.equals("error")) {
            done = true;
            String why = members.string("error") != null ? members.string("error") : members.string("detail");
            frames.appendBuffer(error("the agent: " + told(why == null ? "no reason given" : why)));
        } else if (KNOWN.contains(kind)) {
            append(frames, kind, members.whole());
        }
        return null;
    }

    private static void append(Buffer frames, String kind, String json) {
        frames.appendString("event: " + kind + "\ndata: " + json + "\n\n");
    }

    private static String told(String text) {
        return text.length() <= TOLD_CHARS ? text : text.substring(0, TOLD_CHARS) + "…";
    }

    /// The last event of a talk that failed.
    static Buffer error(String detail) {
        return Buffer.buffer("event: error\ndata: ")
                .appendBuffer(Answer.encode(json -> {
                    json.writeStartObject();
                    json.writeStringField("detail", detail);
                    json.writeEndObject();
                }))
                .appendString("\n\n");
    }
}
