/// Chat Completions, as OpenAI defined them and as other vendors speak them.
@NullMarked
@CheckReturnValue
package ai.openlegion.dialect.chat;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
