package ai.openlegion.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// JSON as both sides of the gateway read it: UTF-8 only, no duplicate keys, at most 64 levels deep.
public final class StrictJson {

    /// Levels of nesting beyond which a document is refused (`gateway.md`, Limits).
    public static final int MAX_DEPTH = 64;

    private static final StreamReadConstraints CONSTRAINTS = StreamReadConstraints.builder()
            .maxNestingDepth(MAX_DEPTH)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNumberLength(400)
            .build();

    /// Names are not interned: they come from agents and would stay in the JVM for ever.
    private static final JsonFactory STRICT = new JsonFactoryBuilder()
            .streamReadConstraints(CONSTRAINTS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final JsonFactory LENIENT = new JsonFactoryBuilder()
            .streamReadConstraints(CONSTRAINTS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080808080808080L;

    private StrictJson() {}

    /// A parser for an agent's document, which must be UTF-8 ([#isUtf8Object] says so beforehand).
    public static JsonParser strict(byte[] json) throws IOException {
        return STRICT.createParser(json);
    }

    /// A parser for a provider's document: bounded, but duplicate keys are the provider's own affair.
    ///
    /// @throws IOException also where it is UTF-16 or UTF-32: the parser would read it, but not tell where in
    /// the bytes its texts lie, so that nothing of it could be metered or watched
    public static JsonParser lenient(byte[] json, int from, int to) throws IOException {
        if (to - from >= 2 && isWide(json[from] & 0xff, json[from + 1] & 0xff)) {
            throw new IOException("no UTF-8");
        }
        return LENIENT.createParser(json, from, to - from);
    }

    /// Whether the first two bytes are those by which the parser guesses UTF-16 or UTF-32: a zero, or a byte order
    /// mark.
    private static boolean isWide(int first, int second) {
        return first == 0 || second == 0 || (first == 0xfe && second == 0xff) || (first == 0xff && second == 0xfe);
    }

    /// Whether the bytes are well-formed UTF-8 and begin, after white space, with `{`.
    ///
    /// The parser would otherwise guess UTF-16 or UTF-32 from zero bytes, and what it then reads is not what the
    /// provider reads in the same bytes.
    public static boolean isUtf8Object(byte[] json) {
        int at = 0;
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
        if (at == json.length || json[at] != '{' || (json.length > at + 1 && json[at + 1] == 0)) {
            return false;
        }
        return isUtf8(json);
    }

    /// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7).
    public static boolean isUtf8(byte[] bytes) {
        int at = 0;
        while ((at = asciiPrefix(bytes, at)) < bytes.length) {
            int width = sequenceWidth(bytes, at);
            if (width == 0) {
                return false;
            }
            at += width;
        }
        return true;
    }

    private static int asciiPrefix(byte[] bytes, int from) {
        int at = from;
        while (at + 8 <= bytes.length && ((long) LONGS.get(bytes, at) & HIGH_BITS) == 0) {
            at += 8;
        }
        while (at < bytes.length && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    /// The width of the multi-byte sequence at `at`, 0 if it is ill-formed (Unicode 15, table 3-7).
    private static int sequenceWidth(byte[] bytes, int at) {
        int lead = bytes[at] & 0xff;
        if (lead < 0xc2 || lead > 0xf4) {
            return 0;
        }
        int width = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (at + width > bytes.length) {
            return 0;
        }
        int second = bytes[at + 1] & 0xff;
        int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) {
            return 0;
        }
        for (int i = 2; i < width; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return width;
    }

    /// How many values and names a well-formed document has at most; it is only skimmed, not parsed.
    public static int values(byte[] json) {
        int values = 1;
        boolean inString = false;
        for (int at = 0; at < json.length; at++) {
            byte b = json[at];
            if (inString) {
                if (b == '\\') {
                    at++;
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == ',' || b == ':' || b == '[' || b == '{') {
                values++;
            }
        }
        return values;
    }

    /// The UTF-8 bytes of the string the parser stands on, after its escapes.
    public static long utf8Length(JsonParser parser) throws IOException {
        char[] characters = parser.getTextCharacters();
        int offset = parser.getTextOffset();
        int length = parser.getTextLength();
        int all = 0;
        for (int i = offset; i < offset + length; i++) {
            all |= characters[i];
        }
        if (all < 0x80) {
            return length; // told by a loop that the compiler makes vectors of
        }
        long bytes = 0;
        for (int i = offset; i < offset + length; i++) {
            char c = characters[i];
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
