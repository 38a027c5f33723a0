package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.RuntimeFault.Kind;

/// Faults of this runtime, and the engine's words in a form that may be shown.
final class Fault {

    private static final int WORDS_MAX = 400;

    private Fault() {}

    static RuntimeFault missing(String what) {
        return new RuntimeFault(Kind.MISSING, what);
    }

    static RuntimeFault unavailable(String what) {
        return new RuntimeFault(Kind.UNAVAILABLE, what);
    }

    static RuntimeFault unconfined(String what) {
        return new RuntimeFault(Kind.UNCONFINED, what);
    }

    static RuntimeFault unstartable(String what) {
        return new RuntimeFault(Kind.UNSTARTABLE, what);
    }

    /// Foreign text on one line, without control characters, of bounded length.
    static String words(String text) {
        String line = text.strip().replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= WORDS_MAX ? line : line.substring(0, WORDS_MAX) + " …";
    }
}
