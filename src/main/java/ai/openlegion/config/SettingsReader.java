package ai.openlegion.config;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.config.MeshSettings.Isolation;
import ai.openlegion.config.MeshSettings.Listener;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.supervisor.SupervisorSettings;
import ai.openlegion.workflow.WorkflowSettings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The reading of everything in `mesh.yaml` that is not a catalogue.
final class SettingsReader {

    /// Ten dollars a day and two hundred a month.
    static final Limits AGENT_DEFAULTS = new Limits(10 * Usd.PICO_PER_USD, 200 * Usd.PICO_PER_USD);

    static final Listener MESH = new Listener("127.0.0.1", 8420);
    static final Listener CONTROL = new Listener("127.0.0.1", 8421);
    static final String SQLITE = "jdbc:sqlite:";
    static final String STORAGE_URL = "jdbc:sqlite:data/openlegion.db";
    static final Isolation ISOLATION = new Isolation(
            RuntimeKind.DOCKER, "openlegion-agent:latest", List.of("docker-sandbox", "kata", "runsc"), "", true);

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");
    private static final int DAY = 86_400;

    private final Home home;
    private final Overrides overrides;
    private final List<String> warnings;
    private final @Nullable Instant now;

    SettingsReader(Home home, Overrides overrides, List<String> warnings) {
        this(home, overrides, warnings, null);
    }

    /// @param now null where it is of no interest whether certificates hold
    SettingsReader(Home home, Overrides overrides, List<String> warnings, @Nullable Instant now) {
        this.now = now;
        this.home = home;
        this.overrides = overrides;
        this.warnings = warnings;
    }

    MeshSettings read(Tree mesh) {
        Listener agents = listener(mesh.section("mesh"), MESH, overrides.port(), true);
        Listener operator = listener(mesh.section("control"), CONTROL, overrides.controlPort(), false);
        if (agents.port() == operator.port() && agents.port() != 0) {
            mesh.problem("control", "must listen on another port than mesh");
        }
        Tls tls = agents.tls();
        if (tls != null && tls.innerPort() != 0 && tls.innerPort() == operator.port()) {
            mesh.problem("control", "must listen on another port than mesh.tls.inner_port, " + tls.innerPort());
        }
        Tree storage = mesh.section("storage");
        String url = storageUrl(storage);
        storage.end();
        Tree budget = mesh.section("budget");
        Limits fleet = LimitsReader.read(budget, "daily_usd", "monthly_usd", Limits.NONE);
        budget.end();
        Tree defaults = mesh.section("defaults");
        Limits agent = LimitsReader.read(defaults, "agent_daily_usd", "agent_monthly_usd", AGENT_DEFAULTS);
        defaults.end();
        Tree runtime = mesh.section("runtime");
        Isolation isolation = isolation(runtime);
        SupervisorSettings supervision = supervision(runtime);
        runtime.end();
        Tree workflows = mesh.section("workflows");
        boolean skipInvalid = workflows.flag("skip_invalid", false);
        WorkflowSettings runs = workflows(workflows);
        workflows.end();
        Tree retention = mesh.section("retention");
        Tree limits = mesh.section("limits");
        MeshSettings settings = new MeshSettings(
                agents,
                operator,
                url,
                fleet,
                agent,
                isolation,
                supervision,
                limits(limits),
                FabricLimitsReader.board(limits),
                FabricLimitsReader.inbox(limits),
                FabricLimitsReader.schedule(limits),
                skipInvalid,
                runs,
                FabricLimitsReader.rates(mesh.section("rate_limits")),
                VaultReader.keyFile(mesh.section("vault"), home),
                KeepingReader.audit(mesh, retention, home),
                KeepingReader.usageDays(retention));
        limits.end();
        retention.end();
        return settings;
    }

    private Listener listener(Tree tree, Listener absent, @Nullable Integer flag, boolean agents) {
        String host = tree.text("host").orElse(absent.host());
        if (host.chars().anyMatch(c -> c <= ' ' || c == '/' || c > '~')) {
            tree.problem("host", "must be a host name or an IP address");
        }
        int port = tree.integer("port", absent.port(), 0, 65_535);
        int bound = flag == null ? port : flag;
        Tls tls = agents ? new TlsReader(home, now, warnings).read(tree, bound) : null;
        if (tls == null && !LOOPBACK.contains(host.toLowerCase(Locale.ROOT))) {
            warnings.add(tree.remark("host", "is not loopback, and without TLS its tokens can be read on the way"));
        }
        tree.end();
        return new Listener(host, bound, tls);
    }

