package ai.openlegion.gateway;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;

/// One text of an answer in which a credential may stand.
///
/// What a choice says is one text however many parts it has, since some clients are told them in one piece; the
/// arguments of a call are one each.
///
/// @param part the tool call's, for arguments; 0 for every other kind
record Said(AnswerEvent.Kind kind, int choice, int part) {

    /// The text to which a delta belongs.
    static Said in(Delta delta) {
        return new Said(delta.kind(), delta.choice(), part(delta));
    }

    /// Whether a delta belongs to this text.
    boolean has(Delta delta) {
        return delta.kind() == kind && delta.choice() == choice && part(delta) == part;
    }

    private static int part(Delta delta) {
        return delta.kind() == AnswerEvent.Kind.ARGUMENTS ? delta.part() : 0;
    }
}
