@NullMarked
package ai.openlegion.gateway;

import org.jspecify.annotations.NullMarked;
