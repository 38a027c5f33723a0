package ai.openlegion.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.TerminalBuilder;

/// A credential's value on its way in: typed unseen on a terminal, else all of standard input.
final class ValueInput {

    /// More than any value may have; the vault says how many those are.
    private static final int MOST_BYTES = 64 * 1024;

    private final String name;

    ValueInput(String name) {
        this.name = name;
    }

    /// The value; of standard input without the line's end that most programs write behind it.
    String read() throws CommandFailure, IOException {
        if (Boolean.getBoolean("openlegion.interactive")) {
            return typed();
        }
        if (Boolean.getBoolean("openlegion.typed")) {
            throw CommandFailure.misused("the value would be seen as it is typed: run this with its output on the"
                    + " terminal too, or write the value to standard input");
        }
        byte[] bytes = System.in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw CommandFailure.misused("no value has more than " + MOST_BYTES + " bytes");
        }
        try {
            return withoutLineEnd(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException notText) {
            throw CommandFailure.misused("the value is not UTF-8");
        }
    }

    private String typed() throws CommandFailure, IOException {
        try (org.jline.terminal.Terminal terminal =
                TerminalBuilder.builder().system(true).build()) {
            return LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("openlegion")
                    .build()
                    .readLine("value of " + Terminal.harmless(name) + " (not shown): ", '\0');
        } catch (UserInterruptException | EndOfFileException given) {
            throw CommandFailure.failed("nothing was stored");
        }
    }

    static String withoutLineEnd(String text) {
        if (!text.endsWith("\n")) {
            return text;
        }
        int end = text.length() - (text.endsWith("\r\n") ? 2 : 1);
        return text.substring(0, end);
    }
}
