/// Black-box scenarios: the real process, HTTP in, HTTP out, and the upstream's own count.
@NullMarked
package ai.openlegion.scenario;

import org.jspecify.annotations.NullMarked;
