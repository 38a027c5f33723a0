package ai.openlegion.evidence.report;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.CheckpointReader;
import ai.openlegion.audit.TrailReader;
import ai.openlegion.budget.Limits;
import ai.openlegion.catalogue.Model;
import ai.openlegion.config.Loaded;
import ai.openlegion.evidence.report.LedgerReader.Ledger;
import ai.openlegion.fleet.Agent;
import ai.openlegion.identity.AgentId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes a report from one moment of a database and from the files as they are.
final class ReportReader {

    private static final int CHECKPOINTS = 500;

    private final Connection connection;
    private final Period period;
    private final @Nullable Loaded files;

    private Map<String, Limits> overrides = Map.of();
    private Map<String, List<String>> stored = Map.of();

    /// @param connection that sees one moment
    /// @param files the configuration on disk; null where it is not valid
    ReportReader(Connection connection, Period period, @Nullable Loaded files) {
        this.connection = connection;
        this.period = period;
        this.files = files;
    }

    /// What is told of the making beside what is read.
    ///
    /// @param problems why the files are not valid
    /// @param flaw what a check of the whole log found; null = nothing
    /// @param keys those whose signatures count
    record Making(
            long madeAtMillis,
            String version,
            @Nullable String since,
            @Nullable String until,
            List<String> problems,
            @Nullable String flaw,
            List<AuditKey> keys) {}

    /// Reads all entries once, and checks their chain as it goes. Throws [IllegalArgumentException] where stored bytes
    /// are not entries, or no checkpoints.
    Report read(Making making) throws SQLException {
        TrailReader trail = new TrailReader(connection);
        overrides = LedgerReader.overrides(connection);
        stored = LedgerReader.stored(connection);
        Map<String, Access> accesses = accesses();
        Set<String> named = LedgerReader.accounts(connection);
        named.addAll(accesses.keySet());
        ChainWalkReader walk = new ChainWalkReader(making.keys(), period, named);
        Tally tally = walk.walk(trail);
        long from = period.firstWholeDay(tally.firstMillis());
        long to = period.lastWholeDay(tally.lastMillis(), tally.lastRead());
        boolean days = from <= to;
        Ledger ledger = days ? LedgerReader.ledger(connection, from, to) : new Ledger(Map.of(), Map.of());
        Roster roster = Roster.of(tally, accesses, ledger, LedgerReader.frozen(connection), from, to);
        return new Report(
                making.madeAtMillis(),
                making.version(),
                making.since(),
                making.until(),
                tally,
                trail(trail, tally, walk, making),
                configured(making),
                roster.agents(),
                roster.others(),
                days);
    }

    private Map<String, Access> accesses() {
        Map<String, Access> accesses = new LinkedHashMap<>();
        if (files != null) {
            Policy policy = files.policy(0);
            files.agents().forEach((id, agent) -> accesses.put(id.value(), access(files, policy, agent)));
        }
        return accesses;
    }

    private Access access(Loaded loaded, Policy policy, Agent agent) {
        AgentId id = agent.id();
        Grants grants = policy.grants(id);
        List<String> models = loaded.catalogue().models().stream()
                .map(Model::id)
                .filter(model -> policy.decide(id, Operation.API, "llm") instanceof Decision.Allowed
                        && policy.decide(id, Operation.MODEL, model) instanceof Decision.Allowed)
                .sorted()
                .toList();
        List<Access.Reach> services = loaded.catalogue().services().stream()
                .filter(service -> policy.decide(id, Operation.API, service.name()) instanceof Decision.Allowed)
                .map(service -> new Access.Reach(
                        service.name(), service.baseUrl().toString(), service.credential(), service.picoPerCall()))
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();
        return new Access(
                agent,
                grants,
                loaded.hasOwnPermissions(id),
                models,
                services,
                overrides.get(id.value()),
                stored.getOrDefault(id.value(), List.of()));
    }

    private Configured configured(Making making) throws SQLException {
        long revision = LedgerReader.meta(connection, "policy_revision")
                .map(Long::valueOf)
                .orElse(0L);
        Optional<String> hash = LedgerReader.meta(connection, "policy_hash");
        return new Configured(revision, hash.orElse(""), files == null ? "" : files.contentHash(), making.problems());
    }

    private static Trail trail(TrailReader trail, Tally tally, ChainWalkReader walk, Making making)
            throws SQLException {
        Deque<Checkpoint> listed = new ArrayDeque<>();
        long unlisted = 0;
        long signedUpTo = 0;
        boolean covered = false;
        try (CheckpointReader rows = trail.checkpoints(1)) {
            for (Checkpoint next = rows.next(); next != null; next = rows.next()) {
                signedUpTo = next.seq();
                if (next.seq() >= tally.firstSeq() && !covered) {
                    covered = next.seq() >= tally.lastSeq();
                    listed.addLast(next);
                    if (listed.size() > CHECKPOINTS) {
                        listed.removeFirst();
                        unlisted++;
                    }
                }
            }
        }
        String flaw = making.flaw();
        return new Trail(
                walk.isIntact() && flaw == null,
                flaw == null || !walk.isIntact() ? walk.finding() : flaw,
                trail.beginning().seq() + 1,
                tally.lastRead(),
                signedUpTo,
                List.copyOf(listed),
                unlisted,
                making.keys());
    }
}
