package ai.openlegion.control;

import io.vertx.ext.web.RoutingContext;
import java.util.OptionalLong;

/// How much of a long list one answer holds: `?limit=`, from 1 to 1,000.
final class Page {

    private static final int USUAL = 100;
    private static final int MOST = 1_000;

    private Page() {}

    /// The entries wanted; nothing where the query says no such number.
    static OptionalLong limit(RoutingContext context) {
        String text = context.request().getParam("limit");
        return text == null ? OptionalLong.of(USUAL) : Numbers.parse(text, 1, MOST);
    }

    static Answer badLimit() {
        return Answer.refused(400, "limit must be a number from 1 to " + MOST);
    }
}
