/// Anthropic Messages: what its requests, answers, streams and errors look like, and what they mean.
///
/// Some things of other dialects have no word here and are said in another way, so that they come back as they went:
/// a freeform tool of OpenAI becomes a tool with the single text parameter `input`, and its calls carry that one
/// member;
/// opaque reasoning of another provider travels in `signature` or `data`, wrapped so that it can be told apart.
@NullMarked
@CheckReturnValue
package ai.openlegion.dialect.messages;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
