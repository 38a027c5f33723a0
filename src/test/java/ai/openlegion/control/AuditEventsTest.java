package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(120)
class AuditEventsTest {

    @TempDir
    Path folder;

    @Test
    void a_stream_begins_now_and_tells_each_entry_under_its_number() throws Exception {
        try (ControlRig rig = new ControlRig(folder)) {
            record(rig, 3);
            durable(rig, 3);
            try (RawHttp http = open(rig, "", "")) {
                record(rig, entry("researcher", "blackboard.write", "context/a\nb", "allowed", 12_300_000));
                Event event = next(http);
                assertThat(event.id()).isEqualTo(4);
                assertThat(event.name()).isEqualTo("blackboard.write");
                assertThat(event.data()).isEqualTo(new JsonObject("""
                        {"seq": 4, "time": "2026-11-22T00:00:00Z", "actor": "researcher", "action": "blackboard.write",
                         "resource": "context/a\\nb", "decision": "allowed", "rule": "a rule", "revision": 7,
                         "request_id": "req_1", "cost_usd": 0.0000123}"""));
            }
        }
    }

    @Test
    void after_0_begins_with_the_first_and_last_event_id_wins() throws Exception {
        try (ControlRig rig = new ControlRig(folder)) {
            record(rig, 10);
            durable(rig, 10);
            try (RawHttp all = open(rig, "?after=0", "");
                    RawHttp some = open(rig, "?after=0", "Last-Event-ID: 7\r\n");
                    RawHttp none = open(rig, "?after=10", "")) {
                assertThat(ids(all, 10)).isEqualTo(range(1, 10));
                assertThat(ids(some, 3)).isEqualTo(range(8, 10));
                record(rig, 1);
                assertThat(ids(all, 1)).containsExactly(11L);
                assertThat(ids(some, 1)).containsExactly(11L);
                assertThat(ids(none, 1)).containsExactly(11L);
            }
        }
    }

