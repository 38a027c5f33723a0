/// JSON of the agent: read strictly and within limits, as maps, lists, texts, numbers and truth values.
@NullMarked
package ai.openlegion.agent.json;

import org.jspecify.annotations.NullMarked;
