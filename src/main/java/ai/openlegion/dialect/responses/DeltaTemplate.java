package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.AnswerEvent.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What all events have in common that tell more of one text: everything but their number, the text, and the padding by
/// which OpenAI hides how long it is.
///
/// An event that fits is told without being parsed, in some 50 ns instead of more than a microsecond; one that does not
/// fit to the byte is parsed.
final class DeltaTemplate {

    private final Kind kind;
    private final int part;

    /// What comes before the number, between number and text, between text and padding, and last.
    private final byte[] head;

    private final byte[] middle;
    private final byte[] tail;
    private final byte[] end;
    private final boolean isPadded;

    /// The number of the event that fitted last.
    long sequence;

    private DeltaTemplate(Delta told, byte[] head, byte[] middle, byte[] tail, byte[] end, boolean isPadded) {
        kind = told.kind();
        part = told.part();
        this.head = head;
        this.middle = middle;
        this.tail = tail;
        this.end = end;
        this.isPadded = isPadded;
    }

    /// The template of an event that told this; null where its members come in another order.
    static @Nullable DeltaTemplate of(byte[] data, int from, int to, ResponseDocument document, Delta told) {
        int number = document.numberFrom;
        int textFrom = document.textFrom;
        int textTo = document.textTo;
        boolean isPadded = document.paddingFrom >= 0;
        if (number < 0 || textFrom < number || (isPadded && document.paddingFrom < textTo)) {
            return null;
        }
        int afterNumber = digitsEnd(data, from + number, to);
        int padding = isPadded ? from + document.paddingFrom : to;
        return new DeltaTemplate(
                told,
                Arrays.copyOfRange(data, from, from + number),
                Arrays.copyOfRange(data, afterNumber, from + textFrom),
                Arrays.copyOfRange(data, from + textTo, padding),
                isPadded ? Arrays.copyOfRange(data, from + document.paddingTo, to) : new byte[0],
                isPadded);
    }

    /// What an event tells; null where it does not fit.
    @Nullable
    Delta match(byte[] data, int from, int to) {
        int number = from + head.length;
        if (!has(head, data, from, to)) {
            return null;
        }
        int afterNumber = digitsEnd(data, number, to);
        int textFrom = afterNumber + middle.length;
        // no number of an event has 19 digits, and none begins with a zero but zero
        if (afterNumber == number
                || afterNumber - number > 18
                || data[number] == '0'
                || !has(middle, data, afterNumber, to)) {
            return null;
        }
        int textTo = stringEnd(data, textFrom, to);
        if (textTo <= textFrom || !has(tail, data, textTo, to)) {
            return null;
        }
        int last = textTo + tail.length;
        if (isPadded) {
            last = stringEnd(data, last, to);
            if (last < 0 || !has(end, data, last, to)) {
                return null;
            }
            last += end.length;
        }
        if (last != to) {
            return null;
        }
        sequence = number(data, number, afterNumber);
        return new Delta(kind, 0, part, data, textFrom, textTo);
    }

    private static boolean has(byte[] word, byte[] data, int at, int to) {
        return at + word.length <= to && Arrays.equals(word, 0, word.length, data, at, at + word.length);
    }

    private static int digitsEnd(byte[] data, int from, int to) {
        int at = from;
        while (at < to && data[at] >= '0' && data[at] <= '9') {
            at++;
        }
        return at;
    }

    private static long number(byte[] data, int from, int to) {
        long number = 0;
        for (int at = from; at < to; at++) {
            number = number * 10 + (data[at] - '0');
        }
        return number;
    }

    /// Where the string ends in which `from` lies; -1 where it does not end, or holds what no string may.
    private static int stringEnd(byte[] data, int from, int to) {
        int at = from;
        while (at < to && data[at] != '"') {
            if (data[at] < ' ' && data[at] >= 0) {
                return -1;
            }
            int width = data[at] == '\\' ? escapeWidth(data, at, to) : 1;
            if (width == 0) {
                return -1;
            }
            at += width;
        }
        return at < to ? at : -1;
    }

    /// How long the escape at `at` is; 0 where it is none.
    private static int escapeWidth(byte[] data, int at, int to) {
        if (at + 1 >= to) {
            return 0;
        }
        return switch (data[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> at + 6 <= to && isHex(data, at + 2, at + 6) ? 6 : 0;
            default -> 0; // open: no other byte makes an escape
        };
    }

    private static boolean isHex(byte[] data, int from, int to) {
        for (int at = from; at < to; at++) {
            if (Character.digit(data[at], 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
