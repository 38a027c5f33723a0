package ai.openlegion.dialect.messages;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Takes the text of a freeform call out of the JSON object that carries it, fragment by fragment.
///
/// What it is fed is the inside of a JSON string in which the object is escaped once more; what it gives is the inside
/// of the object's own string, whose escapes it leaves as they are and never splits.
final class Unwrapping {

    /// What the object begins with, white space aside.
    private static final byte[] HEAD = Json.utf8("{\"input\":\"");

    /// White space included; an object that begins otherwise is told as it is.
    private static final int MAX_HEAD = 64;

    private enum Place {
        BEFORE,
        INSIDE,
        BEHIND,
        /// It is no such object.
        OTHER
    }

    private static final int ESCAPE = 2;
    private static final int UNICODE_ESCAPE = 6;

    private Place place = Place.BEFORE;
    /// How many bytes of [#HEAD] were read.
    private int matched;

    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private final ByteArrayOutputStream escape = new ByteArrayOutputStream(UNICODE_ESCAPE);
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    byte[] feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (place == Place.OTHER) {
                text.write(bytes, at, to - at);
                break;
            }
            byte b = bytes[at];
            if (b != '\\' || at + 1 >= to) {
                take(b);
                at++;
            } else if (bytes[at + 1] == 'u' && at + UNICODE_ESCAPE <= to) {
                unicode(bytes, at);
                at += UNICODE_ESCAPE;
            } else {
                take(
                        switch (bytes[at + 1]) {
                            case 'n', 'r', 't', 'b', 'f' -> (byte) ' '; // white space around the string
                            default -> bytes[at + 1]; // open: what stands for itself
                        });
                at += 2;
            }
        }
        byte[] told = text.toByteArray();
        text.reset();
        return told;
    }

    /// A character that is escaped outside may stay so inside, but for those that have a meaning there.
    private void unicode(byte[] bytes, int at) {
        int code = Integer.parseInt(new String(bytes, at + 2, 4, StandardCharsets.US_ASCII), 16);
        if (code < 0x80) {
            take((byte) code);
        } else if (place == Place.INSIDE && escape.size() == 0) {
            text.write(bytes, at, UNICODE_ESCAPE);
        } else if (place == Place.BEFORE) {
            isOther();
            text.write(bytes, at, UNICODE_ESCAPE);
        }
    }

    private void take(byte b) {
        switch (place) {
            case BEFORE -> before(b);
            case INSIDE -> inside(b);
            case BEHIND -> {}
            case OTHER -> text.write(b);
        }
    }

    /// White space may stand between the tokens, not in the name.
    private void before(byte b) {
        boolean isBetween = matched < 2 || matched >= HEAD.length - 2;
        boolean isBlank = b == ' ' || b == '\n' || b == '\r' || b == '\t';
        if (b < 0) {
            isOther(); // of a character that stands for itself
            text.write(b);
            return;
        }
        head.write(b);
        if (b == HEAD[matched]) {
            matched++;
        } else if (!isBlank || !isBetween) {
            isOther();
            return;
        }
        if (matched == HEAD.length) {
            place = Place.INSIDE;
        } else if (head.size() == MAX_HEAD) {
            isOther();
        }
    }

    /// The model's own words are not lost.
    private void isOther() {
        text.writeBytes(rest());
        place = Place.OTHER;
    }

    private void inside(byte b) {
        if (escape.size() == 0 && b == '"') {
            place = Place.BEHIND;
        } else if (escape.size() == 0 && b != '\\') {
            text.write(b);
        } else {
            escape.write(b);
            byte[] begun = escape.toByteArray();
            if (begun.length == (begun.length > 1 && begun[1] == 'u' ? UNICODE_ESCAPE : ESCAPE)) {
                text.writeBytes(begun);
                escape.reset();
            }
        }
    }

    /// What was fed if it was no such object: the model's own words are not lost.
    byte[] rest() {
        return place == Place.BEFORE ? Json.inside(head.toString(StandardCharsets.UTF_8)) : new byte[0];
    }
}