    @Test
    void over_any_number_of_resumptions_nothing_is_missed_and_nothing_repeated() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int total = 30_000;
        try (ControlRig rig = new ControlRig(folder)) {
            Thread writer = Thread.ofPlatform().start(() -> record(rig, total));
            List<Long> seen = new ArrayList<>();
            while (seen.size() < total) {
                String last = seen.isEmpty() ? "0" : String.valueOf(seen.getLast());
                try (RawHttp http = open(rig, "", "Last-Event-ID: " + last + "\r\n")) {
                    int wanted = Math.min(total - seen.size(), 1 + random.nextInt(4_000));
                    seen.addAll(ids(http, wanted));
                }
            }
            writer.join();
            assertThat(seen).as("seed %d", seed).isEqualTo(range(1, total));
        }
    }

    @Test
    void readers_of_any_pace_get_everything_in_order() throws Exception {
        int total = 20_000;
        try (ControlRig rig = new ControlRig(folder);
                RawHttp first = open(rig, "?after=0", "");
                RawHttp late = open(rig, "?after=0", "")) {
            Thread writer = Thread.ofPlatform().start(() -> record(rig, total));
            assertThat(ids(first, total)).isEqualTo(range(1, total));
            writer.join();
            assertThat(ids(late, total)).as("this one did not read until now").isEqualTo(range(1, total));
        }
    }

    @Test
    void a_reader_that_does_not_read_is_sent_no_more_than_its_socket_takes() throws Exception {
        int total = 40_000;
        String resource = "x".repeat(AuditEntry.TEXT_CHARS);
        RawHttp sleeper;
        try (ControlRig rig = new ControlRig(folder)) {
            sleeper = open(rig, "", "");
            try (RawHttp reader = open(rig, "", "")) {
                for (int i = 0; i < total; i++) {
                    record(rig, entry("researcher", "message", resource, "allowed", 0));
                }
                assertThat(ids(reader, total)).hasSize(total);
            }
        }
        long sent = 0;
        try (sleeper) {
            for (String line = sleeper.bodyLine(); line != null; line = sleeper.bodyLine()) {
                sent += line.length();
            }
        } catch (IOException closed) {
            assertThat(closed).isNotNull();
        }
        assertThat(sent).as("of %d", total * 700L).isLessThan(total * 700L / 2);
    }

    @Test
    void filters_let_through_who_did_what_and_what_was_decided() throws Exception {
        try (ControlRig rig = new ControlRig(folder)) {
            record(rig, entry("researcher", "message", "writer", "allowed", 0));
            record(rig, entry("writer", "blackboard.write", "a", "denied: no rule", 0));
            record(rig, entry("reader", "blackboard.read", "a", "denied", 0));
            record(rig, entry("researcher", "publish", "news", "allowed", 0));
            durable(rig, 4);
            try (RawHttp writer = open(rig, "?after=0&agent=writer", "");
                    RawHttp board = open(rig, "?after=0&action=blackboard", "");
                    RawHttp denied = open(rig, "?after=0&decision=denied&agent=reader,researcher", "");
                    RawHttp both = open(rig, "?after=0&action=publish,%20message", "")) {
                record(rig, entry("writer", "message", "reader", "denied", 0));
                record(rig, entry("writer", "blackboard.delete", "a", "allowed", 0));
                assertThat(ids(writer, 4)).containsExactly(1L, 2L, 5L, 6L);
                assertThat(ids(board, 3)).containsExactly(2L, 3L, 6L);
                assertThat(ids(denied, 2)).containsExactly(3L, 5L);
                assertThat(ids(both, 3)).containsExactly(1L, 4L, 5L);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"after=x", "after=-1", "after=", "after=99999999999999999999", "after=1"})
    void a_place_that_cannot_be_is_400(String query) throws Exception {
        try (ControlRig rig = new ControlRig(folder)) {
            assertThat(rig.get("/control/events?" + query).status()).isEqualTo(400);
        }
    }

    @Test
    void one_stream_more_than_the_limit_is_refused_until_another_ends() throws Exception {
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(1, Duration.ofMillis(20)))) {
            try (RawHttp first = open(rig, "", "")) {
                assertThat(rig.get("/control/events").status()).isEqualTo(503);
                record(rig, 1);
                assertThat(ids(first, 1)).containsExactly(1L);
            }
            boolean opened = false;
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!opened && System.nanoTime() < end) {
                try (RawHttp third = new RawHttp(rig.port())) {
                    opened = ask(rig, third, "", "").status() == 200;
                }
            }
            assertThat(opened).isTrue();
        }
    }

    @Test
    void a_silent_stream_gets_keep_alives() throws Exception {
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(4, Duration.ofMillis(50)));
                RawHttp http = open(rig, "?action=none", "")) {
            for (int i = 0; i < 3; i++) {
                assertThat(http.bodyLine()).isEqualTo(": keep-alive");
                assertThat(http.bodyLine()).isEmpty();
            }
        }
    }

    @Test
    void a_stream_that_does_not_follow_ends_where_the_audit_ends() throws Exception {
        try (ControlRig rig = new ControlRig(folder)) {
            record(rig, 500);
            durable(rig, 500);
            try (RawHttp http = open(rig, "?after=100&follow=false", "")) {
                assertThat(ids(http, 400)).isEqualTo(range(101, 500));
                assertThat(http.bodyLine()).isNull();
            }
            try (RawHttp http = open(rig, "?follow=false", "")) {
                assertThat(http.bodyLine()).isNull();
            }
        }
    }

    @Test
    void a_stopping_listener_ends_its_streams() throws Exception {
        RawHttp http;
        try (ControlRig rig = new ControlRig(folder)) {
            http = open(rig, "", "");
        }
        try (http) {
            assertThat(http.bodyLine()).isNull();
        }
    }

    @Test
    void a_damaged_row_ends_the_stream_before_it_and_nothing_is_made_up() throws Exception {
        try (ControlRig rig = new ControlRig(folder)) {
            record(rig, 2);
            durable(rig, 2);
            record(rig, 1);
            durable(rig, 3);
            damageLastRow();
            try (RawHttp http = open(rig, "?after=0", "")) {
                List<Long> seen = new ArrayList<>();
                for (String line = http.bodyLine(); line != null; line = http.bodyLine()) {
                    if (line.startsWith("id: ")) {
                        seen.add(Long.parseLong(line.substring(4)));
                    }
                }
                assertThat(seen).doesNotContain(3L);
            }
        }
    }

    @Test
    void a_flood_of_wrong_tokens_is_a_few_entries() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp http = open(rig, "?action=authenticate", "")) {
            int attempts = 200;
            for (int i = 0; i < attempts; i++) {
                assertThat(rig.exchange("GET /control/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong"
                                        + i + "\r\n\r\n")
                                .status())
                        .isEqualTo(401);
            }
            int counted = 0;
            int entries = 0;
            while (counted < attempts) {
                Event event = next(http);
                assertThat(event.data().getString("actor")).isEqualTo("unknown");
                assertThat(event.data().encode()).doesNotContain("wrong");
                counted += Integer.parseInt(event.data().getString("decision").split(" ")[1]);
                entries++;
            }
            assertThat(counted).isEqualTo(attempts);
            assertThat(entries).isLessThan(attempts);
        }
    }

    private record Event(long id, String name, JsonObject data) {}

    /// An open stream, its first comment read.
    private static RawHttp open(ControlRig rig, String query, String headers) throws IOException {
        RawHttp http = new RawHttp(rig.port());
        RawHttp.Response head = ask(rig, http, query, headers);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-type")).isEqualTo("text/event-stream");
        ControlRefusalTest.assertBrowsersAreHeldBack(head);
        assertThat(http.bodyLine()).startsWith(": from entry ");
        assertThat(http.bodyLine()).isEmpty();
        return http;
    }

    private static RawHttp.Response ask(ControlRig rig, RawHttp http, String query, String headers) throws IOException {
        http.send("GET /control/events" + query + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + ControlRig.OPERATOR_TOKEN + "\r\n" + headers + "\r\n");
        return http.receiveHead();
    }

    private static Event next(RawHttp http) throws IOException {
        long id = Long.parseLong(line(http, "id: "));
        String name = line(http, "event: ");
        JsonObject data = new JsonObject(line(http, "data: "));
        assertThat(http.bodyLine()).isEmpty();
        return new Event(id, name, data);
    }

    private static List<Long> ids(RawHttp http, int count) throws IOException {
        List<Long> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Event event = next(http);
            assertThat(event.data().getLong("seq")).isEqualTo(event.id());
            ids.add(event.id());
        }
        return ids;
    }

    private static String line(RawHttp http, String start) throws IOException {
        String line = String.valueOf(http.bodyLine());
        if (line.startsWith(": ")) {
            assertThat(http.bodyLine()).isEmpty();
            return line(http, start);
        }
        assertThat(line).startsWith(start);
        return line.substring(start.length());
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private static AuditEntry entry(String actor, String action, String resource, String decision, long costPico) {
        return new AuditEntry(
                1_795_305_600_000L, actor, action, resource, decision, "a rule", 7, "req_1", "", costPico);
    }

    private static void record(ControlRig rig, int count) {
        IntStream.range(0, count)
                .forEach(i -> record(rig, entry("researcher", "call", "sim/small-" + i, "settled", i)));
    }

    private static void record(ControlRig rig, AuditEntry entry) {
        while (!rig.audit.offer(entry)) {
            Thread.onSpinWait();
        }
        rig.database.wake();
    }

    /// Waits until so many entries are there to be read.
    private static void durable(ControlRig rig, int count) throws Exception {
        long last = 0;
        while (last < count) {
            // entries are written at the end of a group, so a write that comes after them sees them
            last = ControlRig.await(rig.database.write(connection -> {
                try (Statement statement = connection.createStatement();
                        var rows = statement.executeQuery("SELECT COALESCE(MAX(last_seq), 0) FROM audit_group")) {
                    return rows.next() ? rows.getLong(1) : 0L;
                }
            }));
        }
    }

    private void damageLastRow() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("openlegion.db"));
                Statement statement = connection.createStatement()) {
            int changed = statement.executeUpdate("UPDATE audit_group SET data = x'07' || substr(data, 2)"
                    + " WHERE first_seq = (SELECT MAX(first_seq) FROM audit_group)");
            assertThat(changed).isEqualTo(1);
        }
    }
}
