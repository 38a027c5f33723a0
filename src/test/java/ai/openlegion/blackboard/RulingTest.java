package ai.openlegion.blackboard;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard.Absent;
import ai.openlegion.blackboard.Blackboard.AppendOnly;
import ai.openlegion.blackboard.Blackboard.Conflict;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RulingTest {

    private static final Standing UNKNOWN = Standing.unknown(40);
    private static final Standing LIVE = new Standing(3, true, true, "ann", 2, 0);
    private static final Standing EXPIRED = new Standing(3, false, true, "ann", 2, 0);
    private static final Standing REMOVED = new Standing(3, false, false, "ann", 0, 0);

    @Test
    void a_write_takes_the_next_version_whatever_stands() {
        for (Standing found : new Standing[] {LIVE, EXPIRED, REMOVED}) {
            assertThat(Ruling.on(put("k", 0), found)).isEqualTo(new Ruling.Write(4));
        }
        assertThat(Ruling.on(put("k", 5), UNKNOWN)).isEqualTo(new Ruling.Write(41));
    }

    @Test
    void a_claim_counts_only_what_is_there_to_be_seen() {
        assertThat(Ruling.on(claim("k", 3), LIVE)).isEqualTo(new Ruling.Write(4));
        assertThat(Ruling.on(claim("k", 0), LIVE)).isEqualTo(new Ruling.Refuse(new Conflict(3)));
        for (Standing found : new Standing[] {EXPIRED, REMOVED}) {
            assertThat(Ruling.on(claim("k", 0), found)).isEqualTo(new Ruling.Write(4));
            assertThat(Ruling.on(claim("k", 3), found)).isEqualTo(new Ruling.Refuse(new Conflict(0)));
        }
        assertThat(Ruling.on(claim("k", 40), UNKNOWN)).isEqualTo(new Ruling.Refuse(new Conflict(0)));
        assertThat(Ruling.on(claim("k", 0), UNKNOWN)).isEqualTo(new Ruling.Write(41));
    }

    @Test
    void only_what_is_there_is_removed() {
        assertThat(Ruling.on(delete("k"), LIVE)).isEqualTo(new Ruling.Remove(3));
        for (Standing found : new Standing[] {EXPIRED, REMOVED, UNKNOWN}) {
            assertThat(Ruling.on(delete("k"), found)).isEqualTo(new Ruling.Refuse(new Absent()));
        }
    }

    @Test
    void history_is_created_and_nothing_else() {
        assertThat(Ruling.on(put("history/k", 0), UNKNOWN)).isEqualTo(new Ruling.Write(41));
        assertThat(Ruling.on(claim("history/k", 0), UNKNOWN)).isEqualTo(new Ruling.Write(41));
        assertAppendOnly(put("history/k", 1), UNKNOWN);
        assertAppendOnly(put("history/k", 0), LIVE);
        assertAppendOnly(claim("history/k", 3), LIVE);
        assertAppendOnly(delete("history/k"), LIVE);
        assertThat(Ruling.on(claim("history/k", 2), LIVE)).isEqualTo(new Ruling.Refuse(new Conflict(3)));
        assertThat(Ruling.on(put("History/k", 0), LIVE)).isEqualTo(new Ruling.Write(4));
        assertThat(Ruling.on(put("a/history/k", 0), LIVE)).isEqualTo(new Ruling.Write(4));
    }

    private static void assertAppendOnly(Attempt attempt, Standing found) {
        assertThat(Ruling.on(attempt, found))
                .isInstanceOfSatisfying(
                        Ruling.Refuse.class,
                        refused -> assertThat(refused.why()).isInstanceOf(AppendOnly.class));
    }

    private static Attempt put(String key, long ttlSeconds) {
        return Attempt.of(new Blackboard.Put("bob", key, "{}", ttlSeconds, null));
    }

    private static Attempt claim(String key, long expected) {
        return Attempt.of(new Blackboard.Claim("bob", key, "{}", expected, 0));
    }

    private static Attempt delete(String key) {
        return Attempt.of(new Blackboard.Delete("bob", key));
    }
}