    private String storageUrl(Tree tree) {
        String url = tree.text("url").orElse(STORAGE_URL);
        if (url.startsWith("jdbc:postgresql:")) {
            tree.problem("url", "PostgreSQL comes with a later version; use " + STORAGE_URL);
        } else if (!url.startsWith(SQLITE) || url.length() == SQLITE.length()) {
            tree.problem("url", "must be jdbc:sqlite: and the path of a file, such as " + STORAGE_URL);
        } else if (url.contains("?") || url.startsWith(SQLITE + ":") || url.startsWith(SQLITE + "file:")) {
            tree.problem("url", "must name a plain file after jdbc:sqlite:");
        } else {
            try {
                Path file = home.root().resolve(Path.of(url.substring(SQLITE.length())));
                return SQLITE + file.normalize();
            } catch (InvalidPathException impossible) {
                tree.problem("url", "must name a plain file after jdbc:sqlite:");
            }
        }
        return SQLITE + home.root().resolve("data/openlegion.db");
    }

    private Isolation isolation(Tree tree) {
        RuntimeKind kind = tree.choice("kind", RuntimeKind.keys())
                .flatMap(RuntimeKind::parse)
                .orElse(ISOLATION.kind());
        String image = tree.text("image").orElse(ISOLATION.image());
        List<String> sandbox = tree.has("sandbox") ? sandboxes(tree) : ISOLATION.sandbox();
        String fallback = tree.choice("sandbox_fallback", List.of("docker")).orElse(ISOLATION.sandboxFallback());
        boolean filter = tree.toggle("host_filter", ISOLATION.hostFilter());
        RuntimeKind flag = overrides.runtime();
        return new Isolation(flag == null ? kind : flag, image, sandbox, fallback, filter);
    }

    private static SupervisorSettings supervision(Tree tree) {
        SupervisorSettings shipped = SupervisorSettings.DEFAULTS;
        SupervisorSettings read = new SupervisorSettings(
                tree.integer("health_seconds", shipped.healthSeconds(), 1, 3_600),
                tree.integer("health_failures", shipped.healthFailures(), 1, 100),
                tree.integer("restart_backoff_seconds", shipped.restartBackoffSeconds(), 1, 3_600),
                tree.integer("restart_backoff_max_seconds", shipped.restartBackoffMaxSeconds(), 1, DAY),
                tree.integer("restarts_per_hour", shipped.restartsPerHour(), 0, 1_000),
                tree.integer("start_seconds", shipped.startSeconds(), 1, 3_600),
                tree.integer("stop_seconds", shipped.stopSeconds(), 0, 600),
                tree.integer("engine_seconds", shipped.engineSeconds(), 1, 600),
                tree.integer("spawned_agents", shipped.spawnedAgents(), 0, 1_000));
        if (read.restartBackoffMaxSeconds() < read.restartBackoffSeconds()) {
            tree.problem("restart_backoff_max_seconds", "must be at least restart_backoff_seconds");
        }
        return read;
    }

    private static List<String> sandboxes(Tree tree) {
        List<String> kinds = ISOLATION.sandbox();
        return tree.texts("sandbox").stream()
                .filter(text -> {
                    if (!kinds.contains(text.value())) {
                        tree.problem(text, "must be " + Tree.oneOf(kinds) + Nearest.hint(text.value(), kinds));
                        return false;
                    }
                    return true;
                })
                .map(Tree.Text::value)
                .toList();
    }

    private static WorkflowSettings workflows(Tree tree) {
        WorkflowSettings shipped = WorkflowSettings.DEFAULTS;
        int days = (int) Duration.ofMillis(shipped.keepMillis()).toDays();
        return shipped.with(
                tree.integer("running", shipped.running(), 1, 100_000), tree.integer("keep_days", days, 1, 3_650));
    }

    private static GatewayLimits limits(Tree tree) {
        GatewayLimits shipped = GatewayLimits.DEFAULTS;
        return new GatewayLimits(
                tree.integer("body_bytes", shipped.bodyBytes(), 1_024, 1 << 30),
                tree.integer("header_bytes", shipped.headerBytes(), 1_024, 1 << 20),
                tree.integer("connections", shipped.connections(), 1, 1_000_000),
                tree.integer("streams_per_connection", shipped.streamsPerConnection(), 1, 100_000),
                tree.integer("idle_seconds", shipped.idleSeconds(), 1, DAY),
                tree.integer("head_seconds", shipped.headSeconds(), 1, 600),
                tree.integer("waiting_requests", shipped.waitingRequests(), 1, 1_000_000),
                tree.integer("upstream_connections", shipped.upstreamConnections(), 1, 100_000),
                tree.integer("event_loops", shipped.eventLoops(), 0, 256),
                tree.integer("connect_timeout_seconds", shipped.connectTimeoutSeconds(), 1, 600),
                tree.integer("first_token_timeout_seconds", shipped.firstTokenTimeoutSeconds(), 1, DAY),
                tree.integer("read_idle_seconds", shipped.readIdleSeconds(), 1, DAY),
                tree.integer("slow_client_seconds", shipped.slowClientSeconds(), 1, DAY),
                tree.integer("keep_alive_seconds", shipped.keepAliveSeconds(), 1, DAY),
                tree.integer("drain_seconds", shipped.drainSeconds(), 0, 600));
    }
}
