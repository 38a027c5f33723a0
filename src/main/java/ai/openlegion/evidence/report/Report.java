package ai.openlegion.evidence.report;

import ai.openlegion.evidence.report.LedgerReader.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What is known of a period, ready to be written down.
///
/// @param madeAtMillis the moment of the snapshot that it was made from
/// @param version of the program that made it
/// @param since how the period's beginning was asked for; null = from the first entry
/// @param until how its end was asked for; null = to the last entry
/// @param agents those of the files in their order, then others by name
/// @param others who acted and is no agent: callers of webhooks, who had no token, parts of the mesh; and agents that
/// are
///     too many to be told apart
/// @param days whether any whole day lies in the period, so that the ledger can be compared
record Report(
        long madeAtMillis,
        String version,
        @Nullable String since,
        @Nullable String until,
        Tally tally,
        Trail trail,
        Configured configured,
        List<Part> agents,
        List<Activity> others,
        boolean days) {

    /// One agent.
    ///
    /// @param access what it may; null where the files do not name it
    /// @param frozen whether it may not spend until the operator acts
    record Part(String id, @Nullable Access access, Activity activity, Account account, boolean frozen) {

        String status() {
            if (access != null) {
                return "configured";
            }
            return activity.parent().isEmpty() ? "no longer configured" : "spawned by " + activity.parent();
        }
    }

    long spentPico() {
        return agents.stream().mapToLong(part -> part.account().spentPico()).sum();
    }

    long unreconciledPico() {
        return agents.stream()
                .mapToLong(part -> part.account().unreconciledPico())
                .sum();
    }

    /// What all calls of the period cost, by the audit.
    long costPico() {
        return everybody().mapToLong(Activity::costPico).sum();
    }

    long calls() {
        return everybody().mapToLong(Activity::calls).sum();
    }

    private Stream<Activity> everybody() {
        return Stream.concat(agents.stream().map(Part::activity), others.stream());
    }

    /// What agents were not given, also those that are too many to be told apart.
    long refused() {
        return everybody().mapToLong(each -> each.refusals().times()).sum() - refusedToOthers();
    }

    long refusedToOthers() {
        return others.stream()
                .filter(other -> other.parent().isEmpty())
                .mapToLong(other -> other.refusals().times())
                .sum();
    }

    boolean moneyAgrees() {
        return disagreeing().isEmpty() && unaccountedPico() == 0;
    }

    /// What calls cost of which nobody is known to have paid; the ledger has an account of whoever pays.
    long unaccountedPico() {
        return others.stream()
                .filter(other -> other.parent().isEmpty())
                .mapToLong(Activity::costPico)
                .sum();
    }

    /// What the ledger booked where the audit says something else.
    List<Part> disagreeing() {
        return agents.stream().filter(part -> !part.account().agrees()).toList();
    }

    long tokens() {
        long sum = 0;
        for (Part part : agents) {
            for (Usage usage : part.account().usage()) {
                sum += usage.inputTokens() + usage.outputTokens();
            }
        }
        return sum;
    }

    /// What does not hold, one sentence each; empty where everything does.
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (!trail.intact()) {
            warnings.add("The audit trail is NOT intact: " + trail.finding());
        }
        if (trail.signedUpTo() < tally.lastSeq()) {
            warnings.add("Entries " + Math.max(trail.signedUpTo() + 1, tally.firstSeq()) + " to " + tally.lastSeq()
                    + " are behind the last signed checkpoint: their chain holds, but nothing signed covers them yet.");
        }
        if (days && unaccountedPico() != 0) {
            warnings.add("Calls for " + Words.usd(unaccountedPico()) + " USD are on no account of the ledger.");
        }
        if (days && !disagreeing().isEmpty()) {
            warnings.add("For " + disagreeing().size() + " agents the ledger and the audit give different costs.");
        }
        if (!configured.same()) {
            warnings.add(configured.told());
        }
        return warnings;
    }
}
