package ai.openlegion.blackboard;

import static ai.openlegion.blackboard.BoardRig.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Policy;
import io.vertx.core.Future;
import java.nio.file.Path;
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
}
