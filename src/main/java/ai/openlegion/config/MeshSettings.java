package ai.openlegion.config;

import ai.openlegion.audit.AuditSettings;
import ai.openlegion.blackboard.BoardLimits;
import ai.openlegion.budget.Limits;
import ai.openlegion.fabric.RateLimits;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.schedule.ScheduleLimits;
import ai.openlegion.supervisor.SupervisorSettings;
import ai.openlegion.workflow.WorkflowSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `mesh.yaml` and the command line settle for a whole run of the mesh, besides the fleet itself.
///
/// @param mesh where agents come in
/// @param control where the operator comes in
/// @param storageUrl a JDBC URL; the path of a SQLite file in it is absolute
/// @param fleetLimits the ceiling of all agents together; [Limits#NONE] = none
/// @param agentDefaults for agents whose entry names no budget, or only one half of it
/// @param runtime what isolates agents that name nothing else
/// @param supervision how agents are watched and started again
/// @param limits the bounds of queues, bodies, connections and waiting
/// @param board the bounds of the blackboard
/// @param inbox the bounds of inboxes
/// @param schedule the bounds of the schedule
/// @param skipInvalidWorkflows whether a workflow file with a problem is left out, with a warning
/// @param workflows the bounds of runs
/// @param rates how often an agent may do what
/// @param vaultKeyFile where the vault's master keys are, where the environment holds none; absolute
/// @param audit how the audit is signed and how long it is kept
/// @param usageDays that single settlements are kept; 0 = for ever
public record MeshSettings(
        Listener mesh,
        Listener control,
        String storageUrl,
        Limits fleetLimits,
        Limits agentDefaults,
        Isolation runtime,
        SupervisorSettings supervision,
        GatewayLimits limits,
        BoardLimits board,
        InboxLimits inbox,
        ScheduleLimits schedule,
        boolean skipInvalidWorkflows,
        WorkflowSettings workflows,
        RateLimits rates,
        Path vaultKeyFile,
        AuditSettings audit,
        int usageDays) {

    /// The private half of the key that signs the audit.
    public Path auditKeyFile() {
        return audit.keyFile();
    }

    /// The database's file.
    public Path databaseFile() {
        return Path.of(storageUrl.substring(SettingsReader.SQLITE.length()));
    }

    /// What a reload cannot change in a mesh that was started with other settings: one sentence for each.
    public List<String> needingRestart(MeshSettings started) {
        List<String> sentences = new ArrayList<>();
        note(sentences, "mesh", mesh.listensLike(started.mesh));
        note(sentences, "control", control.equals(started.control));
        note(sentences, "storage", storageUrl.equals(started.storageUrl));
        note(sentences, "runtime", runtime.isPreparedLike(started.runtime) && supervision.equals(started.supervision));
        boolean sameBounds = limits.equals(started.limits)
                && board.equals(started.board)
                && inbox.equals(started.inbox)
                && schedule.equals(started.schedule);
        note(sentences, "limits", sameBounds);
        note(sentences, "workflows", workflows.equals(started.workflows));
        note(sentences, "rate_limits", rates.equals(started.rates));
        note(sentences, "vault", vaultKeyFile.equals(started.vaultKeyFile));
        note(sentences, "audit", audit.keyFile().equals(started.audit.keyFile()));
        note(sentences, "retention", audit.days() == started.audit.days() && usageDays == started.usageDays);
        return sentences;
    }

    private static void note(List<String> sentences, String key, boolean isSame) {
        if (!isSame) {
            sentences.add("config/mesh.yaml: " + key + ": has changed and takes effect at the next start");
        }
    }

    /// An address to listen on.
    ///
    /// @param port 0 takes a free one
    /// @param tls what it proves itself with; null = it speaks plain text
    public record Listener(String host, int port, @Nullable Tls tls) {

        public Listener(String host, int port) {
            this(host, port, null);
        }

        /// The word before `://` in its address.
        public String scheme() {
            return tls == null ? "http" : "https";
        }

        /* What it proves itself with is swapped as it runs. */
        boolean listensLike(Listener other) {
            return host.equals(other.host)
                    && port == other.port
                    && (tls == null
                            ? other.tls == null
                            : other.tls != null && tls.innerPort() == other.tls.innerPort());
        }
    }

    /// How agents are isolated.
    ///
    /// @param kind of agents that name none
    /// @param image of agents in containers
    /// @param sandbox kinds of sandbox in the order they are looked for
    /// @param sandboxFallback `docker`, or empty: refuse where no sandbox is found
    /// @param hostFilter false only where the operator said that containers may reach other ports of the host
    public record Isolation(
            RuntimeKind kind, String image, List<String> sandbox, String sandboxFallback, boolean hostFilter) {

        public Isolation {
            sandbox = List.copyOf(sandbox);
        }

        /* The kind is the only thing here that each agent gets anew at a reload. */
        boolean isPreparedLike(Isolation other) {
            return new Isolation(other.kind, image, sandbox, sandboxFallback, hostFilter).equals(other);
        }
    }
}
