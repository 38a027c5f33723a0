package ai.openlegion.agent;

import ai.openlegion.agent.http.AgentServer;
import ai.openlegion.agent.http.Routes;
import ai.openlegion.agent.loop.Agent;
import ai.openlegion.agent.loop.Chat;
import ai.openlegion.agent.loop.TaskLoop;
import ai.openlegion.agent.memory.DailyLog;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.model.Model;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.Redaction;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.agent.tools.ToolContext;
import ai.openlegion.agent.tools.Toolbox;
import ai.openlegion.agent.work.Chats;
import ai.openlegion.agent.work.Journal;
import ai.openlegion.agent.work.Letters;
import ai.openlegion.agent.work.Registration;
import ai.openlegion.agent.work.Results;
import ai.openlegion.agent.work.Tasks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/// An agent that listens, with everything that it is made of.
public final class RunningAgent implements AutoCloseable {

    private static final int MOST_CAPABILITIES = 50;

    private final Mesh mesh;
    private final Letters letters;
    private final AgentServer server;
    private final Registration registration;

    private RunningAgent(Mesh mesh, Letters letters, AgentServer server, Registration registration) {
        this.mesh = mesh;
        this.letters = letters;
        this.server = server;
        this.registration = registration;
    }

    /// Opens its files and listens; the mesh does not know of it before [#keepRegistered].
    ///
    /// @throws IOException if its folder or its port cannot be used
    public static RunningAgent start(Settings settings, Time time) throws IOException {
        Toolbox toolbox = Toolbox.open(settings, time);
        return start(settings, time, toolbox, toolbox.tools());
    }

    static RunningAgent start(Settings settings, Time time, Toolbox toolbox, List<Tool> tools) throws IOException {
        var mesh = new Mesh(settings.mesh(), settings.meshToken());
        var journal = new Journal(DailyLog.open(settings.data().resolve("log")), new Redaction(settings), time);
        var arrivals = Arrivals.open(settings.data().resolve("inbox"));
        var status = new Status(settings, time, tools);
        var agent = new Agent(
                new Model(mesh, time, settings.model()),
                tools,
                new ToolContext(settings, mesh, time, arrivals, 0, status::toJson));
        var results = new Results(mesh, time);
        var tasks = new Tasks(new TaskLoop(agent), new Redaction(settings), time, results::send);
        var chats = new Chats(new Chat(agent));
        Letters letters = Letters.open(settings.data().resolve("inbox"), arrivals, journal, chats, time);
        var server = AgentServer.start(
                new InetSocketAddress(settings.bind(), settings.port()),
                settings.inboundToken(),
                new Routes(agent, tasks, chats, letters, journal, status::toJson, toolbox::remembered));
        var registration = new Registration(mesh, time, capabilities(settings, tools), server.port());
        status.follow(tasks, chats, registration);
        return new RunningAgent(mesh, letters, server, registration);
    }

    /// The port that it listens on.
    public int port() {
        return server.port();
    }

    /// Registers with the mesh, and again whenever the mesh comes back; until interrupted.
    public void keepRegistered() throws InterruptedException {
        registration.keep();
    }

    @Override
    public void close() {
        server.close();
        letters.close();
        mesh.close();
    }

    /// What a workflow may ask for: the agent's role, and each of its tools.
    private static List<String> capabilities(Settings settings, List<Tool> tools) {
        return Stream.concat(Stream.of(settings.role()), tools.stream().map(Tool::name))
                .filter(name -> name.matches("[A-Za-z0-9_.-]{1,64}"))
                .distinct()
                .limit(MOST_CAPABILITIES)
                .toList();
    }
}
