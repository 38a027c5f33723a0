package ai.openlegion.agent.model;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.mesh.Reply;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The model, as the mesh lets this agent call it.
///
/// A call is tried three times where the mesh says 429, 502 or 503, and for a minute where the mesh cannot be connected
/// to, as it may be starting again: nothing was generated then. It is never repeated when money is refused or the mesh
/// says `x-should-retry: false`.
public final class Model {

    private static final String PATH = "/v1/chat/completions";
    private static final int TRIES = 3;
    private static final Set<Integer> PASSING = Set.of(429, 502, 503);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
    private static final Duration MESH_AWAY = Duration.ofMinutes(1);
    /// Who is told to come back later than this is told so at once.
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    /// Longer than the mesh waits for a silent provider, so that its answer and not ours says what happened.
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    private static final int MOST_REFUSAL_BYTES = 64 * 1024;

    private final Mesh mesh;
    private final Time time;
    private final String name;

    /// @param name as the mesh knows it
    public Model(Mesh mesh, Time time, String name) {
        this.mesh = mesh;
        this.time = time;
        this.name = name;
    }

    /// Asks for the next message.
    ///
    /// @param tools definitions; without any the model can only answer
    /// @param most how many tokens it may generate, its own maximum if empty
    /// @param onText takes the text as it comes, and makes the call a stream
    public Answer ask(
            List<Map<String, Object>> messages,
            List<Map<String, Object>> tools,
            Optional<Long> most,
            Optional<Consumer<String>> onText)
            throws ModelFailure, InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", name);
        body.put("messages", messages);
        if (!tools.isEmpty()) {
            body.put("tools", tools);
        }
        most.ifPresent(tokens -> body.put("max_tokens", tokens));
        if (onText.isPresent()) {
            body.put("stream", true);
            body.put("stream_options", Map.of("include_usage", true));
        }
        Duration wait = FIRST_WAIT;
        Duration away = Duration.ZERO;
        int left = TRIES - 1;
        while (true) {
            switch (onText.isPresent() ? streamed(body, onText.get()) : whole(body)) {
                case Attempt.Answered answered -> {
                    return answered.answer();
                }
                case Attempt.Failed failed -> throw failed.failure();
                case Attempt.Unsent unsent -> {
                    Duration pause = wait.compareTo(LONGEST_PAUSE) < 0 ? wait : LONGEST_PAUSE;
                    away = away.plus(pause);
                    if (away.compareTo(MESH_AWAY) > 0) {
                        throw unsent.failure();
                    }
                    time.pause(pause);
                }
                case Attempt.Refused refused -> {
                    if (left == 0 || refused.after().compareTo(LONGEST_WAIT) > 0) {
                        throw refused.failure();
                    }
                    left--;
                    time.pause(wait.compareTo(refused.after()) > 0 ? wait : refused.after());
                }
            }
            wait = wait.multipliedBy(2);
        }
    }

    /// How one try ended.
    private sealed interface Attempt {

        record Answered(Answer answer) implements Attempt {}

        /// For good.
        record Failed(ModelFailure failure) implements Attempt {}

        /// For now.
        ///
        /// @param after how long to wait at least
        record Refused(ModelFailure failure, Duration after) implements Attempt {}

        /// The mesh could not be connected to.
        record Unsent(ModelFailure failure) implements Attempt {}
    }

    private Attempt whole(Map<String, Object> body) throws InterruptedException {
        try {
            Reply reply = mesh.post(PATH, body, DEADLINE);
            if (!reply.isOk()) {
                return refused(reply);
            }
            Members completion = reply.members();
            var joined = new AnswerJoiner(text -> {});
            joined.add(completion, "message");
            return new Attempt.Answered(joined.whole(cost(reply.header("x-openlegion-cost-usd"))));
        } catch (IOException unanswered) {
            return unanswered(unanswered);
        } catch (ModelFailure failure) {
            return new Attempt.Failed(failure);
        }
    }

    private Attempt streamed(Map<String, Object> body, Consumer<String> onText) throws InterruptedException {
        try {
            Mesh.Streamed response = mesh.stream(PATH, body, DEADLINE);
            try (InputStream answer = response.body()) {
                if (response.status() != 200) {
                    byte[] refusal = answer.readNBytes(MOST_REFUSAL_BYTES);
                    return refused(new Reply(response.status(), response.headers(), refusal));
                }
                var joined = new AnswerJoiner(onText);
                new EventReader(answer).read(event -> joined.add(event, "delta"));
                return new Attempt.Answered(joined.whole(0));
            }
        } catch (IOException broken) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException();
            }
            return unanswered(broken);
        } catch (ModelFailure failure) {
            return new Attempt.Failed(failure);
        }
    }

    private Attempt refused(Reply reply) {
        Optional<String> reason =
                reply.members().object("error").object("openlegion").text("reason");
        boolean passing = PASSING.contains(reply.status())
                && !reply.header("x-should-retry").filter("false"::equalsIgnoreCase).isPresent();
        var failure = new ModelFailure(reply.status(), reason, reply.reason());
        return passing ? new Attempt.Refused(failure, after(reply)) : new Attempt.Failed(failure);
    }

    private Duration after(Reply reply) {
        return reply.header("retry-after-ms")
                .filter(text -> text.matches("[0-9]{1,9}(\\.[0-9]*)?"))
                .map(text -> Duration.ofMillis((long) Double.parseDouble(text)))
                .or(() -> reply.header("retry-after").flatMap(this::seconds))
                .orElse(Duration.ZERO);
    }

    /// A number of seconds or a date.
    private Optional<Duration> seconds(String text) {
        if (text.matches("[0-9]{1,9}(\\.[0-9]*)?")) {
            return Optional.of(Duration.ofMillis((long) (Double.parseDouble(text) * 1_000)));
        }
        try {
            Instant date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
            return Optional.of(Duration.between(time.now(), date)).filter(wait -> !wait.isNegative());
        } catch (DateTimeException other) {
            return Optional.empty();
        }
    }

    private static Attempt unanswered(IOException why) {
        var failure = new ModelFailure(0, Optional.empty(), "the model's answer did not come whole: " + why);
        return why instanceof ConnectException || why instanceof HttpConnectTimeoutException
                ? new Attempt.Unsent(failure)
                : new Attempt.Failed(failure);
    }

    private static double cost(Optional<String> header) {
        return header.filter(text -> text.matches("[0-9]{1,9}(\\.[0-9]{1,18})?"))
                .map(Double::parseDouble)
                .orElse(0.0);
    }
}
