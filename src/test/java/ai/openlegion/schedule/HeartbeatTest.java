package ai.openlegion.schedule;

import static ai.openlegion.schedule.ScheduleRig.READER;
import static ai.openlegion.schedule.ScheduleRig.WRITER;
import static ai.openlegion.schedule.ScheduleRig.heartbeat;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.ScheduleRig.HandClock;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Heartbeats: an agent is woken only if there is something to wake it for.
final class HeartbeatTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private final HandClock clock = new HandClock();
    private ScheduleRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new ScheduleRig(folder.resolve("mesh.db"), clock).configure(Map.of(), WRITER, READER);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void without_probes_it_looks_into_the_inbox_and_what_the_mesh_sent_does_not_count() throws Exception {
        Job job = rig.added(WRITER, heartbeat(WRITER));
        assertThat(job.spec().probes()).containsExactly(new Schedule.PendingInbox());
        beat(job.id());
        beat(job.id());
        assertThat(rig.items(WRITER)).isEmpty();
        send("reader");
        beat(job.id());
        Inbox.Item item = rig.inbox(WRITER, 2).get(1);
        assertThat(item.type()).isEqualTo("heartbeat");
        assertThat(reasons(item)).containsExactly("inbox");
        ScheduleRig.await(rig.bus.ask(Inbox.ACK, new Inbox.Ack(WRITER, 1)));
        beat(job.id());
        long last = rig.items(WRITER).getLast().seq();
        for (int i = 0; i < 4; i++) {
            beat(job.id());
        }
        assertThat(rig.items(WRITER)).isNotEmpty().allMatch(later -> later.seq() <= last);
        assertThat(rig.job(job.id()).errors()).isZero();
    }

    @Test
    void an_entry_fires_only_for_who_may_read_it() throws Exception {
        Job job = rig.added(
                WRITER,
                heartbeat(WRITER, new Schedule.BlackboardMatch("tasks/open_*"), new Schedule.BlackboardMatch("*")));
        put("secret/a");
        put("tasks/done_1");
        beat(job.id());
        beat(job.id());
        assertThat(rig.inbox(WRITER, 1))
                .allSatisfy(item -> assertThat(reasons(item)).containsExactly("blackboard *"));
        put("tasks/open_1");
        ScheduleRig.until(() -> {
            beat(job.id());
            return reasons(rig.items(WRITER).getLast()).equals(List.of("blackboard tasks/open_*", "blackboard *"));
        });
        assertThat(rig.job(job.id()).errors()).isZero();
        rig.configure(Map.of("blind", heartbeat(READER, new Schedule.BlackboardMatch("*"))), WRITER, READER);
        beat("blind");
        beat("blind");
        assertThat(rig.items(READER)).isEmpty();
    }

    @Test
    void an_address_that_answers_as_expected_is_quiet_and_one_that_does_not_fires() throws Exception {
        String url = serve(200, new AtomicInteger());
        rig.configure(
                Map.of(
                        "any", heartbeat(WRITER, new Schedule.HttpStatus(url, 0)),
                        "exact", heartbeat(READER, new Schedule.HttpStatus(url, 401))),
                WRITER,
                READER);
        for (int i = 0; i < 3; i++) {
            beat("any");
            beat("exact");
        }
        assertThat(rig.items(WRITER)).isEmpty();
        assertThat(reasons(rig.inbox(READER, 1).getFirst())).containsExactly("http " + url + " 200");
    }

    @Test
    void a_redirect_is_a_status_like_any_other_and_nobody_follows_it() throws Exception {
        AtomicInteger followed = new AtomicInteger();
        String url = serve(302, followed);
        rig.configure(
                Map.of(
                        "any", heartbeat(WRITER, new Schedule.HttpStatus(url + "?key=secret", 0)),
                        "exact", heartbeat(READER, new Schedule.HttpStatus(url, 302))),
                WRITER,
                READER);
        for (int i = 0; i < 3; i++) {
            beat("any");
            beat("exact");
        }
        assertThat(reasons(rig.inbox(WRITER, 1).getFirst())).containsExactly("http " + url + " 302");
        assertThat(rig.items(READER)).isEmpty();
        assertThat(followed).hasValue(0);
    }

    private String serve(int status, AtomicInteger followed) throws Exception {
        HttpServer server = ScheduleRig.await(rig.vertx
                .createHttpServer()
                .requestHandler(request -> {
                    if ("/elsewhere".equals(request.path())) {
                        int _ = followed.incrementAndGet();
                    }
                    var _ = request.response()
                            .setStatusCode(status)
                            .putHeader("Location", "/elsewhere")
                            .end("a body that nobody reads");
                })
                .listen(0, "127.0.0.1"));
        return "http://127.0.0.1:" + server.actualPort() + "/health";
    }

    @Test
    void an_address_that_refuses_hangs_talks_nonsense_or_never_ends_costs_bounded_time() throws Exception {
        NetServer silent = ScheduleRig.await(
                rig.vertx.createNetServer().connectHandler(_ -> {}).listen(0, "127.0.0.1"));
        NetServer babbling = ScheduleRig.await(rig.vertx
                .createNetServer()
                .connectHandler(socket -> {
                    var _ = socket.write("SSH-2.0-nonsense\r\n\r\n");
                })
                .listen(0, "127.0.0.1"));
        HttpServer endless = ScheduleRig.await(rig.vertx
                .createHttpServer()
                .requestHandler(request -> {
                    request.response().setChunked(true);
                    long _ = rig.vertx.setPeriodic(10, _ -> {
                        var _ = request.response().write("more ");
                    });
                })
                .listen(0, "127.0.0.1"));
        NetServer closed = ScheduleRig.await(
                rig.vertx.createNetServer().connectHandler(_ -> {}).listen(0, "127.0.0.1"));
        int refusing = closed.actualPort();
        ScheduleRig.await(closed.close());
        rig.configure(
                Map.of(
                        "all",
                        heartbeat(
                                WRITER,
                                at(refusing),
                                at(silent.actualPort()),
                                at(babbling.actualPort()),
                                at(endless.actualPort()),
                                new Schedule.HttpStatus("http://no.such.host.invalid/", 0))),
                WRITER,
                READER);
        long before = System.nanoTime();
        clock.advance(MINUTE);
        Inbox.Item item = rig.inbox(WRITER, 1).getLast();
        // the one that never ends did answer with 200
        assertThat(reasons(item))
                .containsExactly(
                        "http http://127.0.0.1:" + refusing + "/ unreachable",
                        "http http://127.0.0.1:" + silent.actualPort() + "/ unreachable",
                        "http http://127.0.0.1:" + babbling.actualPort() + "/ unreachable",
                        "http http://no.such.host.invalid/ unreachable");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void a_run_is_passed_over_while_the_last_one_still_asks() throws Exception {
        NetServer silent = ScheduleRig.await(
                rig.vertx.createNetServer().connectHandler(_ -> {}).listen(0, "127.0.0.1"));
        rig.configure(Map.of("slow", heartbeat(WRITER, at(silent.actualPort()))), WRITER, READER);
        clock.advance(MINUTE);
        rig.afterRuns("slow", 1);
        long due = rig.job("slow").nextRunMillis();
        clock.advance(MINUTE);
        ScheduleRig.until(() -> rig.job("slow").nextRunMillis() > due);
        assertThat(rig.job("slow").runs()).isEqualTo(1);
        rig.inbox(WRITER, 1);
    }

    private static Schedule.HttpStatus at(int port) {
        return new Schedule.HttpStatus("http://127.0.0.1:" + port + "/", 0);
    }

    /* Lets a minute pass, or more: a run that still goes on is not begun again. So when the second one begins, the
     * first has ended. */
    private void beat(String id) throws Exception {
        long before = rig.job(id).runs();
        ScheduleRig.until(() -> {
            Job job = rig.job(id);
            if (job.nextRunMillis() > clock.millis() && job.runs() == before) {
                clock.advance(MINUTE);
            }
            return job.runs() > before;
        });
    }

    private void send(String from) throws Exception {
        ScheduleRig.await(
                rig.bus.ask(Messaging.SEND, Messaging.Send.of(Messaging.Kind.MESSAGE, from, WRITER, "note", "{}")));
    }

    private void put(String key) throws Exception {
        ScheduleRig.await(rig.bus.ask(Blackboard.PUT, new Blackboard.Put("reader", key, "{}", 0, null)));
    }

    private static List<String> reasons(Inbox.Item item) {
        JsonArray probes = new JsonObject(item.payload()).getJsonArray("probes");
        return probes.stream().map(String::valueOf).toList();
    }
}
