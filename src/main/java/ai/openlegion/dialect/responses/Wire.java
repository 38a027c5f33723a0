package ai.openlegion.dialect.responses;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/// What a parser stands on, as the readers here want it: the wrong type is nothing, not an error.
final class Wire {

    private Wire() {}

    /// The string; empty where it is none.
    static String text(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return parser.getText();
        }
        parser.skipChildren();
        return "";
    }

    /// The whole number; `absent` where it is none that a long holds.
    static long number(JsonParser parser, long absent) throws IOException {
        boolean isWhole = parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
        if (isWhole && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return parser.getLongValue();
        }
        parser.skipChildren();
        return absent;
    }

    /// The number of an item or part; `absent` where there is none that anything could have.
    static int index(JsonParser parser, int absent) throws IOException {
        long index = number(parser, absent);
        return index < 0 || index > Integer.MAX_VALUE ? absent : (int) index;
    }

    /// Where the inside of the string begins.
    static int insideStart(JsonParser parser) throws IOException {
        parser.finishToken();
        return (int) parser.currentTokenLocation().getByteOffset() + 1;
    }

    /// Where the inside of the string ends.
    static int insideEnd(JsonParser parser) throws IOException {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset() - 1;
    }
}
