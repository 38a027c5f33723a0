package ai.openlegion.agent.memory;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The words of a text as they are searched: lower case, compatible forms made one. Scripts that put no spaces between
/// words give each of their signs as a word.
final class Words {

    private static final int LONGEST = 40;

    private Words() {}

    static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        var word = new StringBuilder();
        Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .codePoints()
                .forEach(c -> {
                    boolean letter = Character.isLetterOrDigit(c) || Character.getType(c) == Character.NON_SPACING_MARK;
                    if (!letter || Character.isIdeographic(c) || word.length() >= LONGEST) {
                        finish(word, words);
                    }
                    if (letter) {
                        word.appendCodePoint(c);
                    }
                    if (Character.isIdeographic(c)) {
                        finish(word, words);
                    }
                });
        finish(word, words);
        return words;
    }

    private static void finish(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }
}
