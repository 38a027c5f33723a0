/// Anthropic Messages: what its requests, answers, streams and errors look like, and what they mean.
///
/// Some things of other dialects have no word here and are said in another way, so that they come back as they went.
/// A freeform tool of OpenAI (Codex has `apply_patch`) becomes a tool with the one text parameter `input`; its name
/// ends in `__ol1text`, by which its calls are known and unwrapped as they stream. Opaque reasoning of another provider
/// travels in `signature` or `data`, wrapped so that it can be told apart.
@NullMarked
@CheckReturnValue
package ai.openlegion.dialect.messages;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
