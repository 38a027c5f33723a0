/// Messages, topics and the durable inbox of each agent.
///
/// [Messaging] puts things into inboxes, [Inbox] reads them. What an agent is promised is stored first and announced
/// after; one verticle owns the order.
@NullMarked
@CheckReturnValue
package ai.openlegion.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
