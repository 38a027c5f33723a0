package ai.openlegion.evidence;

import ai.openlegion.audit.Flaw;

/// The first thing that is wrong with a log.
///
/// @param from the number of the first bad entry, or of the first that may be bad
/// @param to the last that may be; the same as `from` where one entry is known to be
/// @param why how it shows, as a sentence without its end
public record Finding(Flaw flaw, long from, long to, String why) {

    /// In which way, in one word.
    public String kind() {
        return flaw.word();
    }

    static Finding at(Flaw flaw, long seq, String why) {
        return new Finding(flaw, seq, seq, why);
    }
}
