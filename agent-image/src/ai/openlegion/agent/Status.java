package ai.openlegion.agent;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.agent.work.Chats;
import ai.openlegion.agent.work.Registration;
import ai.openlegion.agent.work.Tasks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What `GET /status` says.
final class Status {

    private final Settings settings;
    private final Time time;
    private final List<String> capabilities;
    private final long since;
    private volatile Optional<Followed> followed = Optional.empty();

    private record Followed(Tasks tasks, Chats chats, Registration registration) {}

    Status(Settings settings, Time time, List<Tool> tools) {
        this.settings = settings;
        this.time = time;
        capabilities = tools.stream().map(Tool::name).toList();
        since = time.nanos();
    }

    /// Tells it what it speaks of, which needs the tools, which need it.
    void follow(Tasks tasks, Chats chats, Registration registration) {
        followed = Optional.of(new Followed(tasks, chats, registration));
    }

    Map<String, Object> toJson() {
        Optional<Tasks> tasks = followed.map(Followed::tasks);
        Optional<String> current = tasks.flatMap(Tasks::current);
        boolean chatting = followed.map(Followed::chats).filter(Chats::isRunning).isPresent();
        long tokens = followed.map(Followed::chats).map(Chats::tokens).orElse(0L);
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("agent_id", settings.agentId());
        status.put("role", settings.role());
        status.put("state", current.isPresent() || chatting ? "working" : "idle");
        status.put("current_task", current.<Object>map(id -> id).orElse(Json.NULL));
        status.put("capabilities", capabilities);
        status.put("uptime_seconds", (time.nanos() - since) / 1_000_000_000);
        status.put("tasks_completed", tasks.map(Tasks::completed).orElse(0L));
        status.put("tasks_failed", tasks.map(Tasks::failed).orElse(0L));
        status.put("chats_waiting", followed.map(Followed::chats).map(Chats::waiting).orElse(0));
        status.put("context_tokens", tokens);
        status.put("context_max", settings.contextTokens());
        status.put("context_pct", tokens * 100 / settings.contextTokens());
        status.put(
                "registered",
                followed.map(Followed::registration).filter(Registration::isRegistered).isPresent());
        return status;
    }
}
