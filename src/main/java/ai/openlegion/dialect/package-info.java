/// What is said in a call, free of any vendor's wire format, and the codecs between it and each dialect.
///
/// A client and a provider that speak the same dialect get each other's bytes. Where they differ, a request becomes a
/// [Prompt] and an answer a sequence of [AnswerEvent]s, and a [Codec] says both in the other one's words. The same
/// events are what the meter counts and what the mesh's own doors tell: one reader a dialect serves all three.
///
/// Each dialect has a package of its own below, and nothing outside knows its words.
@NullMarked
@CheckReturnValue
package ai.openlegion.dialect;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
