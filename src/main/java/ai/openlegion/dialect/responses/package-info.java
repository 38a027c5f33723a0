/// OpenAI Responses: its requests, answers, streams and errors, in and out of the words that all dialects share.
@NullMarked
@CheckReturnValue
package ai.openlegion.dialect.responses;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
