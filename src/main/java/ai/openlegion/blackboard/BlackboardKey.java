package ai.openlegion.blackboard;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The rules of a blackboard key (`permissions.md`): at most 512 characters, no empty or `..` segment, no leading
/// slash, no control character.
public final class BlackboardKey {

    /// The longest key, in characters.
    public static final int MAX_CHARS = 512;

    private BlackboardKey() {}

    /// What is wrong with a key, as the end of a sentence that begins "the key"; nothing where it is well-formed.
    public static Optional<String> flaw(String key) {
        if (key.isEmpty()) {
            return Optional.of("is empty");
        }
        if (key.length() > MAX_CHARS) {
            return Optional.of("has more than " + MAX_CHARS + " characters");
        }
        if (key.codePoints().anyMatch(c -> Character.isISOControl(c) || isLoneSurrogate(c))) {
            return Optional.of("holds a control character");
        }
        for (String segment : key.split("/", -1)) {
            if (segment.isEmpty()) {
                return Optional.of("has an empty segment");
            }
            if (segment.equals("..")) {
                return Optional.of("has a .. segment");
            }
        }
        return Optional.empty();
    }

    /// The text that a raw path segment stands for, decoded once; nothing where it is not well-formed UTF-8 or `%` is
    /// not followed by two hex digits.
    public static Optional<String> decode(String raw) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int at = 0; at < raw.length(); at++) {
            char c = raw.charAt(at);
            if (c == '%') {
                int high = at + 2 < raw.length() ? Character.digit(raw.charAt(at + 1), 16) : -1;
                int low = at + 2 < raw.length() ? Character.digit(raw.charAt(at + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return Optional.empty();
                }
                bytes.put((byte) (high * 16 + low));
                at += 2;
            } else if (c < 0x80) {
                bytes.put((byte) c);
            } else {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(
                    StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString());
        } catch (CharacterCodingException notUtf8) {
            return Optional.empty();
        }
    }

    private static boolean isLoneSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }
}
