package ai.openlegion.blackboard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BlackboardInFlightTest {

    @Test
    void an_author_has_so_many_writes_under_way_and_others_have_theirs() {
        InFlight inFlight = new InFlight();
        Attempt small = attempt("ann", 10);
        for (int write = 0; write < InFlight.AUTHOR_WRITES; write++) {
            assertThat(inFlight.enter(small)).isTrue();
        }
        assertThat(inFlight.enter(small)).isFalse();
        assertThat(inFlight.enter(attempt("bob", 10))).isTrue();
        inFlight.leave(small);
        assertThat(inFlight.enter(small)).isTrue();
        assertThat(inFlight.enter(small)).isFalse();
    }

    @Test
    void the_bytes_of_writes_under_way_are_bounded_of_an_author_and_of_all() {
        InFlight inFlight = new InFlight();
        Attempt half = attempt("ann", (int) InFlight.AUTHOR_BYTES / 2);
        assertThat(inFlight.enter(half)).isTrue();
        assertThat(inFlight.enter(half)).isTrue();
        assertThat(inFlight.enter(attempt("ann", 1))).isFalse();
        assertThat(inFlight.enter(attempt("ann", 0))).as("a removal").isTrue();
        for (int author = 0; author < 7; author++) {
            assertThat(inFlight.enter(attempt("author" + author, (int) InFlight.AUTHOR_BYTES)))
                    .isTrue();
        }
        assertThat(inFlight.enter(attempt("bob", 1))).isFalse();
        inFlight.leave(half);
        assertThat(inFlight.enter(attempt("bob", 1))).isTrue();
        assertThat(new InFlight().enter(attempt("bob", Integer.MAX_VALUE)))
                .as("alone")
                .isTrue();
    }

    private static Attempt attempt(String author, int bytes) {
        return new Attempt(Blackboard.Change.WRITTEN, author, "k", "", bytes, 0, 0, null);
    }
}
