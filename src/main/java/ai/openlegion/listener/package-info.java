/// What both listeners do with connections before any route sees a request: how many there may be, of whom, and how
/// long
/// one may take to say something.
///
/// A connection is anonymous until a request with a valid token came in on it. Anonymous ones are many and worth
/// little:
/// they have half of the places, a few seconds, and the oldest makes way for the next. Vert.x shows a connection only
/// after its first whole head, so this looks at sockets when they are accepted.
@NullMarked
package ai.openlegion.listener;

import org.jspecify.annotations.NullMarked;
