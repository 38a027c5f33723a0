/// Webhooks: signed calls from outside, each accepted once.
@NullMarked
@CheckReturnValue
package ai.openlegion.webhook;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
