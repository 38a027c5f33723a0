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
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The model, as the mesh lets this agent call it.
///
/// A call is tried three times where the mesh says 429, 502 or 503, or cannot be connected to: nothing was generated
/// then. It is never repeated when money is refused or the mesh says `x-should-retry: false`.
public final class Model {

    private static final String PATH = "/v1/chat/completions";
    private static final int TRIES = 3;
    private static final Set<Integer> PASSING = Set.of(429, 502, 503);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
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
        for (int left = TRIES - 1; ; left--) {
            Attempt attempt = onText.isPresent() ? streamed(body, onText.get()) : whole(body);
            switch (attempt) {
                case Attempt.Answered answered -> {
                    return answered.answer();
                }
                case Attempt.Failed failed -> {
                    if (left == 0 || !failed.passing() || failed.after().compareTo(LONGEST_WAIT) > 0) {
                        throw failed.failure();
                    }
                    time.pause(wait.compareTo(failed.after()) > 0 ? wait : failed.after());
                    wait = wait.multipliedBy(2);
                }
            }
        }
    }

    /// How one try ended.
    private sealed interface Attempt {

        record Answered(Answer answer) implements Attempt {}

        /// @param passing whether another try may do better
        /// @param after how long to wait at least
        record Failed(ModelFailure failure, boolean passing, Duration after) implements Attempt {}
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
            return new Attempt.Failed(failure, false, Duration.ZERO);
        }
    }

    private Attempt streamed(Map<String, Object> body, Consumer<String> onText) throws InterruptedException {
        try {
            HttpResponse<InputStream> response = mesh.stream(PATH, body, DEADLINE);
            try (InputStream answer = response.body()) {
                if (response.statusCode() != 200) {
                    byte[] refusal = answer.readNBytes(MOST_REFUSAL_BYTES);
                    return refused(new Reply(response.statusCode(), response.headers(), refusal));
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
            return new Attempt.Failed(failure, false, Duration.ZERO);
        }
    }

    private static Attempt refused(Reply reply) {
        Optional<String> reason =
                reply.members().object("error").object("openlegion").text("reason");
        boolean passing = PASSING.contains(reply.status())
                && !reply.header("x-should-retry").filter("false"::equals).isPresent();
        Duration after = reply.header("retry-after-ms")
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(text -> Duration.ofMillis(Long.parseLong(text)))
                .or(() -> reply.header("retry-after")
                        .filter(text -> text.matches("[0-9]{1,9}"))
                        .map(text -> Duration.ofSeconds(Long.parseLong(text))))
                .orElse(Duration.ZERO);
        return new Attempt.Failed(new ModelFailure(reply.status(), reason, reply.reason()), passing, after);
    }

    private static Attempt unanswered(IOException why) {
        boolean unsent = why instanceof ConnectException || why instanceof HttpConnectTimeoutException;
        var failure = new ModelFailure(0, Optional.empty(), "the model's answer did not come whole: " + why);
        return new Attempt.Failed(failure, unsent, Duration.ZERO);
    }

    private static double cost(Optional<String> header) {
        return header.filter(text -> text.matches("[0-9]{1,9}(\\.[0-9]{1,18})?"))
                .map(Double::parseDouble)
                .orElse(0.0);
    }
}
