@NullMarked
package ai.openlegion.simulator;

import org.jspecify.annotations.NullMarked;
