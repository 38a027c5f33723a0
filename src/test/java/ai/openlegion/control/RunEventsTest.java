package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.Eventually;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The stream of a run's events at the real listener; what the store holds is served by hand.
@Timeout(60)
final class RunEventsTest {

    private static final String RUN = "wf_0123456789ab";

    @TempDir
    Path folder;

    private final Queue<Workflows.ReadEvents> asked = new ConcurrentLinkedQueue<>();

    @Test
    void a_run_that_is_over_is_replayed_from_its_first_event_to_its_end() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp http = new RawHttp(rig.port())) {
            store(rig, event(1, "run.started"), event(3, "step.started"), event(4, "run.finished"));

            RawHttp.Response head = open(rig, http, "");

            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).isEqualTo("text/event-stream");
            assertThat(all(http))
                    .containsExactly(
                            "id: 1",
                            "event: run.started",
                            "data: {\"seq\":1}",
                            "",
                            "id: 3",
                            "event: step.started",
                            "data: {\"seq\":3}",
                            "",
                            "id: 4",
                            "event: run.finished",
                            "data: {\"seq\":4}",
                            "");
            assertThat(asked).containsExactly(new Workflows.ReadEvents(RUN, 0));
        }
    }

    @Test
    void a_reader_goes_on_behind_the_last_event_it_has() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp http = new RawHttp(rig.port())) {
            store(rig, event(1, "run.started"), event(3, "step.started"), event(5, "run.finished"));

            assertThat(open(rig, http, "Last-Event-ID: 3\r\n").status()).isEqualTo(200);
            assertThat(all(http)).containsExactly("id: 5", "event: run.finished", "data: {\"seq\":5}", "");

            try (RawHttp beyond = new RawHttp(rig.port());
                    RawHttp none = new RawHttp(rig.port());
                    RawHttp whole = new RawHttp(rig.port())) {
                assertThat(open(rig, beyond, "Last-Event-ID: 6\r\n").status()).isEqualTo(400);
                assertThat(open(rig, none, "Last-Event-ID: x\r\n").status()).isEqualTo(400);
                assertThat(open(rig, whole, "Last-Event-ID: 5\r\n").status()).isEqualTo(200);
                assertThat(all(whole)).isEmpty();
            }
        }
    }

    @Test
    void what_happens_while_the_store_is_asked_is_neither_lost_nor_told_twice() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp http = new RawHttp(rig.port())) {
            Promise<Workflows.EventPage> answer = Promise.promise();
            serve(rig, question -> answer.future());
            http.send(request(rig, RUN, ""));
            Eventually.until("the store is asked", () -> asked.size() == 1);

            rig.bus.publish(Workflows.HAPPENED, happened(event(2, "step.started")));
            rig.bus.publish(Workflows.HAPPENED, happened(event(3, "step.finished")));
            // the page was read between the two
            answer.complete(new Workflows.EventPage(true, List.of(event(1, "run.started"), event(2, "step.started"))));
            assertThat(http.receiveHead().status()).isEqualTo(200);
            assertThat(ids(http, 3)).containsExactly(1L, 2L, 3L);
            rig.bus.publish(Workflows.HAPPENED, happened(event(3, "step.finished"), event(4, "run.finished")));

            assertThat(all(http)).startsWith("id: 4").hasSize(4);
            assertThat(asked).hasSize(1);
        }
    }

    @Test
    void two_hundred_readers_of_a_run_cost_one_query_and_the_next_one_after_them_another() throws Exception {
        int count = 200;
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(count, Duration.ofSeconds(15)))) {
            store(rig, event(1, "run.started"));
            List<RawHttp> readers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                readers.add(new RawHttp(rig.port()));
                assertThat(open(rig, readers.get(i), "").status()).isEqualTo(200);
            }
            for (int seq = 2; seq <= 50; seq++) {
                rig.bus.publish(Workflows.HAPPENED, happened(event(seq, "step.started")));
            }
            rig.bus.publish(Workflows.HAPPENED, happened(event(51, "run.finished")));

            for (RawHttp reader : readers) {
                List<String> lines = all(reader);
                assertThat(lines.stream().filter(line -> line.startsWith("id: ")))
                        .hasSize(51)
                        .startsWith("id: 1", "id: 2")
                        .endsWith("id: 51");
                reader.close();
            }
            assertThat(asked).hasSize(1);

            try (RawHttp later = new RawHttp(rig.port())) {
                Eventually.until("all have left", () -> {
                    try (RawHttp again = new RawHttp(rig.port())) {
                        assertThat(open(rig, again, "").status()).isEqualTo(200);
                        return asked.size() == 2;
                    } catch (IOException broken) {
                        throw new AssertionError(broken);
                    }
                });
                assertThat(open(rig, later, "").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void one_reader_more_than_may_follow_is_refused() throws Exception {
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(1, Duration.ofSeconds(15)));
                RawHttp first = new RawHttp(rig.port());
                RawHttp second = new RawHttp(rig.port())) {
            store(rig, event(1, "run.started"));
            assertThat(open(rig, first, "").status()).isEqualTo(200);
            RawHttp.Response refused = open(rig, second, "");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isEqualTo("5");
        }
    }

    @Test
    void a_slow_reader_gets_everything_in_its_time_and_holds_nobody_up() throws Exception {
        String large = "x".repeat(20_000);
        int count = 600;
        try (ControlRig rig = new ControlRig(folder);
                RawHttp slow = new RawHttp(rig.port());
                RawHttp quick = new RawHttp(rig.port())) {
            store(rig, event(1, "run.started"));
            assertThat(open(rig, slow, "").status()).isEqualTo(200);
            assertThat(open(rig, quick, "").status()).isEqualTo(200);
            assertThat(ids(quick, 1)).containsExactly(1L);

            for (int seq = 2; seq <= count; seq++) {
                rig.bus.publish(
                        Workflows.HAPPENED,
                        happened(new Workflows.RunEvent(seq, "step.started", "{\"more\":\"" + large + "\"}")));
                assertThat(ids(quick, 1)).containsExactly((long) seq);
            }
            rig.bus.publish(Workflows.HAPPENED, happened(event(count + 1, "run.finished")));

            assertThat(all(quick)).startsWith("id: " + (count + 1));
            assertThat(ids(slow, count)).hasSize(count).startsWith(1L, 2L).endsWith((long) count);
            assertThat(all(slow)).startsWith("id: " + (count + 1));
            assertThat(asked).hasSize(1);
        }
    }

    @Test
    void a_silent_run_gets_keep_alives_and_is_looked_at_again() throws Exception {
        try (ControlRig rig = new ControlRig(folder, ControlRig.settings(4, Duration.ofMillis(50)));
                RawHttp http = new RawHttp(rig.port())) {
            serve(
                    rig,
                    question -> io.vertx.core.Future.succeededFuture(new Workflows.EventPage(
                            true,
                            question.after() == 0
                                    ? List.of(event(1, "run.started"))
                                    : asked.size() < 4 ? List.of() : List.of(event(9, "run.finished")))));
            assertThat(open(rig, http, "").status()).isEqualTo(200);

            List<String> lines = all(http);
            assertThat(lines).contains(": keep-alive").endsWith("event: run.finished", "data: {\"seq\":9}", "");
            assertThat(asked).element(1).isEqualTo(new Workflows.ReadEvents(RUN, 1));
        }
    }

    @Test
    void an_unknown_run_is_404_and_a_store_that_fails_503() throws Exception {
        try (ControlRig rig = new ControlRig(folder);
                RawHttp unserved = new RawHttp(rig.port());
                RawHttp unknown = new RawHttp(rig.port());
                RawHttp noId = new RawHttp(rig.port())) {
            assertThat(open(rig, unserved, "").status()).isEqualTo(503);
            serve(rig, question -> io.vertx.core.Future.succeededFuture(new Workflows.EventPage(false, List.of())));
            assertThat(open(rig, unknown, "").status()).isEqualTo(404);
            noId.send(request(rig, "wf_nothing", ""));
            assertThat(noId.receiveHead().status()).isEqualTo(404);
            assertThat(asked).hasSize(1);
        }
    }

    private void store(ControlRig rig, Workflows.RunEvent... events) throws Exception {
        serve(rig, question -> io.vertx.core.Future.succeededFuture(new Workflows.EventPage(true, List.of(events))));
    }

    private void serve(ControlRig rig, Function<Workflows.ReadEvents, io.vertx.core.Future<Workflows.EventPage>> answer)
            throws Exception {
        var _ = ControlRig.await(rig.bus
                .serve(Workflows.EVENTS, question -> {
                    asked.add(question);
                    return answer.apply(question);
                })
                .map(served -> true));
    }

    private static Workflows.RunEvent event(long seq, String name) {
        return new Workflows.RunEvent(seq, name, "{\"seq\":" + seq + "}");
    }

    private static Workflows.Happened happened(Workflows.RunEvent... events) {
        return new Workflows.Happened(RUN, List.of(events));
    }

    private static RawHttp.Response open(ControlRig rig, RawHttp http, String header) throws IOException {
        http.send(request(rig, RUN, header));
        return http.receiveHead();
    }

    private static String request(ControlRig rig, String run, String header) {
        return "GET /control/runs/" + run + "/events HTTP/1.1\r\nHost: localhost:" + rig.port()
                + "\r\nAuthorization: Bearer " + ControlRig.OPERATOR_TOKEN + "\r\n" + header + "\r\n";
    }

    private static List<String> all(RawHttp http) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = http.bodyLine(); line != null; line = http.bodyLine()) {
            lines.add(line);
        }
        return lines;
    }

    /// The ids of the next so many events.
    private static List<Long> ids(RawHttp http, int count) throws IOException {
        List<Long> ids = new ArrayList<>();
        boolean ended = false;
        while (ids.size() < count || !ended) {
            String line = Objects.requireNonNull(http.bodyLine());
            if (line.startsWith("id: ")) {
                ids.add(Long.parseLong(line.substring(4)));
                ended = false;
            } else if (line.isEmpty()) {
                ended = ids.size() == count;
            }
        }
        return ids;
    }
}
