package ai.openlegion.blackboard;

import static ai.openlegion.blackboard.BoardRig.BOB;
import static ai.openlegion.blackboard.BoardRig.EVE;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Policy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BlackboardNoticeTest {

    @TempDir
    Path folder;

    @Test
    void an_author_of_too_many_notices_leaves_room_for_those_of_others() throws Exception {
        BoardRig board = new BoardRig(folder);
        board.inbox.answers(_ -> Future.future(_ -> {}));
        Policy policy = Policy.of(1, Map.of(BOB, BoardRig.reads("*")), null, Map.of());
        Notices notices =
                new Notices(board.bus(), () -> policy, _ -> Future.succeededFuture(true), _ -> Future.future(_ -> {}));
        for (int number = 0; number < Notices.MOST_OF_AUTHOR; number++) {
            assertThat(notices.tooMany("ann")).isFalse();
            var _ = notices.deliver(
                    new Notice("wat_" + number, "k", number, Blackboard.Change.WRITTEN, "ann", List.of(BOB)));
        }
        assertThat(notices.tooMany("ann")).isTrue();
        assertThat(notices.tooMany("eve")).isFalse();
        board.stop();
    }

    @Test
    void what_full_inboxes_lose_is_told_of_at_once_and_then_by_its_number_at_times() {
        List<Promise<Void>> pauses = new ArrayList<>();
        List<String> told = new ArrayList<>();
        FullInboxes full = new FullInboxes(
                _ -> {
                    pauses.add(Promise.promise());
                    return pauses.getLast().future();
                },
                (agent, count) -> told.add(agent + " " + count));
        for (int lost = 0; lost < 5; lost++) {
            full.lost(BOB);
        }
        full.lost(EVE);
        assertThat(told).containsExactly("bob 1", "eve 1");
        pauses.get(0).complete();
        pauses.get(1).complete();
        assertThat(told).containsExactly("bob 1", "eve 1", "bob 4");
        full.lost(BOB);
        full.lost(EVE);
        assertThat(told).containsExactly("bob 1", "eve 1", "bob 4", "eve 1");
        pauses.get(2).complete();
        assertThat(told).endsWith("bob 1").hasSize(5);
    }
}
